"""Whether a job that is about to run here fits, as diagnostics at the field that takes most of the memory."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from hpc.checks.diagnose import relation
from hpc.diagnostics import Diagnostic
from hpc.forecast.devices import enough
from hpc.forecast.forecast import Forecast
from hpc.forecast.memory import FIELDS
from hpc.forecast.text import gib
from hpc.source.document import Document

SHOWN: Final = 3
"""Causes and changes that are named."""


def verdict(document: Document, found: Forecast, *, force: bool = False) -> Iterator[Diagnostic]:
    """At most one diagnostic: HPC552 where the job cannot fit (a warning with ``force``), HPC553 where it may not."""
    memory, device = found.memory, found.device
    if memory is None or device is None or found.fits:
        return
    cannot = found.fits is False
    needed = f"about {gib(memory.expected)}" + (f", and at least {gib(memory.low)}," if cannot else "")
    causes = list(memory.by_cause.items())[:SHOWN]
    most = ", ".join(f"{cause} {gib(size)}" for cause, size in causes)
    message = f"the job needs {needed} on each device, but {device.name} has {gib(device.memory)}; most of it: {most}"
    fields = [field.name for cause, _ in causes for field in FIELDS.get(cause, ())]
    written = [name for name in dict.fromkeys(fields) if name in document.values]
    yield relation(
        document,
        "HPC552" if cannot else "HPC553",
        message,
        written or [*fields, "model"][:1],
        severity="warning" if force else None,
        help_=_help(found, device.memory),
    )


def _help(found: Forecast, limit: int) -> str:
    fitting = [change.set for change in found.changes if change.expected <= limit]
    if fitting:
        return "to fit, set " + "; or ".join(_settings(values) for values in fitting[:SHOWN])
    more = "use a device with more memory, more devices with zero_stage 3, or a smaller model"
    if not found.changes:
        return more
    least = min(found.changes, key=lambda change: change.expected)
    return f"{more}; with {_settings(least.set)} it needs {gib(least.expected)}; {enough(least.expected)}"


def _settings(values: Mapping[str, Any]) -> str:
    return " and ".join(f"{key}: {json.dumps(value)}" for key, value in values.items())
