"""The compiled files, given to the libraries that read them: nothing is refused, nothing contradicts, nothing is
left to a default on which the libraries disagree."""

import dataclasses
import importlib
import itertools
import json
from pathlib import Path
from typing import Any

import pytest

from hpc.compile import compile_document
from hpc.source import parse

pytestmark = pytest.mark.train

JOBS: list[dict[str, Any]] = [
    {"trainer": trainer, "training_type": kind, "mixed_precision": precision}
    for trainer, kind, precision in itertools.product(("sft", "pt", "dpo"), ("lora", "full"), ("bf16", "none"))
]
JOBS += [
    {"trainer": "dpo", "pref_loss": loss, "batch_size": 2} for loss in ("hinge", "ipo", "kto_pair", "orpo", "simpo")
]
JOBS += [
    {"trainer": "dpo", "dpo_label_smoothing": 0.1, "pref_ftx": 0.5},
    {
        "eval_strategy": "steps",
        "eval_steps": 5,
        "checkpoint_strategy": "steps",
        "checkpoint_steps": 10,
        "save_best_checkpoint": True,
    },
    {"logging_steps": 0},
    {"logging_steps": -1},
    {"lr_warmup_ratio": 0.1, "lr_scheduler_type": "constant"},
    {"optimizer": "sgd", "max_grad_norm": 0, "full_determinism": True, "checkpoint_strategy": "no"},
    {"lr_min_ratio": 0.1, "lr_scheduler_type": "cosine", "max_steps": 7},
    {"lr_min_ratio": 0.1, "lr_warmup_steps": 3, "group_by_length": True},
    {"lora_variant": "dora", "modules_to_save": "embed_tokens", "report_to": ["tensorboard"]},
    {"lora_variant": "rslora", "optimizer": "adafactor", "packing": True, "save_only_model": True},
    {"training_type": "full", "optimizer": "adamw_8bit", "eval_split": 0.1, "eval_strategy": "epoch"},
]


def compiled(job: dict[str, Any]) -> dict[str, Any]:
    artifacts = compile_document(parse(json.dumps(job), "json", "job.json")).artifacts
    return {name: json.loads(a.text) for name, a in artifacts.items() if name.endswith(".json")}


def load(dotted: str) -> Any:
    module, _, name = dotted.rpartition(".")
    return getattr(importlib.import_module(module), name)


def arguments(files: dict[str, Any], tmp_path: Path, **late: Any) -> Any:
    """The trainer's argument object, as the runner makes it on a machine without a GPU."""
    given = files["training_arguments.json"] | {"output_dir": str(tmp_path), "use_cpu": True} | late
    return load(files["plan.json"]["trainer"]["arguments_class"])(**given)


@pytest.mark.parametrize("job", JOBS, ids=json.dumps)
def test_the_argument_class_takes_every_value_as_it_is(job: dict[str, Any], tmp_path: Path) -> None:
    files = compiled(job)
    made = arguments(files, tmp_path)
    for key, value in files["training_arguments.json"].items():
        if key != "output_dir":
            assert plain(getattr(made, key)) == value, key


def plain(value: Any) -> Any:
    return value.value if hasattr(value, "value") else value


@pytest.mark.parametrize("job", JOBS, ids=json.dumps)
def test_nothing_is_left_to_a_default_on_which_the_libraries_disagree(job: dict[str, Any]) -> None:
    """TRL changes defaults of transformers: each of these must be written out."""
    from transformers import TrainingArguments

    files = compiled(job)
    base = {field.name: field.default for field in dataclasses.fields(TrainingArguments)}
    own = {
        field.name: field.default
        for field in dataclasses.fields(load(files["plan.json"]["trainer"]["arguments_class"]))
    }
    disagreeing = {name for name, default in own.items() if name in base and base[name] != default}
    renamed = {"gradient_checkpointing": "activation_checkpointing"}
    written = set(files["training_arguments.json"])
    assert {renamed.get(name, name) for name in disagreeing} - written == set()


@pytest.mark.parametrize("job", [job for job in JOBS if job.get("training_type") != "full"], ids=json.dumps)
def test_peft_takes_the_adapter(job: dict[str, Any]) -> None:
    from peft import LoraConfig

    given = compiled(job)["peft.json"]
    made = LoraConfig(**given)
    assert (made.r, made.lora_alpha, made.lora_dropout) == (given["r"], given["lora_alpha"], given["lora_dropout"])


@pytest.mark.parametrize("stage", [1, 2, 3])
@pytest.mark.parametrize("job", JOBS, ids=json.dumps)
def test_transformers_finds_no_mismatch_with_deepspeed_json(job: dict[str, Any], stage: int, tmp_path: Path) -> None:
    from transformers.integrations.deepspeed import HfTrainerDeepSpeedConfig

    files = compiled({**job, "distributed_backend": "deepspeed", "zero_stage": stage})
    oracle = HfTrainerDeepSpeedConfig(files["deepspeed.json"])
    oracle.trainer_config_process(arguments(files, tmp_path))
    assert oracle.mismatches == []
    assert "auto" not in json.dumps(files["deepspeed.json"])


@pytest.mark.parametrize("stage", [1, 2, 3])
@pytest.mark.parametrize("precision", ["bf16", "fp16", "none"])
def test_deepspeed_itself_reads_deepspeed_json(stage: int, precision: str) -> None:
    from deepspeed.runtime.config import DeepSpeedConfig

    job = {"distributed_backend": "deepspeed", "zero_stage": stage, "mixed_precision": precision, "max_grad_norm": 0}
    read = DeepSpeedConfig(compiled(job)["deepspeed.json"])
    assert read.zero_config.stage == stage
    assert read.gradient_clipping == 0.0
    assert (read.float16_config.enabled, read.bfloat16_config.enabled) == (precision == "fp16", precision == "bf16")
    assert (read.train_batch_size, read.train_micro_batch_size_per_gpu, read.gradient_accumulation_steps) == (4, 1, 4)
