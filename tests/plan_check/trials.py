"""The jobs whose memory is compared: drawn by seed, every kind equally often."""

from __future__ import annotations

import json
import os
import random
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.end_to_end.tiny import make_tokenizer

if TYPE_CHECKING:
    from hpc.resolve import Config

SEED = 11
FULL = {"training_type": "full"}
LORA = {"training_type": "lora", "lora_rank": 8}
KINDS: dict[str, dict[str, Any]] = {
    "full": FULL,
    "lora": LORA,
    "lora int4": {**LORA, "quantization_bit": "int4"},
    "full dpo": {**FULL, "trainer": "dpo"},
    "lora dpo": {**LORA, "trainer": "dpo"},
    "lora orpo": {**LORA, "trainer": "dpo", "pref_loss": "orpo"},
    "full, 2 processes": {**FULL, "devices_per_node": 2},
    "lora, 2 processes": {**LORA, "devices_per_node": 2},
}
MODELS: tuple[dict[str, Any], ...] = (
    {"model_type": "llama", "hidden_size": 64, "intermediate_size": 192, "num_hidden_layers": 3},
    {"model_type": "qwen2", "hidden_size": 128, "intermediate_size": 384, "num_hidden_layers": 6, "vocab_size": 2048},
    {"model_type": "qwen3", "hidden_size": 128, "intermediate_size": 256, "num_hidden_layers": 4, "head_dim": 32},
    {"model_type": "mistral", "hidden_size": 192, "intermediate_size": 512, "num_hidden_layers": 8, "vocab_size": 4096},
)
OTHERS: tuple[dict[str, Any], ...] = (
    {"model_type": "gemma", "hidden_size": 128, "intermediate_size": 320, "num_hidden_layers": 4, "head_dim": 32},
    {"model_type": "gemma3_text", "hidden_size": 128, "intermediate_size": 320, "num_hidden_layers": 4, "head_dim": 32},
    {"model_type": "phi3", "hidden_size": 128, "intermediate_size": 320, "num_hidden_layers": 4},
    {**MODELS[3], "sliding_window": 64},
    {**MODELS[2], "model_type": "gemma3_text", "sliding_window": 64},
)
"""Families with two jobs each; the windows of the last two are shorter than their rows."""
WHOLE: dict[str, dict[str, Any]] = {
    "lora, dora": {**LORA, "lora_variant": "dora"},
    "lora, embed_tokens whole": {**LORA, "modules_to_save": "embed_tokens"},
    "lora, both ends whole": {**LORA, "modules_to_save": "embed_tokens,lm_head"},
}
"""Kinds of LoRA with two jobs each."""
LARGE = {
    "model_type": "llama",
    "hidden_size": 768,
    "intermediate_size": 2048,
    "num_hidden_layers": 12,
    "vocab_size": 32768,
    "num_attention_heads": 12,
    "num_key_value_heads": 12,
    "max_position_embeddings": 4096,
}
"""135 million parameters."""
TINY = {
    "vocab_size": 512,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 4096,
    "tie_word_embeddings": False,
}


PROMPT = "Paris?"
START = len(
    make_tokenizer().apply_chat_template(
        [{"role": "user", "content": PROMPT}], add_generation_prompt=True, return_dict=True
    )["input_ids"]
)
"""Tokens of which none is learned, at the start of each row of supervised fine-tuning."""


@dataclass(frozen=True)
class Trial:
    """One job: its kind, its config and its model."""

    kind: str
    values: dict[str, Any]
    model: dict[str, Any]


def trials(count: int) -> list[Trial]:
    """So many jobs, drawn by seed, every kind equally often; two of each other family and of a larger model."""
    draw = random.Random(SEED)
    kinds = list(KINDS)
    small = [_trial(kinds[index % len(kinds)], draw) for index in range(count)]
    values = {"batch_size": 2, "gradient_accumulation_steps": 1, "max_sequence_length": 128, "mixed_precision": "none"}
    small += [
        Trial(name, {**KINDS[name], **values}, {**TINY, **model}) for model in OTHERS for name in ("full", "lora")
    ]
    small += [
        Trial(name, {**more, **values, "mixed_precision": precision}, {**TINY, **MODELS[2]})
        for name, more in WHOLE.items()
        for precision in ("none", "bf16")
    ]
    values |= {"batch_size": 4, "max_sequence_length": 256}
    return [*small, *(Trial(f"large {name}", {**KINDS[name], **values}, LARGE) for name in ("full", "lora"))]


def _trial(kind: str, draw: random.Random) -> Trial:
    model = {**TINY, **draw.choice(MODELS)}
    if draw.random() < 0.25:
        model["tie_word_embeddings"] = True
    values: dict[str, Any] = {
        **KINDS[kind],
        "batch_size": draw.choice((1, 2, 3, 4)),
        "gradient_accumulation_steps": draw.choice((1, 2)),
        "max_sequence_length": draw.choice((64, 128, 256, 512)),
        "mixed_precision": draw.choice(("none", "bf16")),
        "disable_gradient_checkpointing": draw.random() < 0.5,
        "optimizer": draw.choice(("adamw", "adamw", "sgd")),
    }
    if "lora" in kind and draw.random() < 0.3:
        values |= {"target_modules": "q_proj,v_proj", "lora_dropout": 0.0}
    return Trial(kind, values, model)


def write_job(folder: Path, trial: Trial) -> Path:
    """The model, rows longer than any length and the config; returns the compiled folder."""
    from hpc.compile import lower_all
    from hpc.write import write_artifacts

    make_model(folder / "model", trial.model)
    rows = trial.values["batch_size"] * trial.values["gradient_accumulation_steps"] * 2
    rows *= trial.values.get("devices_per_node", 1)
    long = "of course " * 700
    turn = {"conversations": [{"from": "human", "value": PROMPT}]}
    if trial.values.get("trainer") == "dpo":
        answers = {name: {"from": "gpt", "value": f"{name} {long}"} for name in ("chosen", "rejected")}
        row = {**turn, **answers}
    else:
        row = {"conversations": [*turn["conversations"], {"from": "gpt", "value": long}]}
    (folder / "train.jsonl").write_text((json.dumps(row) + "\n") * rows)
    os.chdir(folder)
    write_artifacts("out/build", list(lower_all(config_of(trial)).values()))
    return folder / "out/build"


def config_of(trial: Trial) -> Config:
    """The config, as if it were written in a file of the current folder."""
    from hpc.resolve import resolve
    from hpc.source import parse

    job = {"model": "model", "train_data": "train.jsonl", "output_dir": "out", "checkpoint_strategy": "no"}
    fixed = {"report_to": [], "epochs": 1, "merge_adapter": False}
    return resolve(parse(json.dumps({**job, **fixed, **trial.values}), "json", "job.json"))


def settings_of(model: dict[str, Any]) -> dict[str, Any]:
    """The model's config.json, defaults included."""
    from transformers import AutoConfig

    settings = {key: value for key, value in model.items() if key != "model_type"}
    found: dict[str, Any] = AutoConfig.for_model(model["model_type"], **settings).to_dict()
    return found


def make_model(folder: Path, settings: dict[str, Any]) -> None:
    """A random model of these settings with the tests' tokenizer."""
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    tokenizer = make_tokenizer()
    known = {key: value for key, value in settings.items() if key != "model_type"}
    torch.manual_seed(0)
    ids = {"bos_token_id": 0, "eos_token_id": tokenizer.eos_token_id, "pad_token_id": tokenizer.pad_token_id}
    config = AutoConfig.for_model(settings["model_type"], **known, **ids)
    AutoModelForCausalLM.from_config(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
