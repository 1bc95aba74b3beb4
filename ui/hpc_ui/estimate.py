"""What the Summary panel shows of a job's forecast: its size, and whether it fits on this machine."""

from __future__ import annotations

from typing import Any, Final

from hpc.forecast.forecast import Forecast, forecast
from hpc.forecast.memory import FIELDS
from hpc.forecast.text import gib
from hpc.resolve import Config
from hpc_schema import fields as f
from hpc_schema.field import Field

STEPS_FROM: Final = (
    f.train_data,
    f.epochs,
    f.max_steps,
    f.batch_size,
    f.gradient_accumulation_steps,
    f.nodes,
    f.devices_per_node,
)
WORDS: Final = {True: "fits on", False: "cannot fit on", None: "may not fit on"}

Row = tuple[str, str, tuple[Field[Any], ...]]


def estimate(config: Config) -> list[Row]:
    """Summary rows for examples, steps, tokens and memory, as far as they are known here."""
    found = forecast(config)
    planned = found.schedule
    rows: list[Row] = []
    if planned.rows is not None and planned.steps is not None:
        name = "Blocks" if config[f.trainer] == "pt" else "Examples"
        rows.append((name, _about(planned.rows, "rows" in planned.exact), (f.train_data,)))
        rows.append(("Steps", _about(planned.steps, "steps" in planned.exact), STEPS_FROM))
    if planned.tokens is not None:
        tokens = _about(planned.tokens, "tokens" in planned.exact)
        rows.append(("Tokens", tokens, (f.train_data, f.epochs, f.max_sequence_length)))
    return [*rows, *_memory(found)]


def _memory(found: Forecast) -> list[Row]:
    if found.memory is None or found.device is None:
        return []
    fields = {field.name: field for cause in found.memory.by_cause for field in FIELDS.get(cause, ())}
    verdict = f"{gib(found.memory.expected)} on each device, {WORDS[found.fits]} {found.device.name}"
    return [("Memory", verdict, tuple(fields.values()))]


def _about(number: int, exact: bool) -> str:
    return f"{'' if exact else 'about '}{number:,}"
