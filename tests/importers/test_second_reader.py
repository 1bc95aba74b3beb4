"""What a second reader found in the tools' own sources about entries that were said to have no effect.

30 entries were drawn from the 632 (`random.Random(14).sample`), and each was followed to every place where its release
reads it (Axolotl 0.21.0, LLaMA-Factory 0.9.5, ms-swift 4.6.0, TRL 1.16.0, transformers 5.23). All 30 held. Before that
the whole list was read against the sources: 24 entries did not hold, and are what they are in ``FOUND`` since.

A third reader drew 30 of the 636 entries again (``random.Random(1126).sample``): 28 held, and are in ``AGAIN``. The
other two did not: Axolotl's watchdog ends a training, and a slow tokenizer can make other tokens. So the two keys of
the watchdog and the three of the tokenizer say that since.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hpc.importers.reading import Import, import_source
from hpc.importers.source import Source
from hpc.importers.tools import BY_NAME

SAMPLE = {
    "axolotl": {
        "cloud": "axolotl/cli/cloud: where the processes start",
        "flash_attn_cross_entropy": "loaders/model.py: replaces the kernel of the same loss",
        "flash_attn_rms_norm": "utils/schemas/deprecated.py: the release refuses it",
        "include_for_metrics": "transformers/trainer.py: inputs of compute_metrics, which only evaluation calls",
        "large_head_attention": "the kernel that computes attention beyond 256 dimensions",
        "liger_kernel_impl": "integrations/liger/plugin.py: which implementation of the same kernels",
        "moe_bnb_fast": "integrations/kernels: how 4-bit experts are unpacked",
        "plugins": "integrations/base.py: each of Axolotl's own reads keys of its own",
        "preprocess_iterable": "no code of the release reads it",
        "use_trackio": "core/builders/base.py: a tracker",
    },
    "llamafactory": {
        "ddp_broadcast_buffers": "transformers/trainer.py: copies buffers, which decoders with adapters do not train",
        "do_sample": "hparams/generating_args.py: generation only",
        "eval_delay": "transformers/trainer_callback.py: when evaluation starts; lost with the best checkpoint",
        "eval_on_each_dataset": "data/loader.py: evaluation sets one by one",
        "export_quantization_dataset": "model_utils/quantization.py: export only",
        "fp16_full_eval": "transformers/trainer.py: the evaluation loop",
        "include_for_metrics": "transformers/trainer.py: inputs of compute_metrics",
        "log_on_each_node": "transformers/training_args.py: which process logs",
        "offload_folder": "model/loader.py: where inference keeps weights",
        "swanlab_logdir": "train/callbacks: a tracker",
        "swanlab_run_name": "train/callbacks: a tracker",
    },
    "llamafactory-v1": {"sample_backend": "v1/core/base_sampler.py: generation only"},
    "ms-swift": {
        "acc_strategy": "metrics/acc.py: how accuracy is counted",
        "hub_strategy": "transformers: uploads",
        "logging_dir": "TensorBoard's folder",
        "top_k": "arguments/base_args/generation_args.py: generation only",
        "use_flash_ckpt": "trainers/mixin.py: how a checkpoint is written, not what",
    },
    "trl": {
        "do_eval": "transformers/training_args.py: set by eval_strategy",
        "project": "transformers: the tracker's project",
        "wandb_project": "no argument of the release; a tracker's project",
    },
}

AGAIN = {
    "axolotl": {
        "cut_cross_entropy_accum_c_fp32": "integrations/cut_cross_entropy: how the kernel of the same loss rounds",
        "cut_cross_entropy_c_grad_chunk_size": "the memory of that kernel",
        "dataloader_num_workers": "transformers/trainer.py: batches come in the sampler's order",
        "eval_use_gather_object": "transformers/trainer.py: the evaluation loop",
        "generate_samples": "utils/callbacks/generation.py: prints what the model writes",
        "lm_eval_model": "integrations/lm_eval/cli.py: evaluation after the training",
        "lm_eval_post_train": "integrations/lm_eval: evaluation after the training",
        "log_level": "transformers/training_args.py: logging only",
        "model_type": "loaders/model.py: the class that loads the same weights",
        "predict_with_generate": "utils/callbacks: metrics of an evaluation",
        "preprocess_iterable": "no code of the release reads it",
        "torch_compile_options": "core/builders/base.py: settings of the compiler of the same graph",
    },
    "llamafactory": {
        "cache_dir": "model/loader.py: where downloads lie",
        "dataloader_num_workers": "transformers/trainer.py: batches come in the sampler's order",
        "dataloader_persistent_workers": "transformers/trainer.py: worker processes",
        "export_dir": "train/tuner.py: the command export only",
        "fp16_full_eval": "transformers/trainer.py: the evaluation loop",
        "generation_config": "transformers/training_args_seq2seq.py: evaluation by generation",
        "preprocessing_num_workers": "data/loader.py: processes of map, which keeps the order",
        "vllm_config": "hparams/model_args.py: inference only",
    },
    "ms-swift": {
        "dataloader_multiprocessing_context": "trainers/mixin.py: how workers start",
        "do_eval": "transformers/training_args.py: set by eval_strategy",
        "generation_config": "transformers/training_args_seq2seq.py: evaluation by generation",
        "prediction_loss_only": "transformers/trainer.py: the evaluation loop",
        "project": "transformers: the tracker's project",
    },
    "trl": {
        "ddp_bucket_cap_mb": "transformers/trainer.py: how gradients are sent",
        "eval_accumulation_steps": "transformers/trainer.py: the evaluation loop",
        "hub_private_repo": "transformers/trainer.py: uploads",
    },
}

BASE: dict[str, dict[str, Any]] = {
    "llamafactory": {"model_name_or_path": "m", "stage": "sft", "finetuning_type": "lora", "do_train": True},
    "axolotl": {"base_model": "m", "adapter": "lora"},
    "trl": {"model_name_or_path": "m"},
    "ms-swift": {"model": "m", "dataset": "d"},
    "llamafactory-v1": {"model": "m"},
}
SHARDS = {"dataset_shard_num": 4, "dataset_shard_idx": 0}
PRETRAINING = {"pretraining_dataset": [{"path": "a"}], "sample_packing": True, "pretrain_multipack_attn": True}

FOUND: list[tuple[str, dict[str, Any], str, str]] = [
    ("axolotl", {"liger_use_token_scaling": True}, "liger_use_token_scaling", "lost"),
    ("axolotl", {"dense_mixer": True}, "dense_mixer", "lost"),
    ("axolotl", {"resize_token_embeddings_to_32x": True}, "resize_token_embeddings_to_32x", "lost"),
    ("axolotl", SHARDS, "dataset_shard_num", "lost"),
    ("axolotl", PRETRAINING, "pretrain_multipack_attn", "lost"),
    ("axolotl", {"s2_attention": True}, "s2_attention", "lost"),
    ("axolotl", {"sage_attention": True}, "sage_attention", "lost"),
    ("axolotl", {"tokenizer_config": "other"}, "tokenizer_config", "lost"),
    ("axolotl", {"tokenizer_config": "m"}, "tokenizer_config", "no_effect"),
    ("axolotl", {"tokenizer_legacy": False}, "tokenizer_legacy", "resolved"),
    ("axolotl", {"peft_autocast_adapter_dtype": False}, "peft_autocast_adapter_dtype", "lost"),
    ("axolotl", {"plugins": ["mine.Plugin"]}, "plugins", "lost"),
    ("axolotl", {"plugins": ["axolotl.integrations.liger.LigerPlugin"]}, "plugins", "no_effect"),
    ("axolotl", {"sample_packing_bin_size": 9}, "sample_packing_bin_size", "implied"),
    ("axolotl", {"sample_packing_eff_est": 0.9}, "sample_packing_eff_est", "implied"),
    ("axolotl", {"excess_length_strategy": "drop"}, "excess_length_strategy", "resolved"),
    ("axolotl", {"excess_length_strategy": "truncate"}, "excess_length_strategy", "implied"),
    ("axolotl", {"loss_watchdog_threshold": 5.0, "loss_watchdog_patience": 3}, "loss_watchdog_patience", "resolved"),
    ("axolotl", {"loss_watchdog_patience": 3}, "loss_watchdog_patience", "no_effect"),
    ("axolotl", {"tokenizer_use_fast": False}, "tokenizer_use_fast", "resolved"),
    ("axolotl", {"tokenizer_use_fast": True}, "tokenizer_use_fast", "no_effect"),
    ("llamafactory", {"use_fast_tokenizer": False}, "use_fast_tokenizer", "resolved"),
    ("llamafactory", {"tool_format": "qwen"}, "tool_format", "resolved"),
    ("llamafactory", {"mix_strategy": "interleave_over"}, "mix_strategy", "lost"),
    ("llamafactory", {"mix_strategy": "concat"}, "mix_strategy", "implied"),
    ("llamafactory", {"dataloader_in_order": False}, "dataloader_in_order", "lost"),
    ("llamafactory", {"ignore_data_skip": True}, "ignore_data_skip", "lost"),
    ("llamafactory", {"eval_delay": 2, "load_best_model_at_end": True}, "eval_delay", "lost"),
    ("llamafactory-v1", {"batching_strategy": "dynamic_batching"}, "batching_strategy", "lost"),
    ("llamafactory-v1", {"batching_strategy": "normal"}, "batching_strategy", "implied"),
    ("llamafactory-v1", {"init_config": {"name": "init_on_meta"}}, "init_config", "implied"),
    ("llamafactory-v1", {"init_config": {"name": "init_random"}}, "init_config", "lost"),
    ("llamafactory-v1", {"dist_config": {"name": "fsdp2", "dcp_path": "d"}}, "dist_config", "lost"),
    ("trl", {"truncation_mode": "keep_end"}, "truncation_mode", "lost"),
    ("trl", {"dataset_train_split": "train_sft"}, "dataset_train_split", "resolved"),
    ("trl", {"bnb_4bit_quant_type": "fp4"}, "bnb_4bit_quant_type", "lost"),
    ("trl", {"load_in_4bit": True, "use_bnb_nested_quant": False}, "use_bnb_nested_quant", "resolved"),
    ("trl", {"is_encoder_decoder": True}, "is_encoder_decoder", "lost"),
    ("ms-swift", {"dataset": "swift/self-cognition", "model_author": "me"}, "model_author", "resolved"),
    ("ms-swift", {"model_author": "me"}, "model_author", "no_effect"),
    ("ms-swift", {"external_plugins": "mine.py"}, "external_plugins", "resolved"),
    ("ms-swift", {"bnb_4bit_use_double_quant": "false"}, "bnb_4bit_use_double_quant", "lost"),
    ("ms-swift", {"bnb_4bit_quant_type": "fp4"}, "bnb_4bit_quant_type", "lost"),
]


def imported(tool: str, values: dict[str, Any], file: str = "source.yaml") -> Import:
    return import_source(Source(file, "", {**BASE[tool], **values}, {}), BY_NAME[tool])


@pytest.mark.parametrize(("sample", "held"), [(SAMPLE, 30), (AGAIN, 28)])
def test_the_sample_is_still_said_to_have_no_effect(sample: dict[str, dict[str, str]], held: int) -> None:
    assert sum(map(len, sample.values())) == held
    states = {f"{tool} {key}": BY_NAME[tool].by_key[key].state for tool, keys in sample.items() for key in keys}
    assert {key for key, state in states.items() if state != "no_effect"} == set()


@pytest.mark.parametrize(("tool", "values", "key", "state"), FOUND)
def test_what_has_an_effect_is_said(tool: str, values: dict[str, Any], key: str, state: str) -> None:
    outcome = imported(tool, values).outcomes[key]
    assert outcome.state == state, outcome.why
    assert outcome.why


def test_rows_that_were_tokenized_before_are_not_the_data(tmp_path: Path) -> None:
    (tmp_path / "ready").mkdir()
    file = str(tmp_path / "source.yaml")
    states = [imported("llamafactory", {"tokenized_path": path}, file).outcomes for path in ("ready", "new")]
    assert [each["tokenized_path"].state for each in states] == ["lost", "implied"]


@pytest.mark.parametrize(
    ("tool", "values"),
    [
        ("llamafactory", {"stage": "dpo", "lora_dropout": 0.1}),
        ("axolotl", {"rl": "dpo", "lora_dropout": 0.1}),
        ("trl", {"beta": 0.1, "use_peft": True}),
        ("ms-swift", {"rlhf_type": "dpo", "lora_dropout": "0.1"}),
    ],
)
def test_trainers_of_preferences_switch_dropout_off(tool: str, values: dict[str, Any]) -> None:
    assert imported(tool, values).config["lora_dropout"] == 0


def test_dropout_that_trl_keeps_is_kept() -> None:
    kept = {"beta": 0.1, "use_peft": True, "lora_dropout": 0.1, "disable_dropout": False}
    assert imported("trl", kept).config["lora_dropout"] == 0.1
    assert imported("trl", {"use_peft": True, "lora_dropout": 0.1}).config["lora_dropout"] == 0.1


@pytest.mark.parametrize(
    ("tool", "values", "weight"),
    [
        ("trl", {"loss_type": "simpo"}, 1.0),
        ("trl", {"loss_type": "simpo", "cpo_alpha": 0}, 0),
        ("trl", {"gamma_beta_ratio": 0.5, "beta": 2}, None),
        ("axolotl", {"rl": "simpo"}, 1.0),
        ("ms-swift", {"rlhf_type": "simpo"}, 1.0),
        ("ms-swift", {"rlhf_type": "dpo"}, None),
    ],
)
def test_simpo_has_the_supervised_loss_that_its_tool_adds(
    tool: str, values: dict[str, Any], weight: float | None
) -> None:
    assert imported(tool, values).config.get("pref_ftx") == weight


def test_ms_swift_keeps_no_rows_for_an_evaluation_that_is_off() -> None:
    off = {"split_dataset_ratio": "0.1", "eval_strategy": "no"}
    assert "eval_split" not in imported("ms-swift", off).config
    assert imported("ms-swift", {"split_dataset_ratio": "0.1"}).config["eval_split"] == 0.1


@pytest.mark.parametrize(
    ("tool", "values", "key"),
    [
        ("llamafactory", {"val_size": 0.1}, "val_size"),
        ("llamafactory", {"val_size": 0.1, "eval_strategy": "no"}, "val_size"),
        ("axolotl", {"val_set_size": 0.1, "eval_strategy": "no"}, "val_set_size"),
        ("axolotl", {"val_set_size": 0.1, "evals_per_epoch": 0}, "val_set_size"),
        ("trl", {"test_split_size": 0.1}, "test_split_size"),
    ],
)
def test_rows_that_the_tool_keeps_out_are_kept_out(tool: str, values: dict[str, Any], key: str) -> None:
    done = imported(tool, values)
    assert done.outcomes[key].state == "resolved"
    assert (done.config["eval_split"], done.config["eval_strategy"]) == (0.1, "epoch")


def test_a_best_checkpoint_by_another_metric_is_lost() -> None:
    best = {"save_strategy": "best", "eval_strategy": "epoch", "val_size": 0.1, "metric_for_best_model": "accuracy"}
    assert "save_strategy" in imported("llamafactory", best).losses
    assert not imported("llamafactory", {**best, "metric_for_best_model": "eval_loss"}).losses
