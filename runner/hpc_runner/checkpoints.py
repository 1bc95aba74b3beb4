"""Checkpoints: which is the newest complete one, and whether this job may go on from it."""

from __future__ import annotations

import json
import re
import struct
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hpc_runner.errors import RunnerError, say
from hpc_runner.plan import Plan

MARK = "hpc.json"
"""Written last into every checkpoint: what it belongs to."""

OPTIMIZER = ("optim", "learning_rate", "weight_decay")
"""What the saved state of the optimizer holds, and would silently put in the place of this job's values."""

NAME = re.compile(r"checkpoint-(\d+)")


def all_checkpoints(output: Path) -> list[Path]:
    """The checkpoint folders of a run, newest first."""
    found = [(int(m[1]), p) for p in output.glob("checkpoint-*") if p.is_dir() and (m := NAME.fullmatch(p.name))]
    return [path for _, path in sorted(found, reverse=True)]


def choose(plan: Plan) -> Path | None:
    """The checkpoint to go on from, checked, or None to start from the beginning.

    Raises:
        RunnerError: HPC530 where a given path is no checkpoint of the working folder, HPC531 where it is not complete,
            HPC532 to HPC537 where the checkpoint belongs to another job.
    """
    if plan.resume is False:
        return None
    checkpoint = _newest(plan.output) if plan.resume is True else _given(str(plan.resume))
    if checkpoint is None:
        say(f"note: {plan.output} holds no complete checkpoint: training starts from the beginning")
        return None
    _check_belongs(plan, checkpoint)
    say(f"resuming from {checkpoint}")
    return checkpoint


def _newest(output: Path) -> Path | None:
    for checkpoint in all_checkpoints(output):
        reason = incomplete(checkpoint)
        if reason is None:
            return checkpoint
        say(f"note: {checkpoint} is incomplete ({reason}); it is left alone")
    return None


def _given(path: str) -> Path:
    checkpoint = Path(path)
    inside = checkpoint.resolve().is_relative_to(Path.cwd().resolve())
    if checkpoint.is_absolute() or not inside:
        raise RunnerError("HPC530", f"{path} is not inside the working folder", "give a path relative to it")
    if not checkpoint.is_dir():
        raise RunnerError("HPC530", f"there is no checkpoint {path}", "give the folder checkpoint-N of a run")
    if reason := incomplete(checkpoint):
        raise RunnerError("HPC531", f"{path} is not a complete checkpoint: {reason}", "give an earlier one")
    return checkpoint


def incomplete(checkpoint: Path) -> str | None:
    """Why a checkpoint cannot be trusted, or None where every file that resuming needs is there and whole."""
    state = _json(checkpoint / "trainer_state.json")
    if state is None or "global_step" not in state:
        return "trainer_state.json is missing or cut off"
    mark = _json(checkpoint / MARK) or {}
    world = int(mark.get("world_size", 1))
    return _bad_weights(checkpoint) or _bad_states(checkpoint, world)


def _bad_weights(checkpoint: Path) -> str | None:
    indexes = list(checkpoint.glob("*.safetensors.index.json"))
    if indexes:
        index = _json(indexes[0])
        if index is None:
            return f"{indexes[0].name} is cut off"
        files = [checkpoint / name for name in set(index["weight_map"].values())]
    else:
        files = list(checkpoint.glob("*.safetensors"))
    if not files:
        return "the weights are missing"
    return next((f"{file.name} is missing or cut off" for file in files if not whole_safetensors(file)), None)


def _bad_states(checkpoint: Path, world: int) -> str | None:
    random = ["rng_state.pth"] if world == 1 else [f"rng_state_{rank}.pth" for rank in range(world)]
    latest = checkpoint / "latest"
    folders = list(checkpoint.glob("global_step*"))
    if latest.is_file() or folders:
        if not latest.is_file():
            return "DeepSpeed's file `latest` is missing"
        partitions = zero_partitions(checkpoint)
        if len(partitions) < world:
            return f"{len(partitions)} of {world} DeepSpeed partitions are there"
        needed = [*(checkpoint / latest.read_text().strip()).glob("*.pt"), checkpoint / "scheduler.pt"]
    else:
        needed = [checkpoint / "optimizer.pt", checkpoint / "scheduler.pt"]
    needed += [checkpoint / name for name in random]
    return next((f"{path.name} is missing or cut off" for path in needed if not zipfile.is_zipfile(path)), None)


def zero_partitions(checkpoint: Path) -> list[Path]:
    """DeepSpeed's optimizer states, one file a process."""
    return sorted(checkpoint.glob("global_step*/*zero_pp_rank_*_optim_states.pt"))


def whole_safetensors(path: Path) -> bool:
    """Whether the header can be read and the file is as long as the header says."""
    try:
        with path.open("rb") as file:
            (length,) = struct.unpack("<Q", file.read(8))
            header = json.loads(file.read(length))
    except (OSError, ValueError, struct.error):
        return False
    end = max((entry["data_offsets"][1] for name, entry in header.items() if name != "__metadata__"), default=0)
    return bool(path.stat().st_size == 8 + length + end)


@dataclass(frozen=True)
class Identity:
    """What a checkpoint belongs to, as it is written into it."""

    trainer: str
    training_type: str
    base_model: str | None
    adapter: dict[str, Any] | None
    backend: str
    zero_stage: int | None
    world_size: int
    optim: str
    learning_rate: float
    weight_decay: float


def identity(plan: Plan) -> Identity:
    """The identity of this job."""
    stage = plan.deepspeed["zero_optimization"]["stage"] if plan.deepspeed else None
    return Identity(
        trainer=plan.trainer.name,
        training_type="full" if plan.adapter is None else "lora",
        base_model=plan.model.path,
        adapter=plan.lora,
        backend=plan.distributed.backend,
        zero_stage=stage,
        world_size=plan.distributed.world_size,
        **{key: plan.arguments[key] for key in OPTIMIZER},
    )


def _check_belongs(plan: Plan, checkpoint: Path) -> None:
    mark, now = _json(checkpoint / MARK), identity(plan)
    lora = (checkpoint / "adapter_config.json").is_file()
    saved = mark or {"training_type": "lora" if lora else "full"}
    _same(checkpoint, "HPC534", "training_type", saved, now.training_type)
    _same(checkpoint, "HPC534", "trainer", saved, now.trainer)
    _same(checkpoint, "HPC536", "base_model", saved, now.base_model)
    _same_adapter(checkpoint, saved.get("adapter"), now.adapter)
    for key in OPTIMIZER:
        _same(checkpoint, "HPC537", key, saved, getattr(now, key))
    _same(checkpoint, "HPC533", "backend", saved, now.backend)
    _same(checkpoint, "HPC533", "zero_stage", saved, now.zero_stage)
    if now.backend == "deepspeed":
        partitions = len(zero_partitions(checkpoint))
        _same(checkpoint, "HPC532", "world_size", {"world_size": partitions}, now.world_size)


def _same(checkpoint: Path, code: str, key: str, saved: dict[str, Any], now: Any) -> None:
    if key in saved and saved[key] != now:
        raise RunnerError(
            code,
            f"{checkpoint} was made with {key.replace('_', ' ')} {saved[key]!r}, but this job has {now!r}",
            f"set it back to {saved[key]!r}, or start anew in another output_dir with resume_from_checkpoint: false",
        )


def _same_adapter(checkpoint: Path, saved: dict[str, Any] | None, now: dict[str, Any] | None) -> None:
    for key in sorted({*(saved or {}), *(now or {})}) if saved is not None and now is not None else ():
        if saved and now and saved.get(key) != now.get(key):
            raise RunnerError(
                "HPC535",
                f"{checkpoint} has an adapter with {key} = {saved.get(key)!r}, but this job has {now.get(key)!r}",
                "set it back, or start anew in another output_dir with resume_from_checkpoint: false",
            )


def _json(path: Path) -> dict[str, Any] | None:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return value if isinstance(value, dict) else None
