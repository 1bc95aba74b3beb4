"""One or two keys of other tools in a config of hpc: none is guessed wrong, and each gets a reason."""

from __future__ import annotations

from typing import Any

import pytest

from hpc.check import check
from hpc.checks.names import OTHER_NAMES, REASONS
from hpc.fix import ConfigText, fix
from hpc.importers.answers import ASKED, answer
from hpc.source import parse
from hpc.source.encode import encode


def told(key: str, value: Any) -> str:
    """The help of the one error of a key."""
    found = check(parse(f"epochs: 2\n{key}: {encode('yaml', value)}\n", "yaml", "train.yaml")).diagnostics
    errors = [each for each in found if each.severity == "error"]
    assert len(errors) == 1
    return errors[0].help


@pytest.mark.parametrize(
    ("key", "value", "wanted", "never"),
    [
        ("gradient_checkpointing", True, "disable_gradient_checkpointing: false", "did you mean"),
        ("gradient_checkpointing", False, "disable_gradient_checkpointing: true", "did you mean"),
        ("do_train", True, "remove it", "trainer`"),
        ("val_size", 0.1, "eval_split", "eval_steps"),
        ("neftune_noise_alpha", 5, "noise", "did you mean"),
        ("push_to_hub", True, "remove it", "did you mean"),
        ("bf16", True, "mixed_precision: bf16", "did you mean"),
        ("load_in_4bit", True, "quantization_bit: int4", "did you mean"),
        ("warmup_steps", 0.1, "lr_warmup_ratio: 0.1", "lr_warmup_steps"),
        ("fp16", False, "mixed_precision", '"bf16"'),
        ("lora", True, "training_type", "lora_rank"),
        ("reward_funcs", "accuracy", "reinforcement", "did you mean"),
        ("adam_beta2", 0.95, "0.999", "did you mean"),
        ("metric_for_best_model", "eval_loss", "save_best_checkpoint", "false"),
        ("quantization_method", "bnb", "quantization_bit", "none"),
        ("template", "qwen", "chat_template", "no effect"),
        ("eos_token", "</s>", "compare", "no effect"),
        ("test_size", 0.1, "eval_split", "batch_size"),
        ("data_path", "a.jsonl", "train_data", "data_format"),
        ("random_state", 1, "seed", "zero_stage"),
        ("eps", 1e-8, "1e-8", "epochs"),
        ("noise", 5, "noise", "nodes"),
        ("relora_steps", 10, "no such method", "eval_steps"),
        ("eval_samples", 10, "every row", "did you mean"),
        ("response_template", "a", "assistant", "chat_template"),
        ("qlora", True, "quantization_bit: int4", "did you mean"),
        ("min_lr", 1e-5, "lr_min_ratio", "did you mean"),
        ("max_steps_per_epoch", 9, "whole training", "did you mean"),
        ("lora_config", {"r": 8}, "flat", "lora_rank"),
        ("model._component_", "a", "flat", "did you mean"),
        ("wandb_api_key", "abc", "environment", "did you mean"),
        ("hub_token", "abc", "environment", "did you mean"),
        ("learning_rte", 1e-4, "`learning_rate`", "scheduler"),
    ],
)
def test_a_foreign_key_is_answered_from_the_tables(key: str, value: Any, wanted: str, never: str) -> None:
    help_ = told(key, value)
    assert wanted in help_
    assert never not in help_


def test_every_key_of_every_tool_gets_a_reason() -> None:
    from hpc_schema import properties

    keys = {key for tool in ASKED for key in tool.by_key} - properties().keys()
    aliases = {alias for field in properties().values() for alias in field.get("x-key-aliases", ())}
    assert len(keys) > 900
    answers = {key: answer(key, 3) for key in sorted(keys - aliases)}
    assert [key for key, found in answers.items() if found is None or not found.help.strip(" :`.")] == []


def test_a_word_of_people_is_no_key_of_a_tool() -> None:
    known = {key for tool in ASKED for key in tool.by_key}
    words = [*REASONS, *(name for names in OTHER_NAMES.values() for name in names)]
    assert [name for name in words if name in known or words.count(name) > 1] == []


@pytest.mark.parametrize(
    ("text", "fixed"),
    [
        ("lora_r: 8\n", "lora_rank: 8\n"),
        ("num_train_epochs: 3.0\n", "epochs: 3\n"),
        ("gradient_checkpointing: false\n", "disable_gradient_checkpointing: true\n"),
        ("lr_warmup_steps: 0.1\n", "lr_warmup_ratio: 0.1\n"),
        ("lr_warmup_ratio: 100\n", "lr_warmup_steps: 100\n"),
        ("lr_warmup_ratio: true\n", "lr_warmup_ratio: true\n"),
        ("quantization_bit: 4\n", "quantization_bit: int4\n"),
        ("quantization_bit: nf4\n", "quantization_bit: int4\n"),
        ("lr_scheduler_type: constant_with_warmup\n", "lr_scheduler_type: constant\n"),
        ("trainer: dpo\npref_loss: dpo\n", "trainer: dpo\npref_loss: sigmoid\n"),
        ("optimizer: adamw_torch\n", "optimizer: adamw\n"),
        ("lora_rank: 4\nlora_r: 8\n", "lora_rank: 4\nlora_r: 8\n"),
        ("training_type: qlora\n", "training_type: qlora\n"),
        ("trainer: orpo\n", "trainer: orpo\n"),
        ("lr_warmup_ratio: 0.2\nlr_warmup_steps: 0.1\n", "lr_warmup_ratio: 0.2\nlr_warmup_steps: 0.1\n"),
    ],
)
def test_a_fix_is_made_where_nothing_else_can_be_meant(text: str, fixed: str) -> None:
    assert fix(ConfigText("train.yaml", "yaml", text), (), portal=False).text == fixed


@pytest.mark.parametrize(
    ("key", "value", "wanted", "never"),
    [
        ("trainer", "orpo", "pref_loss: orpo", "did you mean"),
        ("trainer", "ppo", "reinforcement", "did you mean"),
        ("pref_loss", "kto", "kto_pair", "ipo"),
        ("pref_loss", "dpo", "sigmoid", "ipo"),
        ("pref_loss", "cpo", "hpc has no such loss", "did you mean"),
        ("pref_loss", "apo_zero", "hpc has no such loss", "did you mean"),
        ("trainer", "lora", "training_type: lora", "did you mean"),
        ("training_type", "qlora", "quantization_bit: int4", "did you mean"),
        ("mixed_precision", True, "bf16", "did you mean"),
        ("checkpoint_strategy", "best", "save_best_checkpoint", "did you mean"),
        ("distributed_backend", "fsdp", "zero_stage", "did you mean"),
    ],
)
def test_a_foreign_value_is_answered(key: str, value: Any, wanted: str, never: str) -> None:
    help_ = told(key, value)
    assert wanted in help_
    assert never not in help_
