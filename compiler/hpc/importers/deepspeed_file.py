"""A DeepSpeed config that a source names: its stage and offload, from the file, or from its name."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hpc.importers.nearby import find
from hpc.importers.table import Outcome
from hpc.importers.tool_values import UnknownValueError, is_placeholder

LARGEST = 1 << 20


def read_deepspeed(value: Any, folder: Path) -> Outcome:
    """What a DeepSpeed file, its name, or the settings themselves become.

    Raises:
        UnknownValueError: a placeholder.
    """
    if isinstance(value, Mapping):
        return _from_settings(value, "the DeepSpeed settings")
    if is_placeholder(value) or not isinstance(value, str):
        raise UnknownValueError(value)
    settings = _load(value, folder)
    return _from_name(value) if settings is None else _from_settings(settings, value)


def _load(name: str, folder: Path) -> Mapping[str, Any] | None:
    path = find(name, folder) or find(Path(name).name, folder)
    try:
        found = json.loads(path.read_text(encoding="utf-8")) if path and path.stat().st_size < LARGEST else None
    except (OSError, ValueError):
        return None
    return found if isinstance(found, Mapping) else None


def _from_settings(settings: Mapping[str, Any], name: str) -> Outcome:
    zero = settings.get("zero_optimization") or {}
    stage = zero.get("stage", 0) if isinstance(zero, Mapping) else 0
    if stage not in (0, 1, 2, 3):
        raise UnknownValueError(stage)
    parts = [part for part in ("optimizer", "param") if _offloads(zero, part)]
    return _stage(stage, "all" if "param" in parts else "optimizer" if parts else "none", f"{name} says so")


def _offloads(zero: Mapping[str, Any], part: str) -> bool:
    where = zero.get(f"offload_{part}")
    return isinstance(where, Mapping) and where.get("device", "none") not in ("none", None)


def _from_name(name: str) -> Outcome:
    found = re.search(r"(?:z|zero|stage)[_-]?([0-3])", Path(name).name.lower())
    if found is None:
        return Outcome("resolved", {"distributed_backend": "deepspeed"}, f"write the `zero_stage` of {name}")
    offload = "none" if "offload" not in name.lower() else "all" if found[1] == "3" else "optimizer"
    return _stage(int(found[1]), offload, f"{name} is not here: its name says so", "resolved")


def _stage(stage: int, offload: str, why: str, state: Any = "mapped") -> Outcome:
    """Stage 0 shares nothing: it is plain data parallelism."""
    if stage == 0:
        return Outcome(state, {"distributed_backend": "ddp"}, f"{why}: stage 0 shares nothing, which is ddp")
    values = {"distributed_backend": "deepspeed", "zero_stage": stage}
    return Outcome(state, values | ({"offload": offload} if offload != "none" else {}), why)
