"""A forecast in words and bars."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from hpc.forecast.devices import GIB, enough
from hpc.forecast.duration import Range
from hpc.forecast.forecast import Forecast
from hpc.forecast.memory import FIELDS
from hpc.forecast.schedule import Schedule, checkpoint_bytes, moments, warmup_steps
from hpc.resolve import Config
from hpc_schema import fields as f

BAR: Final = 24
MOMENTS: Final = {
    "start": "at the start",
    "forward": "in the forward pass",
    "loss": "in the loss",
    "backward": "in the backward pass",
    "reference": "while the reference model is asked",
    "update": "in the optimizer's update",
    "step": "in a step",
}
"""Moments of a step in words."""


def lines(config: Config, found: Forecast) -> Iterator[str]:
    """The whole forecast, line by line."""
    yield from _schedule(config, found)
    yield from _memory(found)
    yield from _verdict(found)
    yield from advice(found)
    if found.time:
        yield f"time     {_hours(found.time)} on {config.processes} × {found.device.name if found.device else '?'}"
    if found.cost:
        yield f"cost     {found.cost.low:,.2f} to {found.cost.high:,.2f}"


def brief(config: Config, found: Forecast) -> Iterator[str]:
    """What `hpc run` says before it starts: the steps and the memory, each in a line where it is known."""
    planned, memory = found.schedule, found.memory
    if planned.steps is not None:
        yield f"{_count(planned.steps, 'step')} of {_count(config.global_batch, 'row')}"
    if memory is not None and found.device is not None:
        yield f"memory: up to {gib(memory.expected)} of {gib(found.device.memory)} on each device"


def for_cluster(config: Config, found: Forecast) -> Iterator[str]:
    """What is worth knowing beside a scheduler's file: the steps, the memory, and the GPUs that have it."""
    if found.schedule.steps is not None:
        yield f"{_count(found.schedule.steps, 'step')} of {_count(config.global_batch, 'row')}"
    if found.memory is None:
        yield f"memory not known: {found.unknown.partition(';')[0]}"
        return
    count, needed = config.processes, found.memory.expected
    yield f"about {gib(needed)} on {f'each of {count} GPUs' if count > 1 else 'the GPU'}; {enough(needed)}"


def _count(number: int, name: str) -> str:
    return f"{number:,} {name}{'s' * (number != 1)}"


def _schedule(config: Config, found: Forecast) -> Iterator[str]:
    planned, shape = found.schedule, found.shape
    if planned.rows is not None and planned.steps is not None:
        about = "" if "rows" in planned.exact else "about "
        name = "block" if config[f.trainer] == "pt" else "row"
        yield f"rows     {about}{_count(planned.rows, name)}"
        batch = _count(config.global_batch, "row")
        yield f"steps    {about}{planned.steps:,} of {batch}, {_way(config, planned, planned.steps)}"
    if planned.tokens is not None:
        yield f"tokens   {'' if 'tokens' in planned.exact else 'about '}{planned.tokens:,}"
        yield f"lengths  {_lengths(config, planned)}"
    if planned.steps and shape:
        count = moments(config, planned, (config[f.checkpoint_strategy], config[f.checkpoint_steps]))
        kept = min(count, config[f.number_of_checkpoints])
        if kept:
            size = kept * checkpoint_bytes(config, shape)
            yield f"disk     {gib(size)} for {kept} checkpoint{'s' * (kept > 1)}"


def _lengths(config: Config, planned: Schedule) -> str:
    """Why the same config may get another forecast after its first run."""
    longest = planned.longest(config[f.max_sequence_length])
    if longest:
        return f"rows of up to {_count(longest, 'token')}, as counted when they were tokenized"
    return "not known until the rows are tokenized (by a run, `hpc data` or --data); then the forecast is more precise"


def _way(config: Config, planned: Schedule, steps: int) -> str:
    warm = warmup_steps(config, steps)
    evaluations = moments(config, planned, (config[f.eval_strategy], config[f.eval_steps]))
    checkpoints = moments(config, planned, (config[f.checkpoint_strategy], config[f.checkpoint_steps]))
    return f"{warm:,} of warm-up, {_many(checkpoints, 'checkpoint')}, {_many(evaluations, 'evaluation')}"


def _many(count: int, what: str) -> str:
    return f"{count or 'no'} {what}{'s' * (count != 1)}"


def _memory(found: Forecast) -> Iterator[str]:
    memory = found.memory
    if memory is None:
        least = f"; at least {gib(found.least)} of weights, gradients and optimizer" if found.least else ""
        yield f"memory   not known: {found.unknown}{least}"
        return
    span = f"{gib(memory.low)} to {gib(memory.high)}"
    if found.exact:
        span += "; as the real trainer allocates it on a CPU"
    yield f"memory   {gib(memory.expected)} on each device ({span}), highest {MOMENTS[memory.moment]}"
    for cause, size in memory.by_cause.items():
        share = size / memory.expected
        if share >= 0.01:
            fields = ", ".join(field.name for field in FIELDS.get(cause, ()))
            bar = "█" * max(1, round(share * BAR))
            yield f"  {gib(size):>10}  {bar:<{BAR}}  {cause}{f'  ({fields})' if fields else ''}"


def _verdict(found: Forecast) -> Iterator[str]:
    if found.device is None or found.memory is None:
        return
    device = f"{found.device.name} ({gib(found.device.memory)})"
    words = {True: "fits", False: "cannot fit", None: "may not fit"}[found.fits]
    yield f"verdict  {words} on {device}"
    if found.changes:
        yield "to fit, cheapest first:"
    for change in found.changes:
        settings = _settings(change.set)
        mark = "fits" if change.expected <= found.device.memory else "not enough alone"
        yield f"  {settings}: {gib(change.expected)}, {mark} ({change.why})"
    if found.changes and not any(change.expected <= found.device.memory for change in found.changes):
        least = min(change.expected for change in found.changes)
        yield f"  {gib(least)}; {enough(least)}"


def advice(found: Forecast) -> Iterator[str]:
    """What would make the job faster, for `hpc plan` and `hpc doctor`."""
    for change in found.faster:
        yield f"faster   {_settings(change.set)}: {gib(change.expected)} on each device, {change.why}"


def _settings(values: Mapping[str, Any]) -> str:
    return " ".join(f"--set {key}={_value(value)}" for key, value in values.items())


def _value(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def gib(size: int) -> str:
    """Bytes as GiB or MiB."""
    return f"{size / GIB:.1f} GiB" if size >= GIB / 10 else f"{size / 2**20:.1f} MiB"


def _hours(time: Range) -> str:
    unit, word = (3600, "h") if time.high >= 5400 else (60, "min")
    return f"{time.low / unit:.1f} to {time.high / unit:.1f} {word}"
