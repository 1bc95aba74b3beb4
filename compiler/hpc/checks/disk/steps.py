"""How many steps the training has, by the rows of its data, and what is too long for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil
from typing import Any, Final

from hpc.checks.disk.rows import sample
from hpc.checks.relations import Check, Finding
from hpc.checks.words import show
from hpc.resolve import Config
from hpc_disk.files import kind
from hpc_schema import fields as f
from hpc_schema.field import Field

LENGTH: Final = (
    f.train_data,
    f.batch_size,
    f.gradient_accumulation_steps,
    f.epochs,
    f.nodes,
    f.devices_per_node,
)
"""What the length of a training follows from."""
WARMUP: Final = (f.lr_warmup_steps, f.lr_warmup_ratio)


@dataclass(frozen=True)
class Training:
    """The size of a training: rows of an epoch, processes, rows of one step (the global batch), steps in all."""

    rows: int
    processes: int
    batch: int
    steps: int


def training(config: Config) -> Training | None:
    """Count like transformers' Trainer; None where the rows cannot be counted here.

    A process sees ⌈rows / (batch × processes)⌉ batches an epoch, the last one short, and takes a step after every
    ``gradient_accumulation_steps`` of them and at the end of the epoch. Pre-training packs its texts into blocks, so
    that its number of rows is known only to the tokenizer. KTO takes each pair apart into two rows.
    """
    path = config[f.train_data]
    if config[f.trainer] == "pt" or not path or not kind(path):
        return None
    count = sample(path).count
    if not count:
        return None
    rows = count * 2 if config[f.trainer] == "dpo" and config[f.pref_loss] == "kto_pair" else count
    return Training(rows, config.processes, config.global_batch, steps(config, rows))


def steps(config: Config, rows: int) -> int:
    """Steps of all epochs over so many rows or blocks; the last, smaller step of an epoch counts."""
    batches = ceil(rows / (config[f.batch_size] * config.processes))
    return config[f.epochs] * ceil(batches / config[f.gradient_accumulation_steps])


def long_warmup(config: Config) -> Iterator[Finding]:
    """HPC525. Steps win over the ratio, which transformers rounds up to whole steps."""
    found = training(config)
    if not found:
        return
    field = f.lr_warmup_steps if config[f.lr_warmup_steps] else f.lr_warmup_ratio
    share = config[f.lr_warmup_ratio]
    warmup = config[f.lr_warmup_steps] or ceil(found.steps * share)
    if warmup >= found.steps:
        which = f"{warmup}" if field == f.lr_warmup_steps else f"{show(share)}, which is {_steps(warmup)} here"
        message = f"`{field.name}` is {which}, but {_length(found)}: the learning rate never arrives"
        yield Finding("HPC525", "warning", message, _because(config, field), also_read=(*LENGTH, *WARMUP))


def rhythm_beyond_end(config: Config) -> Iterator[Finding]:
    """HPC526."""
    found = training(config)
    for field, what in ((f.checkpoint_steps, "checkpoint"), (f.eval_steps, "evaluation")):
        if found and config.acts(field) and config[field] > found.steps:
            message = f"`{field.name}` is {config[field]}, but {_length(found)}: the only {what} is that of the end"
            yield Finding("HPC526", "warning", message, _because(config, field), also_read=LENGTH)


def too_few_rows(config: Config) -> Iterator[Finding]:
    """HPC527."""
    found = training(config)
    if found and found.rows < found.batch:
        few = f"the {found.rows} row{'s' * (found.rows > 1)} of {config[f.train_data]}"
        reason = f"are fewer than the {found.processes} processes, so that some repeat the rows of others"
        if found.rows >= found.processes:
            reason = f"are fewer than one global batch of {found.batch}: every step is smaller than it was set"
        yield Finding("HPC527", "warning", f"{few} {reason}", _because(config), also_read=LENGTH)


def _because(config: Config, *fields: Field[Any]) -> tuple[Field[Any], ...]:
    return (*fields, *(field for field in LENGTH if config.given(field)))


def _length(found: Training) -> str:
    return f"{found.rows} rows make {_steps(found.steps)} of {found.batch}"


def _steps(number: int) -> str:
    return f"{number} step{'s' * (number > 1)}"


CHECKS: Final[tuple[Check, ...]] = (long_warmup, rhythm_beyond_end, too_few_rows)
