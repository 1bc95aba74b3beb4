"""What a merge needs of the disk: an adapter, its base, and a place for the result."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

from hpc_disk.files import kind, read_object
from hpc_disk.models import kinds, presence, quantized, settings, weights
from hpc_disk.models.kinds import ADAPTER
from hpc_disk.needs import Needs
from hpc_disk.problems import Problem
from hpc_disk.run_folder import FINAL, MERGED

BLANK: Final = {str: "", int: 1, float: 0.0, bool: False, bool | str: False, tuple[str, ...]: ()}
"""By their type, values of fields that a merge does not have."""


class Merge(NamedTuple):
    """An adapter's folder, the base model that it is merged into, and the folder of the result."""

    adapter: Path
    base: str
    target: Path


def plan_merge(run: str, output: str | None, base: str | None) -> Merge | Problem:
    """Find the parts of a merge.

    Args:
        run: The output folder of a run, or a folder with an adapter.
        output: Where to write; None for ``merged`` in that folder.
        base: The base model; None for the one that the adapter names.
    """
    folder = Path(run)
    adapter = next((path for path in (folder / FINAL, folder) if kind(path / ADAPTER) == "file"), None)
    if adapter is None:
        return Problem("HPC584", "error", "", _nothing(folder))
    named = base or read_object(adapter / ADAPTER).get("base_model_name_or_path")
    if not isinstance(named, str) or not named:
        message = f"{adapter / ADAPTER} does not name the base model"
        return Problem("HPC585", "error", "", message, f"name it: hpc merge {run} --set model=BASE")
    return Merge(adapter, named, Path(output) if output else folder / MERGED)


def _nothing(folder: Path) -> str:
    if kind(folder) != "folder":
        return f"the folder {folder} does not exist"
    whole = next((path for path in (folder / FINAL, folder) if kind(path / "config.json")), None)
    return f"{whole} is a whole model, not an adapter" if whole else f"{folder} has no adapter ({ADAPTER})"


def judge_merge(merge: Merge) -> Iterator[Problem]:
    """What stands against a merge: the result's folder exists, or the base cannot take the adapter."""
    if kind(merge.target):
        yield Problem("HPC586", "error", "", f"{merge.target} already exists", "write to another folder with -o")
    checks = (*kinds.CHECKS, *settings.CHECKS, *quantized.CHECKS, weights.whole_files, presence.whole)
    for check in (*checks, presence.model_present):
        for problem in check(_needs(merge.base)):
            if problem.severity == "error":
                yield problem


def _needs(base: str) -> Needs:
    """A LoRA training of the base that ends in a merge, and says nothing else."""
    required = (name for name in Needs._fields if name not in Needs._field_defaults)
    blank: dict[str, Any] = {name: BLANK.get(Needs.__annotations__[name]) for name in required}
    job = {"model": base, "training_type": "lora", "quantization_bit": "none", "merge_adapter": True}
    return Needs(**{**blank, **job})
