"""What `hpc import` makes of a source: values, states, placeholders, defaults of the tool, files beside it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hpc.check import check
from hpc.importers.command_line import read_source
from hpc.importers.reading import Import, import_source
from hpc.importers.render import to_text
from hpc.importers.source import Source
from hpc.importers.tools import BY_NAME, recognize
from hpc.source import parse
from hpc_schema import fields as f


def imported(name: str, values: dict[str, Any], file: str = "source.yaml") -> Import:
    return import_source(Source(file, "", values, {}), BY_NAME[name])


LLAMA = {"model_name_or_path": "org/m", "stage": "sft", "finetuning_type": "lora", "do_train": True}


@pytest.mark.parametrize(
    ("tool", "values", "name", "value"),
    [
        ("llamafactory", {}, "lora_alpha", 16),
        ("llamafactory", {"lora_rank": 32}, "lora_alpha", 64),
        ("llamafactory", {"num_train_epochs": "3.0"}, "epochs", 3),
        ("llamafactory", {"learning_rate": "2e-5"}, "learning_rate", 2e-5),
        ("llamafactory", {"bf16": ""}, "mixed_precision", "bf16"),
        ("llamafactory", {"fp16": "true"}, "mixed_precision", "fp16"),
        ("llamafactory", {}, "seed", 42),
        ("llamafactory", {}, "merge_adapter", False),
        ("llamafactory", {"save_strategy": False}, "checkpoint_strategy", "no"),
        ("llamafactory", {"quantization_bit": 4}, "quantization_bit", "int4"),
        ("llamafactory", {"lora_target": "q_proj, v_proj"}, "target_modules", "q_proj,v_proj"),
        ("llamafactory", {"lr_scheduler_type": "constant_with_warmup"}, "lr_scheduler_type", "constant"),
        ("llamafactory", {"deepspeed": "examples/deepspeed/ds_z3_config.json"}, "zero_stage", 3),
        ("llamafactory", {"stage": "dpo", "pref_loss": "orpo"}, "pref_loss", "orpo"),
        ("llamafactory", {"flash_attn": "fa2"}, "flash_attention_v2", True),
        ("axolotl", {"adapter": "qlora"}, "quantization_bit", "int4"),
        ("axolotl", {"batch_size": 8, "micro_batch_size": 2}, "gradient_accumulation_steps", 4),
        ("axolotl", {"saves_per_epoch": 1}, "checkpoint_strategy", "epoch"),
        ("axolotl", {}, "lr_warmup_ratio", 0.03),
        ("axolotl", {"rl": "ipo"}, "pref_loss", "ipo"),
        ("trl", {}, "disable_gradient_checkpointing", False),
        ("trl", {"gradient_checkpointing": False}, "disable_gradient_checkpointing", True),
        ("trl", {"beta": 2.0, "loss_type": "simpo", "gamma_beta_ratio": 0.25}, "simpo_gamma", 0.5),
        ("trl", {"warmup_steps": 0.1}, "lr_warmup_ratio", 0.1),
        ("trl", {"use_peft": True}, "target_modules", "q_proj,v_proj"),
        ("trl", {"use_liger": True}, "liger_kernel", True),
        ("axolotl", {"save_only_model": ""}, "save_only_model", True),
        ("ms-swift", {"tuner_type": "full"}, "learning_rate", 1e-5),
        ("ms-swift", {"per_device_train_batch_size": "4"}, "gradient_accumulation_steps", 4),
        ("ms-swift", {"rlhf_type": "dpo", "rpo_alpha": "0.1"}, "pref_ftx", 0.1),
        ("llamafactory-v1", {"peft_config": {"name": "lora", "r": 4}}, "lora_rank", 4),
        ("llamafactory-v1", {"dist_config": {"name": "fsdp2"}}, "zero_stage", 3),
    ],
)
def test_a_value_is_what_the_tool_makes_of_it(tool: str, values: dict[str, Any], name: str, value: Any) -> None:
    base = LLAMA if tool == "llamafactory" else {}
    done = imported(tool, {**base, **values})
    assert done.config.get(name, f.BY_NAME[name].default) == value


@pytest.mark.parametrize(
    ("tool", "values", "key", "state"),
    [
        ("llamafactory", {"neftune_noise_alpha": 5}, "neftune_noise_alpha", "lost"),
        ("llamafactory", {"neftune_noise_alpha": 0}, "neftune_noise_alpha", "no_effect"),
        ("llamafactory", {"neftune_noise_alpha": None}, "neftune_noise_alpha", "no_effect"),
        ("llamafactory", {"use_galore": False, "galore_rank": 16}, "galore_rank", "no_effect"),
        ("llamafactory", {"use_galore": True, "galore_rank": 8}, "galore_rank", "lost"),
        ("llamafactory", {"do_train": False}, "do_train", "lost"),
        ("llamafactory", {"stage": "rm"}, "stage", "lost"),
        ("llamafactory", {"template": "qwen2_vl"}, "template", "lost"),
        ("llamafactory", {"template": "qwen"}, "template", "resolved"),
        ("llamafactory", {"train_on_prompt": True}, "train_on_prompt", "lost"),
        ("llamafactory", {"noise_strategy": "em"}, "noise_strategy", "lost"),
        ("llamafactory", {"save_steps": 0.2}, "save_steps", "resolved"),
        ("llamafactory", {"num_train_epochs": 0.5}, "num_train_epochs", "resolved"),
        ("llamafactory", {"learning_rate": "$LR"}, "learning_rate", "resolved"),
        ("llamafactory", {"bf16": "text"}, "bf16", "resolved"),
        ("llamafactory", {"use_dora": "text"}, "use_dora", "resolved"),
        ("llamafactory", {"lr_scheduler_type": "polynomial"}, "lr_scheduler_type", "lost"),
        ("llamafactory", {"plot_loss": True}, "plot_loss", "no_effect"),
        ("axolotl", {"datasets": "<list 1>"}, "datasets", "resolved"),
        ("axolotl", {"train_on_inputs": True}, "train_on_inputs", "lost"),
        ("axolotl", {"special_tokens": "<map>"}, "special_tokens", "resolved"),
        ("trl", {"optim": "rmsprop"}, "optim", "lost"),
        ("trl", {"max_prompt_length": 512}, "max_prompt_length", "resolved"),
        ("trl", {"reward_funcs": ["accuracy"]}, "reward_funcs", "lost"),
        ("ms-swift", {"rlhf_type": "grpo"}, "rlhf_type", "lost"),
        ("ms-swift", {"task_type": "embedding"}, "task_type", "lost"),
    ],
)
def test_each_key_ends_in_one_state(tool: str, values: dict[str, Any], key: str, state: str) -> None:
    base = LLAMA if tool == "llamafactory" else {"model_name_or_path": "org/m"} if tool == "trl" else {}
    outcome = imported(tool, {**base, **values}).outcomes[key]
    assert outcome.state == state, outcome.why
    assert outcome.why


def test_special_tokens_are_compared_with_the_tokenizer(tmp_path: Path) -> None:
    model = tmp_path / "model"
    model.mkdir()
    (model / "tokenizer_config.json").write_text(json.dumps({"eos_token": "</s>", "pad_token": {"content": "<pad>"}}))
    file = str(tmp_path / "source.yaml")
    same = {"base_model": "model", "special_tokens": {"eos_token": "</s>", "pad_token": "<pad>"}}
    other = {"base_model": "model", "special_tokens": {"eos_token": "<|im_end|>"}}
    assert imported("axolotl", same, file).outcomes["special_tokens"].state == "no_effect"
    assert imported("axolotl", other, file).outcomes["special_tokens"].state == "lost"


@pytest.mark.parametrize(("has", "state"), [(True, "resolved"), (False, "lost")])
def test_a_model_in_the_cache_of_the_hub_is_looked_into(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, has: bool, state: str
) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    model = tmp_path / "models--org--m" / "snapshots" / "1"
    model.mkdir(parents=True)
    (model / "config.json").write_text("{}")
    (model / "special_tokens_map.json").write_text(json.dumps({"eos_token": {"content": "</s>"}}))
    (model / "tokenizer_config.json").write_text(json.dumps({"chat_template": "{{ messages }}"} if has else {}))
    assert imported("llamafactory", {**LLAMA, "template": "qwen"}).outcomes["template"].state == state
    same = imported("axolotl", {"base_model": "org/m", "special_tokens": {"eos_token": "</s>"}})
    assert same.outcomes["special_tokens"].state == "no_effect"


@pytest.mark.parametrize(("has", "state"), [(True, "resolved"), (False, "lost")])
def test_a_named_template_needs_one_of_the_model(tmp_path: Path, has: bool, state: str) -> None:
    model = tmp_path / "model"
    model.mkdir()
    (model / "config.json").write_text("{}")
    if has:
        (model / "chat_template.jinja").write_text("{{ messages }}")
    done = imported(
        "llamafactory",
        {**LLAMA, "model_name_or_path": "model", "template": "llama3"},
        str(tmp_path / "source.yaml"),
    )
    assert done.outcomes["template"].state == state


def test_a_data_set_is_looked_up(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    info = {"mine": {"file_name": "mine.jsonl"}, "hub": {"hf_hub_url": "org/data"}}
    (tmp_path / "data" / "dataset_info.json").write_text(json.dumps(info))
    file = str(tmp_path / "source.yaml")
    assert imported("llamafactory", {**LLAMA, "dataset": "mine"}, file).config["train_data"] == "data/mine.jsonl"
    assert imported("llamafactory", {**LLAMA, "dataset": "hub"}, file).config["train_data"] == "org/data"
    absent = imported("llamafactory", {**LLAMA, "dataset": "other"}, file)
    assert absent.config["train_data"] == "other"
    assert absent.outcomes["dataset"].state == "resolved"


@pytest.mark.parametrize(
    ("tool", "values", "wanted", "state"),
    [
        ("trl", {"dataset_mixer": {"a": 1.0, "b": 1}}, ["a", "b"], "mapped"),
        ("trl", {"dataset_mixer": {"a": 1.0, "b": 0.5}}, ["a", {"path": "b", "weight": 0.5}], "resolved"),
        ("trl", {"dataset_mixture": {"datasets": [{"path": "a"}, {"id": "b", "weight": 2}]}}, None, "mapped"),
        ("trl", {"datasets": [{"path": "a", "split": "test"}]}, "a", "resolved"),
        ("trl", {"datasets": [{"path": "a", "name": "part"}]}, None, "lost"),
        ("trl", {"datasets": [{"path": "json", "data_files": ["a.json", "b.json"]}]}, ["a.json", "b.json"], "mapped"),
        (
            "axolotl",
            {"datasets": [{"path": "a", "type": "alpaca"}, {"path": "b", "type": "alpaca"}]},
            ["a", "b"],
            "mapped",
        ),
        ("axolotl", {"datasets": [{"path": "json", "data_files": ["a", "b"], "type": "alpaca"}]}, ["a", "b"], "mapped"),
        ("axolotl", {"datasets": [{"path": "a", "type": "completion"}]}, "a", "resolved"),
        (
            "axolotl",
            {"datasets": [{"path": "a", "type": "chat_template", "field_messages": "messages"}]},
            "a",
            "mapped",
        ),
        ("axolotl", {"datasets": [{"path": "a", "type": "chat_template", "field_chosen": "good"}]}, "a", "resolved"),
        (
            "axolotl",
            {"datasets": [{"path": "a", "type": "chat_template", "roles_to_train": ["assistant"]}]},
            "a",
            "mapped",
        ),
        ("axolotl", {"datasets": [{"path": "a", "type": "chat_template", "train_on_eos": "last"}]}, None, "lost"),
        ("axolotl", {"datasets": [{"path": "a", "type": "alpaca", "split": "train[:10%]"}]}, "a", "resolved"),
        ("ms-swift", {"dataset": ["a#500", "b#500"]}, ["a", "b"], "mapped"),
        ("ms-swift", {"dataset": "a:part#500"}, "a", "resolved"),
        ("llamafactory", {"dataset": "a,b"}, ["a", "b"], "resolved"),
        ("llamafactory-v1", {"train_dataset": ["a.jsonl"]}, "a.jsonl", "mapped"),
    ],
)
def test_several_data_sets(tool: str, values: dict[str, Any], wanted: Any, state: str) -> None:
    done = imported(tool, {**(LLAMA if tool == "llamafactory" else {}), **values})
    assert done.outcomes[next(iter(values))].state == state
    assert done.config.get("train_data") == wanted or (wanted is None and state == "mapped")
    assert not check(parse(to_text(done, "yaml"), "yaml", "imported.yaml")).errors or state == "lost"


def test_a_deepspeed_file_beside_the_source_is_read(tmp_path: Path) -> None:
    settings = {"zero_optimization": {"stage": 2}}
    (tmp_path / "ds.json").write_text(json.dumps(settings))
    done = imported("llamafactory", {**LLAMA, "deepspeed": "ds.json"}, str(tmp_path / "source.yaml"))
    assert (done.config["zero_stage"], done.outcomes["deepspeed"].state) == (2, "mapped")


@pytest.mark.parametrize(
    ("keys", "tool"),
    [
        ({"model_name_or_path": 1, "stage": 1, "finetuning_type": 1}, "llamafactory"),
        ({"model": 1, "model_class": 1, "train_dataset": 1}, "llamafactory-v1"),
        ({"base_model": 1, "datasets": 1}, "axolotl"),
        ({"model": 1, "tuner_type": 1, "dataset": 1}, "ms-swift"),
        ({"model_name_or_path": 1, "dataset_name": 1}, "trl"),
        ({"per_device_train_batch_size": 1, "num_train_epochs": 1}, "trl"),
    ],
)
def test_a_tool_is_recognized(keys: dict[str, int], tool: str) -> None:
    found = recognize(keys)
    assert found is not None
    assert found.name == tool


@pytest.mark.parametrize("keys", [{"lora_r": 8, "batch_size": 4}, {"color": 1}, {}, {"learning_rate": 1, "seed": 2}])
def test_other_keys_are_no_tools(keys: dict[str, int]) -> None:
    assert recognize(keys) is None


SCRIPT = """\
#!/bin/bash
# swift sft --model not/this
LR=1e-4
export MODEL=org/base
torchrun --nproc_per_node 4 --nnodes=2 train.py \\
    --model_name_or_path ${MODEL} \\
    --stage sft --finetuning_type lora --do_train \\
    --learning_rate "$LR" \\
    --cutoff_len ${LEN:-512} \\
    --lora_target q_proj v_proj \\
    --num_train_epochs=$EPOCHS
"""


def test_a_command_line() -> None:
    source = read_source(SCRIPT, "train.sh")
    tool = recognize(source.values, source.command)
    assert tool is not None
    done = import_source(source, tool)
    assert done.tool.name == "llamafactory"
    wanted = {
        "model": "org/base",
        "nodes": 2,
        "devices_per_node": 4,
        "learning_rate": 1e-4,
        "max_sequence_length": 512,
        "target_modules": "q_proj,v_proj",
    }
    assert wanted.items() <= done.config.items()
    assert done.outcomes["num_train_epochs"].state == "resolved"
    assert done.origins["learning_rate"] == "learning_rate, line 8"
    assert not done.losses


@pytest.mark.parametrize(
    ("script", "trainer", "tool"),
    [
        ("trl dpo --model_name_or_path a --beta 0.2", "dpo", "trl"),
        ("swift pt --model a --dataset b", "pt", "ms-swift"),
        ("accelerate launch scripts/dpo.py --model_name_or_path a --dataset_name b", "dpo", "trl"),
        ("swift sft --model a --dataset b", "sft", "ms-swift"),
        ("llamafactory-cli train --stage pt --model_name_or_path a", "pt", "llamafactory"),
        ("cd x && python -m trl.scripts.sft --model_name_or_path a --dataset_name b", "sft", "trl"),
    ],
)
def test_the_command_says_what_is_trained(script: str, trainer: str, tool: str) -> None:
    source = read_source(script, "train.sh")
    found = recognize(source.values, source.command)
    assert found is not None
    assert found.name == tool
    assert import_source(source, found).config.get("trainer", "sft") == trainer


def test_the_config_that_a_command_names_is_read(tmp_path: Path) -> None:
    (tmp_path / "job.yaml").write_text("model_name_or_path: a\nstage: sft\nlearning_rate: 1e-4\n")
    source = read_source("llamafactory-cli train job.yaml learning_rate=2e-4", str(tmp_path / "run.sh"))
    done = import_source(source, BY_NAME["llamafactory"])
    assert (done.config["model"], done.config["learning_rate"]) == ("a", 2e-4)


@pytest.mark.parametrize(
    ("tool", "values", "state"),
    [
        ("axolotl", {"model_config": {"rope_scaling": {"type": None, "factor": None}}}, "no_effect"),
        ("axolotl", {"model_config": {"rope_scaling": {"type": "linear", "factor": 2}}}, "lost"),
        ("axolotl", {"peft": {"loftq_config": {"loftq_bits": None}}}, "no_effect"),
        ("axolotl", {"peft": {"loftq_config": {"loftq_bits": 4}}}, "lost"),
        ("axolotl", {"base_model_config": "org/m"}, "no_effect"),
        ("axolotl", {"base_model_config": "org/n"}, "lost"),
        (
            "axolotl",
            {"bnb_config_kwargs": {"bnb_4bit_quant_type": "nf4", "llm_int8_has_fp16_weight": False}},
            "implied",
        ),
        ("axolotl", {"bnb_config_kwargs": {"bnb_4bit_quant_type": "fp4"}}, "lost"),
        ("axolotl", {"default_system_message": ""}, "mapped"),
        ("trl", {"fsdp_transformer_layer_cls_to_wrap": "LlamaDecoderLayer"}, "mapped"),
        ("trl", {"model_name_or_path": "~/m"}, "resolved"),
        ("trl", {"dataset_name": "~/rows.jsonl"}, "resolved"),
        ("trl", {"output_dir": "../../saves/sft"}, "resolved"),
        ("llamafactory", {"placement_strategy": "PACK"}, "no_effect"),
    ],
)
def test_an_example_that_is_not_filled_in_loses_nothing(tool: str, values: dict[str, Any], state: str) -> None:
    base = {"base_model": "org/m"} if tool == "axolotl" else {}
    outcomes = imported(tool, {**base, **values}).outcomes
    assert [outcomes[key].state for key in values] == [state]


@pytest.mark.parametrize(
    ("tool", "values"),
    [
        ("axolotl", {"base_model": "m", "test_datasets": [{"path": "b.jsonl"}], "val_set_size": 0.1}),
        ("llamafactory", {**LLAMA, "dataset": "a", "eval_dataset": "b", "val_size": 0.1, "eval_strategy": "steps"}),
    ],
)
def test_rows_to_evaluate_on_have_one_source(tool: str, values: dict[str, Any]) -> None:
    done = imported(tool, values)
    assert "eval_data" in done.config
    assert "eval_split" not in done.config
    assert done.outcomes["val_set_size" if tool == "axolotl" else "val_size"].state == "resolved"


@pytest.mark.parametrize(
    ("lines", "values"),
    [
        ("model_name_or_path: {{ model }}\nlora_rank: {{rank}}\n", {"model_name_or_path": "{{ model }}"}),
        ("template: {{ n | default('a') }}\noutput_dir: {{ root }}/out  # here\n", {"output_dir": "{{ root }}/out"}),
        ("{% if seed %}\nseed: 3\n{% endif %}\n{# done #}\n", {"seed": 3}),
        ("{% if a %}\nseed: 3\n{% else %}\nseed: 4\n{% endif %}\n", {"seed": 4}),
        ("{%- for x in y %}\nlearning_rate: {{ x | default(1e-4) }}\n{%- endfor %}\n", {}),
    ],
)
def test_a_template_is_read_without_what_fills_it_in(lines: str, values: dict[str, Any]) -> None:
    done = import_source(
        read_source(f"stage: sft\nfinetuning_type: lora\n{lines}", "job.yaml"), BY_NAME["llamafactory"]
    )
    assert {key: done.source.values[key] for key in values} == values
    assert "template" in done.notes[0]
    assert not done.losses
    held = [key for key, value in done.source.values.items() if "{{" in str(value)]
    assert [done.outcomes[key].state for key in held] == ["resolved"] * len(held)


@pytest.mark.parametrize(
    ("dataset", "rows", "said"),
    [
        (["a#50", "b#50"], 50, ()),
        (["a#50", "b#10"], None, ("max_samples",)),
        (["a:s#50", "b:s#50"], 50, ("subsets",)),
        (["a:s#50", "b"], None, ("max_samples", "subsets")),
    ],
)
def test_a_number_of_rows_is_taken_or_said(dataset: list[str], rows: int | None, said: tuple[str, ...]) -> None:
    done = imported("ms-swift", {"model": "m", "train_type": "lora", "dataset": dataset})
    assert done.config.get("max_samples") == rows
    assert done.config["train_data"] == ["a", "b"]
    assert all(word in done.outcomes["dataset"].why for word in said)


def test_an_option_without_its_number_is_lost() -> None:
    done = import_source(read_source("trl sft --model_name_or_path m --lora_r --use_peft\n", "job.sh"), BY_NAME["trl"])
    assert "lora_r" in done.losses
