"""The config that `accelerate launch --config_file` names: machines, processes, and who shards what."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from hpc.diagnostics import HpcError
from hpc.importers.deepspeed_file import read_deepspeed
from hpc.importers.nearby import read_values
from hpc.importers.tool_values import UnknownValueError

SHARDS: Final = ("zero", "deepspeed", "ds_")
"""Words in the name of a config of DeepSpeed that is not here."""


def read_accelerate(name: str, folder: Path) -> dict[str, Any]:
    """The fields that the file decides; one that is not here says something by its name only."""
    settings = _load(name, folder)
    if settings is not None:
        return {**_machines(settings), **_sharding(settings, folder)}
    plain = Path(name).name
    return _deepspeed(plain, folder) if any(word in plain.lower() for word in SHARDS) else {}


def _deepspeed(settings: Any, folder: Path) -> dict[str, Any]:
    try:
        return dict(read_deepspeed(settings, folder).values)
    except UnknownValueError:
        return {}


def _load(name: str, folder: Path) -> Mapping[str, Any] | None:
    try:
        return read_values(name, folder)
    except HpcError:
        return None


def _machines(settings: Mapping[str, Any]) -> dict[str, Any]:
    total, nodes = settings.get("num_processes"), settings.get("num_machines")
    found = {"nodes": nodes} if isinstance(nodes, int) and nodes >= 1 else {}
    if isinstance(total, int) and total >= 1:
        found["devices_per_node"] = max(1, total // found.get("nodes", 1))
    return found


def _sharding(settings: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """DeepSpeed by its own file or stage; FSDP shards what ZeRO-3 shards."""
    way, own = str(settings.get("distributed_type", "")).upper(), settings.get("deepspeed_config")
    if way == "FSDP":
        return {"distributed_backend": "deepspeed", "zero_stage": 3}
    if way != "DEEPSPEED" or not isinstance(own, Mapping):
        return {}
    if file := own.get("deepspeed_config_file"):
        return _deepspeed(Path(str(file)).name, folder)
    parts = {f"offload_{part}": {"device": own.get(f"offload_{part}_device")} for part in ("optimizer", "param")}
    return _deepspeed({"zero_optimization": {"stage": own.get("zero_stage", 2), **parts}}, folder)
