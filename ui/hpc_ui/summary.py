"""A summary of the job for the Summary panel."""

from __future__ import annotations

from collections.abc import Set
from typing import Any

from hpc.resolve import Config
from hpc_disk.data import named
from hpc_schema import fields as f
from hpc_ui.estimate import estimate

TASKS = {"sft": "supervised fine-tuning", "pt": "pre-training", "dpo": "preference optimization"}
NOT_CHOSEN = "not set"
NOT_KNOWN = "—"


def summary(config: Config, wrong: Set[str] = frozenset()) -> list[dict[str, Any]]:
    """Rows of ``{"title", "value", "fields"}``: what is trained, how, and how much of it.

    What depends on a field with a ``wrong`` value is not known.
    """
    rows = [
        ("Task", _task(config), (f.training_type, f.trainer)),
        ("Model", config[f.model] or NOT_CHOSEN, (f.model,)),
        ("Data", named(config[f.train_data]) or NOT_CHOSEN, (f.train_data,)),
        ("Machines", _machines(config), (f.nodes, f.devices_per_node, f.distributed_backend)),
        ("Global batch", _batch(config), (f.batch_size, f.gradient_accumulation_steps, f.nodes, f.devices_per_node)),
        ("Learning rate", _rate(config), (f.learning_rate, f.lr_scheduler_type, f.lr_warmup_steps)),
        *estimate(config),
        ("Result", config[f.output_dir], (f.output_dir,)),
    ]
    return [_row(title, value, [field.name for field in used], wrong) for title, value, used in rows]


def _row(title: str, value: str, used: list[str], wrong: Set[str]) -> dict[str, Any]:
    return {"title": title, "value": value if wrong.isdisjoint(used) else NOT_KNOWN, "fields": used}


def _task(config: Config) -> str:
    kind = "LoRA" if config[f.training_type] == "lora" else "Full"
    loss = f", {config[f.pref_loss]} loss" if config[f.trainer] == "dpo" else ""
    return f"{kind} {TASKS[config[f.trainer]]}{loss}"


def _machines(config: Config) -> str:
    backend = "DDP" if config[f.distributed_backend] == "ddp" else f"DeepSpeed ZeRO-{config[f.zero_stage]}"
    if config.processes == 1:
        return "1 process" if backend == "DDP" else f"1 process, {backend}"
    return f"{config[f.nodes]} × {config[f.devices_per_node]} = {config.processes} processes, {backend}"


def _batch(config: Config) -> str:
    factors = (config[f.batch_size], config[f.gradient_accumulation_steps], config.processes)
    return f"{config.global_batch} examples ({' × '.join(map(str, factors))})"


def _rate(config: Config) -> str:
    steps, ratio = config[f.lr_warmup_steps], config[f.lr_warmup_ratio]
    warm_up = f", {steps} warm-up step{'s' * (steps > 1)}" if steps else f", {ratio:.0%} warm-up" if ratio else ""
    return f"{config[f.learning_rate]:g}, {config[f.lr_scheduler_type]}{warm_up}"
