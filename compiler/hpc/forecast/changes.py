"""What to change so that a job fits, cheapest first: each change with the memory that it leaves."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from hpc.check import check
from hpc.forecast.other_values import changed
from hpc.resolve import Config
from hpc.source.option import override
from hpc_schema import fields as f

Values = dict[str, Any]
KindOfChange = Callable[[Config], Iterator[tuple[Values, str]]]
"""The settings to try for one kind of change, the mildest first, each with what it costs."""


class Change(NamedTuple):
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


def liger(config: Config) -> Iterator[tuple[Values, str]]:
    """Fused kernels, which keep less of each layer."""
    if not config[f.liger_kernel] and not config[f.unsloth_gradient_checkpointing]:
        yield {"liger_kernel": True}, "same result, needs the package liger-kernel"


def sharding(config: Config) -> Iterator[tuple[Values, str]]:
    """A higher ZeRO stage, where several devices can share."""
    if config.processes > 1 and config[f.quantization_bit] == "none":
        current = config[f.zero_stage] if config[f.distributed_backend] == "deepspeed" else 0
        for stage in range(current + 1, 4):
            yield {"distributed_backend": "deepspeed", "zero_stage": stage}, "more communication, same result"


def offloading(config: Config) -> Iterator[tuple[Values, str]]:
    """The optimizer, or all that waits, in the host's memory."""
    if config[f.distributed_backend] == "deepspeed" and config[f.quantization_bit] == "none":
        if config[f.offload] == "none":
            yield {"offload": "optimizer"}, "slower updates, needs that much memory in the host"
        if config[f.offload] != "all" and config[f.zero_stage] == 3:
            yield {"offload": "all"}, "much slower, needs that much memory in the host"


def eight_bit_optimizer(config: Config) -> Iterator[tuple[Values, str]]:
    """AdamW with states of 8 bits."""
    if config[f.optimizer] == "adamw" and config[f.distributed_backend] != "deepspeed":
        yield {"optimizer": "adamw_8bit"}, "slightly different result"


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


CHANGES: Final = (
    *(checkpointing, smaller_batch, liger, sharding, offloading, eight_bit_optimizer),
    *(quantized_base, shorter, adapters),
)
"""Cheapest first."""
CHANGED: Final = frozenset(
    {
        *("disable_gradient_checkpointing", "batch_size", "gradient_accumulation_steps", "liger_kernel", "zero_stage"),
        *("distributed_backend", "offload", "optimizer", "quantization_bit", "max_sequence_length", "training_type"),
    }
)
"""The fields that a change may set."""
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
    starts: list[Values] = [{}, *(values for values, _ in adapters(config))]
    several = [_together(config, start, now, limit, measure) for start in starts]
    least = min(several, key=lambda change: change.expected)
    return [*single, next((change for change in several if change.expected <= limit), least)]


def _best(config: Config, kind: KindOfChange, now: int, limit: int, measure: Measure) -> Change | None:
    """The first change of a kind that is enough, else the one that saves most."""
    best: Change | None = None
    for values, why in kind(config):
        expected = measure(changed(config, values))
        if expected is not None and expected < (best.expected if best else now) and _allowed(config, values):
            best = Change(values, why, expected, now - expected)
            if expected <= limit:
                break
    return best


def _together(config: Config, start: Values, now: int, limit: int, measure: Measure) -> Change:
    """From a start, one kind after the other, round and round, until it fits or nothing saves any more."""
    values = start
    left, before = measure(changed(config, start)) or now, 0
    while left != before and left > limit:
        before = left
        for kind in CHANGES:
            best = _best(changed(config, values), kind, left, limit, measure)
            if best:
                values, left = {**values, **best.set}, best.expected
            if left <= limit:
                break
    return Change(values, "together", left, now - left)


def _allowed(config: Config, values: Values) -> bool:
    """Whether the config would have no error with these values beside what it has been changed to already."""
    differing = {name: value for name, value in config.values.items() if value != config.document.values.get(name)}
    ours = {name: value for name, value in differing.items() if name in CHANGED} | values
    options = [f"{name}={json.dumps(value)}" for name, value in ours.items()]
    return not check(override(config.document, options), disk="ignored").errors
