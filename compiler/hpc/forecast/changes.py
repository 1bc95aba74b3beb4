"""What to change so that a job fits, cheapest first: each change with the memory that it leaves."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from hpc.resolve import Config
from hpc_schema import fields as f

Values = dict[str, Any]
Kind = Callable[[Config], Iterator[tuple[Values, str]]]
"""The settings to try for one kind of change, the mildest first, each with what it costs."""


@dataclass(frozen=True)
class Change:
    """Fields to set, why it costs little or much, and the memory on each device afterwards in bytes."""

    set: Mapping[str, Any]
    why: str
    expected: int
    saves: int


def checkpointing(config: Config) -> Iterator[tuple[Values, str]]:
    """Recompute each layer instead of keeping it."""
    if config[f.disable_gradient_checkpointing]:
        yield {"disable_gradient_checkpointing": False}, "about a third slower, same result"


def smaller_batch(config: Config) -> Iterator[tuple[Values, str]]:
    """Smaller micro-batches, more of them."""
    batch, steps = config[f.batch_size], config[f.gradient_accumulation_steps]
    size = batch // 2
    while size >= 1:
        if batch % size == 0:
            why = "same global batch in smaller parts"
            yield {"batch_size": size, "gradient_accumulation_steps": steps * batch // size}, why
        size //= 2


def sharding(config: Config) -> Iterator[tuple[Values, str]]:
    """A higher ZeRO stage, where several devices can share."""
    if config.processes > 1 and config[f.quantization_bit] == "none":
        current = config[f.zero_stage] if config[f.distributed_backend] == "deepspeed" else 0
        for stage in range(current + 1, 4):
            yield {"distributed_backend": "deepspeed", "zero_stage": stage}, "more communication, same result"


def quantized_base(config: Config) -> Iterator[tuple[Values, str]]:
    """A 4-bit base under LoRA."""
    if config[f.training_type] == "lora" and config[f.quantization_bit] == "none":
        yield {"quantization_bit": "int4"}, "slower, slightly different result"


def shorter(config: Config) -> Iterator[tuple[Values, str]]:
    """Shorter rows."""
    length = config[f.max_sequence_length] // 2
    while length >= 512:
        yield {"max_sequence_length": length}, "longer rows are cut"
        length //= 2


def adapters(config: Config) -> Iterator[tuple[Values, str]]:
    """LoRA instead of all weights."""
    if config[f.training_type] == "full":
        yield {"training_type": "lora"}, "trains adapters only"
        yield {"training_type": "lora", "quantization_bit": "int4"}, "trains adapters on a 4-bit base"


CHANGES: Final = (checkpointing, smaller_batch, sharding, quantized_base, shorter, adapters)
"""Cheapest first."""
Measure = Callable[[Config], int | None]
"""The expected bytes of a job on each device."""


def changes(config: Config, limit: int, measure: Measure) -> list[Change]:
    """Single changes that save memory, cheapest first; where none of them is enough, last of all several together.

    Args:
        config: The job.
        limit: Bytes of the device.
        measure: The memory of a changed job.
    """
    now = measure(config)
    if now is None:
        return []
    single = [best for kind in CHANGES if (best := _best(config, kind, now, limit, measure))]
    if not single or any(change.expected <= limit for change in single):
        return single
    return [*single, _together(config, now, limit, measure)]


def _best(config: Config, kind: Kind, now: int, limit: int, measure: Measure) -> Change | None:
    """The first change of a kind that is enough, else the one that saves most."""
    best: Change | None = None
    for values, why in kind(config):
        expected = measure(changed(config, values))
        if expected is not None and expected < (best.expected if best else now):
            best = Change(values, why, expected, now - expected)
            if expected <= limit:
                break
    return best


def _together(config: Config, now: int, limit: int, measure: Measure) -> Change:
    """One kind after the other, round and round, until it fits or nothing saves any more."""
    values: Values = {}
    left, before = now, 0
    while left != before and left > limit:
        before = left
        for kind in CHANGES:
            best = _best(changed(config, values), kind, left, limit, measure)
            if best:
                values, left = {**values, **best.set}, best.expected
            if left <= limit:
                break
    return Change(values, "together", left, now - left)


def changed(config: Config, values: Mapping[str, Any]) -> Config:
    """The job with other values."""
    return Config(config.name, config.document, {**config.values, **values}, config.derived)
