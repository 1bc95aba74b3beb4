"""What the checkpoint to resume from says against the job: complete, and of the same job.

The runner writes ``hpc.json`` into every checkpoint: what it belongs to. Without it PEFT's and DeepSpeed's own files
speak.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from hpc.checks.relations import Check, Finding
from hpc.checks.words import show
from hpc.model_files import weight_files
from hpc.resolve import Config
from hpc.targets.peft import modules
from hpc.targets.training_arguments import OPTIMIZERS
from hpc_disk.files import kind, read_object
from hpc_disk.safetensors import safetensors_header
from hpc_schema import fields as f
from hpc_schema.field import Field

NAME: Final = re.compile(r"checkpoint-(\d+)")
ADAPTER: Final[dict[str, Field[Any]]] = {
    "r": f.lora_rank,
    "lora_alpha": f.lora_alpha,
    "lora_dropout": f.lora_dropout,
    "target_modules": f.target_modules,
}
"""PEFT's names of the adapter's settings."""
RATES: Final = ("learning_rate", "weight_decay")
RESUME: Final = f.resume_from_checkpoint


def checkpoints(output: Path) -> list[Path]:
    """The checkpoints of an output folder, newest first."""
    if kind(output) != "folder":
        return []
    found = [path for path in output.glob("checkpoint-*") if NAME.fullmatch(path.name)]
    return sorted(found, key=lambda path: int(path.name.partition("-")[2]), reverse=True)


def incomplete(checkpoint: Path) -> str | None:
    """Why nothing can be resumed from the folder, or None."""
    if "global_step" not in read_object(checkpoint / "trainer_state.json"):
        return "trainer_state.json is missing or cut off"
    weights = weight_files(checkpoint)
    if not weights:
        return "the weights are missing"
    return next((f"{path.name} is missing or cut off" for path in weights if not _is_whole(path)), None)


def _is_whole(path: Path) -> bool:
    try:
        return path.suffix != ".safetensors" or path.stat().st_size >= safetensors_header(path).size
    except (OSError, ValueError):
        return False


def chosen(config: Config) -> Path | None:
    """The complete checkpoint that the job would go on from, as far as it is there."""
    resume = config[RESUME]
    if resume is False:
        return None
    candidates = checkpoints(Path(config[f.output_dir])) if resume is True else [Path(str(resume))]
    return next((path for path in candidates if kind(path) == "folder" and not incomplete(path)), None)


def complete(config: Config) -> Iterator[Finding]:
    """HPC531: only for a checkpoint that is named; `true` passes incomplete ones over."""
    resume = config[RESUME]
    if not isinstance(resume, str):
        return
    what = kind(resume)
    if what == "file":
        yield Finding("HPC531", "error", f"{resume} is a file, but a checkpoint is a folder", (RESUME,))
    elif what == "folder" and (fault := incomplete(Path(resume))):
        yield Finding("HPC531", "error", f"{resume} is no complete checkpoint: {fault}", (RESUME,))


def same_backend(config: Config) -> Iterator[Finding]:
    """HPC532 and HPC533."""
    checkpoint = chosen(config)
    if checkpoint is None:
        return
    partitions = len(list(checkpoint.glob("global_step*/*zero_pp_rank_*_optim_states.pt")))
    saved = str(_mark(checkpoint).get("backend") or ("deepspeed" if partitions else "ddp"))
    if saved != config[f.distributed_backend]:
        message = f"{checkpoint} was made with {saved}, but `distributed_backend` is {config[f.distributed_backend]}"
        yield Finding("HPC533", "error", message, (f.distributed_backend, RESUME), f'write "{saved}"')
        return
    if partitions and partitions != config.processes:
        message = f"{checkpoint} was made by {partitions} processes, but this job has {config.processes}"
        yield Finding("HPC532", "error", message, (f.devices_per_node, f.nodes, RESUME))
    stage = _mark(checkpoint).get("zero_stage")
    if saved == "deepspeed" and stage not in (None, config[f.zero_stage]):
        message = f"{checkpoint} was made with ZeRO-{stage}, but `zero_stage` is {config[f.zero_stage]}"
        yield Finding("HPC533", "error", message, (f.zero_stage, RESUME), f"write {stage}")


def same_training(config: Config) -> Iterator[Finding]:
    """HPC534."""
    checkpoint = chosen(config)
    if checkpoint is None:
        return
    lora = kind(checkpoint / "adapter_config.json") == "file"
    saved = {"training_type": "lora" if lora else "full", **_mark(checkpoint)}
    for field in (f.training_type, f.trainer):
        if saved.get(field.name, config[field]) != config[field]:
            message = f"{checkpoint} holds a {saved[field.name]} training, but `{field.name}` is {config[field]}"
            yield Finding("HPC534", "error", message, (field, RESUME), f"write {show(saved[field.name])}")


def same_adapter(config: Config) -> Iterator[Finding]:
    """HPC535."""
    checkpoint = chosen(config)
    if checkpoint is None or not config.acts(f.lora_rank):
        return
    saved = _mark(checkpoint).get("adapter") or read_object(checkpoint / "adapter_config.json")
    for key, field in ADAPTER.items() if isinstance(saved, Mapping) else ():
        now = modules(config[f.target_modules]) if key == "target_modules" else config[field]
        if key in saved and not _equal(saved[key], now):
            message = f"{checkpoint} has an adapter with {key} {show(saved[key])}, but `{field.name}` is {show(now)}"
            yield Finding("HPC535", "error", message, (field, RESUME))


def _equal(saved: Any, now: Any) -> bool:
    """Module names are a set. Where PEFT wrote down what ``all-linear`` was, nothing is known about it."""
    if isinstance(saved, list):
        return now == "all-linear" or (isinstance(now, list) and {*map(str, saved)} == {*now})
    return bool(saved == now)


def same_model(config: Config) -> Iterator[Finding]:
    """HPC536: an error where the runner itself wrote the name down, a warning where PEFT did."""
    checkpoint, model = chosen(config), config[f.model]
    if checkpoint is None or not model:
        return
    marked = _mark(checkpoint).get("base_model")
    saved = marked or read_object(checkpoint / "adapter_config.json").get("base_model_name_or_path")
    if saved and saved != model:
        message = f"{checkpoint} was made from {saved}, but `model` is {model}"
        yield Finding("HPC536", "error" if marked else "warning", message, (f.model, RESUME), f"write {show(saved)}")


def same_optimizer(config: Config) -> Iterator[Finding]:
    """HPC537."""
    checkpoint = chosen(config)
    saved = _mark(checkpoint) if checkpoint else {}
    now = {"optim": OPTIMIZERS[config[f.optimizer]]} | {name: config.values[name] for name in RATES}
    for key, value in now.items():
        if saved.get(key, value) != value:
            field = f.BY_NAME["optimizer" if key == "optim" else key]
            message = f"{checkpoint} was made with {key} {show(saved[key])}, but this job has {show(value)}"
            yield Finding("HPC537", "error", message, (field, RESUME))


def _mark(checkpoint: Path) -> dict[str, Any]:
    return read_object(checkpoint / "hpc.json")


CHECKS: Final[tuple[Check, ...]] = (complete, same_backend, same_training, same_adapter, same_model, same_optimizer)
