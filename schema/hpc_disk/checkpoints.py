"""Checkpoints: which is the newest complete one, and whether a job may go on from it (HPC530 to HPC539)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from hpc_disk.files import kind, read_object
from hpc_disk.identity import differences, saved_identity
from hpc_disk.needs import Needs
from hpc_disk.problems import Problem
from hpc_disk.safetensors import is_whole

NAME: Final = re.compile(r"checkpoint-(\d{1,18})")
MARK: Final = "hpc.json"
"""Written last into every checkpoint: what it belongs to."""
RESUME: Final = "resume_from_checkpoint"
EARLIER: Final = "name an earlier checkpoint, or write true for the newest complete one"


def all_checkpoints(output: Path) -> list[Path]:
    """The checkpoint folders of a run, newest first."""
    if kind(output) != "folder":
        return []
    try:
        found = [(int(m[1]), path) for path in output.iterdir() if (m := NAME.fullmatch(path.name))]
    except OSError:
        return []
    return [path for _, path in sorted(found, reverse=True) if kind(path) == "folder"]


def incomplete(checkpoint: Path) -> str | None:
    """Why a checkpoint cannot be resumed from, or None where every file that is needed is there and whole."""
    if not isinstance(read_object(checkpoint / "trainer_state.json").get("global_step"), int):
        return "trainer_state.json is missing or cut off"
    world = read_object(checkpoint / MARK).get("world_size")
    if not isinstance(world, int):
        world = max(1, len(list(checkpoint.glob("rng_state_*.pth"))))
    return _bad_weights(checkpoint) or _bad_states(checkpoint, world)


def newest(output: Path) -> Path | None:
    """The newest complete checkpoint of a run."""
    return next((path for path in all_checkpoints(output) if incomplete(path) is None), None)


def chosen(needs: Needs) -> Path | None:
    """The complete checkpoint that the job would go on from; None where it starts from the beginning."""
    resume = needs.resume_from_checkpoint
    if isinstance(resume, bool):
        return newest(Path(needs.output_dir)) if resume else None
    return Path(resume) if kind(resume) == "folder" and incomplete(Path(resume)) is None else None


def zero_partitions(checkpoint: Path) -> list[Path]:
    """DeepSpeed's optimizer states, one file a process."""
    return sorted(checkpoint.glob("global_step*/*zero_pp_rank_*_optim_states.pt"))


def _bad_weights(checkpoint: Path) -> str | None:
    index = next(iter(sorted(checkpoint.glob("*.safetensors.index.json"))), None)
    if index:
        named = read_object(index).get("weight_map")
        if not isinstance(named, dict):
            return f"{index.name} is cut off"
        files = [checkpoint / Path(str(name)).name for name in sorted({str(name) for name in named.values()})]
    else:
        files = sorted(checkpoint.glob("*.safetensors"))
    if not files:
        return "the weights are missing"
    return next((f"{file.name} is missing or cut off" for file in files if not is_whole(file)), None)


def _bad_states(checkpoint: Path, world: int) -> str | None:
    random = ["rng_state.pth"] if world == 1 else [f"rng_state_{rank}.pth" for rank in range(world)]
    latest = checkpoint / "latest"
    if kind(latest) == "file" or any(checkpoint.glob("global_step*")):
        if kind(latest) != "file":
            return "DeepSpeed's file `latest` is missing"
        partitions = len(zero_partitions(checkpoint))
        if partitions < world:
            return f"{partitions} of {world} DeepSpeed partitions are there"
        needed = sorted(checkpoint.glob("global_step*/*.pt"))
    else:
        needed = [checkpoint / "optimizer.pt"]
    needed += [checkpoint / name for name in ("scheduler.pt", *random)]
    return next((f"{path.name} is missing or cut off" for path in needed if not _is_archive(path)), None)


def _is_archive(path: Path) -> bool:
    from zipfile import is_zipfile  # Most configs name no checkpoint.

    return kind(path) == "file" and is_zipfile(path)


def present(needs: Needs) -> Iterator[Problem]:
    """HPC530: a named checkpoint is there, and inside the current folder: DeepSpeed's states are unpickled."""
    resume = needs.resume_from_checkpoint
    if not isinstance(resume, str):
        return
    if not kind(resume):
        there = [str(path) for path in all_checkpoints(Path(resume).parent)[:3]]
        hint = f"there are {', '.join(there)}" if len(there) > 1 else f"there is {there[0]}" if there else ""
        yield Problem("HPC530", "error", RESUME, f"the checkpoint {resume} does not exist", hint)
    elif not Path(resume).resolve().is_relative_to(Path.cwd().resolve()):
        yield Problem("HPC530", "error", RESUME, f"{resume} is outside the current folder", "copy it into this folder")


def complete(needs: Needs) -> Iterator[Problem]:
    """HPC531: only for a checkpoint that is named; ``true`` passes over incomplete ones."""
    resume = needs.resume_from_checkpoint
    if not isinstance(resume, str):
        return
    what = kind(resume)
    if what in ("file", "device"):
        yield Problem("HPC531", "error", RESUME, f"{resume} is a file, but a checkpoint is a folder", EARLIER)
    elif what == "folder" and (fault := incomplete(Path(resume))):
        yield Problem("HPC531", "error", RESUME, f"{resume} is not a complete checkpoint: {fault}", EARLIER)


def same_processes(needs: Needs) -> Iterator[Problem]:
    """HPC532."""
    checkpoint = chosen(needs)
    partitions = len(zero_partitions(checkpoint)) if checkpoint else 0
    if partitions and needs.distributed_backend == "deepspeed" and partitions != needs.processes:
        message = f"{checkpoint} was made by {partitions} processes, but this job has {needs.processes}"
        hint = "use as many nodes × devices_per_node as before, or start again in another output_dir"
        yield Problem("HPC532", "error", "devices_per_node", message, hint, also=("nodes", RESUME))


def same_job(needs: Needs) -> Iterator[Problem]:
    """HPC533 to HPC538: the settings that decide order and size of the updates."""
    checkpoint = chosen(needs)
    if checkpoint:
        yield from differences(str(checkpoint), saved_identity(checkpoint), needs)


def same_rows(needs: Needs) -> Iterator[Problem]:
    """HPC539 and HPC536: the bytes that were learned from. Reading them takes a moment, so only a run asks."""
    from hpc_disk.digests import weights_digest
    from hpc_disk.row_digest import rows_digest

    checkpoint = chosen(needs)
    saved = read_object(checkpoint / MARK) if checkpoint else {}
    rows, weights = saved.get("rows"), saved.get("weights")
    if rows is not None and rows != rows_digest(needs):
        what = "the rows of `train_data`, their `data_format`, the tokenizer, or (after an update) how hpc reads them"
        message = f"{checkpoint} was trained on other rows: {what} changed since"
        hint = "restore them, or start again in another output_dir"
        yield Problem("HPC539", "error", "train_data", message, hint, also=("data_format", RESUME))
    if needs.model and weights is not None and weights != weights_digest(needs.model):
        message = f"the weights of {needs.model} have changed since {checkpoint} was made"
        hint = "restore them, or start again in another output_dir"
        yield Problem("HPC536", "error", "model", message, hint, also=(RESUME,))


def mark(needs: Needs) -> dict[str, Any]:
    """What a checkpoint of this job says about itself, beside its step."""
    from hpc_disk.digests import weights_digest
    from hpc_disk.identity import identity
    from hpc_disk.row_digest import rows_digest

    return {
        "world_size": needs.processes,
        "identity": identity(needs),
        "rows": rows_digest(needs),
        "weights": weights_digest(needs.model) if needs.model else None,
    }


AT_HAND: Final = (complete, same_processes, same_job)
TO_RUN: Final = (present, same_rows)
