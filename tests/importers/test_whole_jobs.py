"""What several keys of a source together become: variables in paths, steps beside epochs, the best checkpoint."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hpc.check import check
from hpc.importers.command_line import read_source
from hpc.importers.reading import Import, import_source
from hpc.importers.render import to_json, to_text
from hpc.importers.source import Source
from hpc.importers.tools import BY_NAME, recognize
from hpc.source import parse


def imported(tool: str, values: dict[str, Any], file: str = "source.yaml") -> Import:
    return import_source(Source(file, "", values, {}), BY_NAME[tool])


def warnings_of(done: Import) -> list[str]:
    return [each.code for each in check(parse(to_text(done, "yaml"), "yaml", "imported.yaml")).diagnostics]


@pytest.mark.parametrize("path", ["out/seed_$seed", "out/${RUN}/x", "out/$(date +%s)"])
def test_a_variable_inside_a_path_is_said(path: str) -> None:
    outcome = imported("trl", {"model_name_or_path": "m", "output_dir": path}).outcomes["output_dir"]
    assert outcome.state == "resolved"
    assert path[path.index("$") :].split("/")[0] in outcome.why


def test_a_price_in_a_prompt_is_no_variable() -> None:
    done = imported("trl", {"model_name_or_path": "m", "system_prompt": "It costs $US 5."})
    assert done.outcomes["system_prompt"].state == "mapped"


@pytest.mark.parametrize(
    ("tool", "epochs"),
    [
        ("trl", "num_train_epochs"),
        ("axolotl", "num_epochs"),
        ("llamafactory-v1", "num_train_epochs"),
        ("llamafactory", "num_train_epochs"),
        ("ms-swift", "num_train_epochs"),
    ],
)
def test_beside_steps_the_epochs_have_no_effect(tool: str, epochs: str) -> None:
    done = imported(tool, {epochs: 3, "max_steps": 100})
    assert done.outcomes[epochs].state == "no_effect"
    assert "epochs" not in done.config
    assert "HPC409" not in warnings_of(done)


RHYTHM = {"base_model": "m", "val_set_size": 0.1, "early_stopping_patience": 3}


@pytest.mark.parametrize(
    ("values", "kept"),
    [
        ({**RHYTHM}, False),
        ({**RHYTHM, "load_best_model_at_end": True}, True),
        ({**RHYTHM, "load_best_model_at_end": True, "saves_per_epoch": 1, "evals_per_epoch": 4}, False),
    ],
)
def test_early_stopping_is_kept_where_it_can_be(values: dict[str, Any], kept: bool) -> None:
    done = imported("axolotl", values)
    assert ("early_stopping_patience" in done.config) == kept
    assert done.outcomes["early_stopping_patience"].state == ("mapped" if kept else "resolved")
    assert not {"HPC209", "HPC214", "HPC301"} & set(warnings_of(done))


@pytest.mark.parametrize(
    ("tool", "values", "said"),
    [
        ("trl", {"model_name_or_path": "m"}, True),
        ("trl", {"model_name_or_path": "m", "assistant_only_loss": True}, False),
        ("trl", {"model_name_or_path": "m", "beta": 0.1}, False),
        ("ms-swift", {"model": "m"}, True),
        ("ms-swift", {"model": "m", "max_length": 99, "adam_beta2": 0.999}, False),
    ],
)
def test_a_difference_is_noted_where_it_is_one(tool: str, values: dict[str, Any], said: bool) -> None:
    notes = "".join(imported(tool, values).notes)
    assert ("assistant_only_loss" in notes or "max_length" in notes) == said


def test_the_data_sets_of_llamafactory_v1_are_read_from_their_file(tmp_path: Path) -> None:
    (tmp_path / "sets.yaml").write_text(
        "a:\n  path: a.jsonl\n  source: local\n  converter: alpaca\nb:\n  path: org/b\n  weight: 2\n"
    )
    file = str(tmp_path / "job.yaml")
    done = imported("llamafactory-v1", {"model": "m", "train_dataset": "sets.yaml"}, file)
    assert done.config["train_data"] == ["a.jsonl", {"path": "org/b", "weight": 2}]
    assert done.outcomes["train_dataset"].state == "mapped"
    absent = imported("llamafactory-v1", {"model": "m", "train_dataset": "none.yaml"}, file)
    assert absent.outcomes["train_dataset"].state == "resolved"


def test_arguments_of_transformers_example_scripts() -> None:
    done = imported(
        "trl",
        {"model_name_or_path": "m", "train_file": "a.json", "validation_file": "b.json", "eval_strategy": "epoch"},
    )
    assert (done.config["train_data"], done.config["eval_data"]) == ("a.json", "b.json")
    share = imported("trl", {"model_name_or_path": "m", "validation_split_percentage": 5, "eval_strategy": "epoch"})
    assert share.config["eval_split"] == 0.05


@pytest.mark.parametrize(
    ("text", "file", "key"),
    [
        ("model_name_or_path: m\ntemplate: llama3\ninfer_backend: huggingface\n", "a.yaml", "infer_backend"),
        ("model_name_or_path: m\ntemplate: llama3\nexport_dir: out\n", "a.yaml", "export_dir"),
        ("model_name_or_path: m\nstage: sft\ndo_predict: true\neval_dataset: a\n", "a.yaml", "do_predict"),
        ("model_name_or_path: m\nstage: rm\ndo_train: true\n", "a.yaml", "stage"),
        ("base_model: m\nrl: grpo\nadapter: lora\n", "a.yaml", "rl"),
        ("swift infer --model m --stream true\n", "a.sh", "command"),
        ("swift rlhf --rlhf_type ppo --model m --dataset d\n", "a.sh", "rlhf_type"),
        ("llamafactory-cli chat --model_name_or_path m --template llama3\n", "a.sh", "command"),
        ("python -m axolotl.cli.inference --base_model m --adapter lora\n", "a.sh", "command"),
        ("axolotl inference --base_model m --adapter lora\n", "a.sh", "command"),
        ("python reward_modeling.py --model_name_or_path m --dataset_name d\n", "a.sh", "command"),
        ("trl grpo --model_name_or_path m --dataset_name d\n", "a.sh", "command"),
    ],
)
def test_a_job_that_hpc_does_not_do_says_so_at_its_key(text: str, file: str, key: str) -> None:
    source = read_source(text, file)
    tool = recognize(source.values, source.command)
    assert tool is not None
    done = import_source(source, tool)
    assert key in done.losses
    assert json.loads(to_json(done))["keys"][key]["state"] == "lost"
    assert key in to_text(done, "yaml")


def test_inference_settings_beside_a_training_lose_nothing() -> None:
    train = {"model_name_or_path": "m", "stage": "sft", "do_train": True, "dataset": "d", "do_predict": True}
    assert not imported("llamafactory", {**train, "infer_backend": "vllm", "export_dir": "out"}).losses


def test_aliases_in_the_config_of_a_command_hold_values_only(tmp_path: Path) -> None:
    (tmp_path / "job.yaml").write_text(
        "base_model: m\nadapter: lora\nbase: &b {type: alpaca}\ndatasets: [{path: a, <<: *b}]\n"
    )
    source = read_source("axolotl train job.yaml --lora_r 4\n", str(tmp_path / "run.sh"))
    assert not import_source(source, BY_NAME["axolotl"]).losses


@pytest.mark.parametrize(
    ("text", "file"),
    [
        ("base_model: {0}\nadapter: lora\nspecial_tokens: {{pad_token: a}}\ndeepspeed: {0}\n", "a.yaml"),
        (
            "model_name_or_path: {0}\nstage: sft\ntemplate: a\ndataset: b\ndataset_dir: {0}\ntokenized_path: {0}\n",
            "a.yaml",
        ),
        ("model: {0}\nmodel_class: llm\ntrain_dataset: {0}.yaml\n", "a.yaml"),
        ("trl sft --config {0}.yaml --model_name_or_path m\n", "a.sh"),
    ],
)
def test_names_that_no_disk_takes_are_only_not_there(text: str, file: str) -> None:
    source = read_source(text.format("x" * 5000), file)
    tool = recognize(source.values, source.command)
    assert tool is not None
    assert import_source(source, tool).config["model"]
