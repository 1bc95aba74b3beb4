"""Settings that would make a job that fits faster, at the price of memory that the device has."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from hpc.forecast.changes import Change, Measure
from hpc.forecast.other_values import changed
from hpc.resolve import Config
from hpc_schema import fields as f

ROOM: Final = 0.9
"""The share of the device that may be taken: the estimate is not exact."""
CPUINFO: Final = Path("/proc/cpuinfo")
FAST_BF16: Final = ("amx_bf16", "avx512_bf16", "bf16")
"""What a CPU's list of features calls instructions for bf16; the last is ARM's."""


def faster(config: Config, now: int, limit: int, measure: Measure, *, gpu: bool) -> list[Change]:
    """Changes that cost memory and save time, as far as they fit.

    Args:
        config: The job.
        now: Bytes that it is expected to take.
        limit: Bytes of the device.
        measure: The memory of a changed job.
        gpu: Whether the device is a GPU.
    """
    found = []
    for values, why in (*_without_checkpointing(config), *(() if gpu else _in_float32(config))):
        expected = measure(changed(config, values))
        if expected is not None and expected <= ROOM * limit:
            found.append(Change(values, why, expected, now - expected))
    return found


def _without_checkpointing(config: Config) -> Iterator[tuple[dict[str, Any], str]]:
    """A forward pass is a third of a step's arithmetic, and checkpointing repeats it: 4/3."""
    if not config[f.disable_gradient_checkpointing] and not config[f.unsloth_gradient_checkpointing]:
        yield {"disable_gradient_checkpointing": True}, "about 1.3 times as fast, same result"


def _in_float32(config: Config) -> Iterator[tuple[dict[str, Any], str]]:
    """Where bf16 is emulated, float32 was seen to be 1.5 to 1.7 times as fast."""
    if config[f.mixed_precision] == "bf16" and not _computes_bf16():
        yield {"mixed_precision": "none"}, "about 1.5 times as fast: this CPU has no instructions for bf16"


def _computes_bf16() -> bool:
    """Whether this machine's CPU is known to be quick in bf16, or nothing is known of it."""
    try:
        text = CPUINFO.read_text(encoding="ascii", errors="replace")
    except OSError:
        return True
    lines = (line for line in text.splitlines() if line.startswith(("flags", "Features")))
    features = next(lines, "").split()
    return not features or any(name in features for name in FAST_BF16)
