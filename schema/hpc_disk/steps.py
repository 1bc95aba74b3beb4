"""How many steps the training has, by the rows of its data, and what is too long for it."""

from bisect import bisect_right
from collections.abc import Iterator
from itertools import accumulate
from math import ceil
from typing import Final, NamedTuple

from hpc_disk.choice import split, trained_rows
from hpc_disk.data import DataSet, data_sets, listed, seen
from hpc_disk.files import kind
from hpc_disk.foreign import Unreadable
from hpc_disk.losses import LOSSES
from hpc_disk.needs import Needs
from hpc_disk.problems import Problem
from hpc_disk.readers import TEXT_READERS
from hpc_disk.rows import Listing
from hpc_disk.sampling import sample

LENGTH: Final = ("batch_size", "gradient_accumulation_steps", "epochs", "max_steps", "nodes", "devices_per_node")
"""What the length of a training follows from, beside its rows."""
WARMUP: Final = ("lr_warmup_steps", "lr_warmup_ratio")


class Training(NamedTuple):
    """The size of a training: rows of an epoch, processes, rows of one step (the global batch), steps in all.

    ``unit`` is what a row is called: pre-training fills blocks with its texts, and packing fills packs.
    """

    rows: int
    processes: int
    batch: int
    steps: int
    unit: str = "row"


def train_sets(needs: Needs) -> Iterator[tuple[DataSet, Listing | None]]:
    """The data sets that are trained on, and their files; None where they are not on this disk."""
    for field, of_split, source in data_sets(needs):
        if field == "train_data":
            try:
                yield source, listed(needs, source, of_split) if kind(source.path) in ("file", "folder") else None
            except Unreadable:
                yield source, None


def count_rows(needs: Needs) -> int | None:
    """The rows that an epoch sees, weights included; None where counting takes long, or the rows are not here."""
    counts = _counts(needs)
    return None if counts is None else epoch_rows(needs, counts)


def _counts(needs: Needs) -> list[tuple[int, float]] | None:
    """The rows of each data set, malformed ones included, with its weight."""
    counts: list[tuple[int, float]] = []
    for source, found in train_sets(needs):
        try:
            count = sample(found.parts, whole=found.whole).count if found else None
        except Unreadable:
            return None
        if count is None:
            return None
        counts.append((count, source.weight))
    return counts


def epoch_rows(needs: Needs, counts: list[tuple[int, float]]) -> int:
    """The rows that an epoch sees of data sets with so many rows and weights.

    In the runner's order: ``max_samples`` of each, then ``eval_split`` of all together, then the weights.
    """
    taken = [trained_rows(count, needs.max_samples, None) for count, _ in counts]
    weights = [weight for _, weight in counts]
    if needs.eval_split and (len(weights) == 1 or set(weights) == {1}):
        taken, weights = [trained_rows(sum(taken), None, needs.eval_split)], weights[:1]
    elif needs.eval_split:
        ends = list(accumulate(taken))
        for row in split(sum(taken), needs.eval_split, needs.seed)[1]:
            taken[bisect_right(ends, row)] -= 1
    return sum(seen(count, weight) for count, weight in zip(taken, weights, strict=True))


def epoch_bytes(needs: Needs) -> int | None:
    """The bytes of text that an epoch sees; None where some of it is not text, or not here."""
    total = 0.0
    for source, found in train_sets(needs):
        if found is None or not found.whole or any(part.suffix not in TEXT_READERS for part in found.parts):
            return None
        total += source.weight * sum(part.size for part in found.parts)
    return int(total) or None


def training(needs: Needs) -> Training | None:
    """Count like transformers' Trainer; None where the rows cannot be counted here.

    A process sees ⌈rows / (batch × processes)⌉ batches an epoch, the last one short, and takes a step after every
    ``gradient_accumulation_steps`` of them and at the end of the epoch. Pre-training packs its texts into blocks, so
    that its number of rows is known only to the tokenizer (``rows_left``), as that of packed conversations. KTO takes
    each pair apart into two rows.
    """
    if not needs.train_data or (counted_in_tokens(needs) and needs.rows_left is None):
        return None
    count = count_rows(needs) if needs.rows_left is None else needs.rows_left
    if not count:
        return None
    rows = count * LOSSES[needs.pref_loss].rows_per_pair if needs.pref_loss else count
    unit = "block" if needs.trainer == "pt" else "pack" if needs.packing else "row"
    return Training(rows, needs.processes, needs.global_batch, steps(needs, rows), unit)


def counted_in_tokens(needs: Needs) -> bool:
    """Whether only the tokens say how many rows an epoch has."""
    return needs.trainer == "pt" or needs.packing


def steps(needs: Needs, rows: int) -> int:
    """Steps of all epochs over so many rows or blocks; the last, smaller step of an epoch counts."""
    if needs.max_steps is not None:
        return needs.max_steps
    batches = ceil(rows / (needs.batch_size * needs.processes))
    return needs.epochs * ceil(batches / needs.gradient_accumulation_steps)


def long_warmup(needs: Needs) -> Iterator[Problem]:
    """HPC525. Steps win over the ratio, which transformers rounds up to whole steps."""
    found = training(needs)
    if not found:
        return
    field = "lr_warmup_steps" if needs.lr_warmup_steps else "lr_warmup_ratio"
    share = needs.lr_warmup_ratio
    warmup = needs.lr_warmup_steps or ceil(found.steps * share)
    if warmup >= found.steps:
        which = f"{warmup}" if needs.lr_warmup_steps else f"{share}, which is {_steps(warmup)} here"
        message = f"`{field}` is {which}, but {_length(found)}: the learning rate never reaches its full value"
        yield _problem("HPC525", field, message, read=WARMUP)


def rhythm_beyond_end(needs: Needs) -> Iterator[Problem]:
    """HPC526."""
    found = training(needs)
    rhythms = (
        ("checkpoint_steps", needs.checkpoint_steps, "checkpoint"),
        ("eval_steps", needs.eval_steps, "evaluation"),
    )
    for field, rhythm, what in rhythms:
        if found and rhythm is not None and rhythm > found.steps:
            message = f"`{field}` is {rhythm}, but {_length(found)}: the only {what} is at the end"
            yield _problem("HPC526", field, message)


def too_few_rows(needs: Needs) -> Iterator[Problem]:
    """HPC527."""
    found = training(needs)
    if found and found.rows < found.batch:
        few = f"the {found.rows} {found.unit}{'s' * (found.rows > 1)} of `train_data`"
        verb = "are" if found.rows > 1 else "is"
        reason = f"{verb} fewer than the {found.processes} processes, so that some repeat the rows of others"
        if found.rows >= found.processes:
            reason = f"{verb} fewer than one global batch of {found.batch}: steps will be smaller than configured"
        yield _problem("HPC527", "train_data", f"{few} {reason}")


def whole_split(needs: Needs) -> Iterator[Problem]:
    """HPC570, as far as rows can be counted here: malformed ones may be among them."""
    if needs.eval_split and (counts := _counts(needs)):
        yield from split_of(needs, [count for count, _ in counts])


def split_of(needs: Needs, counts: list[int]) -> Iterator[Problem]:
    """HPC570: ``eval_split`` leaves nothing to train on of data sets with so many rows."""
    rows = sum(trained_rows(count, needs.max_samples, None) for count in counts)
    if needs.eval_split and rows and (rows == 1 or needs.eval_split >= rows):
        have = f"there {'are' if rows > 1 else 'is'} only {rows} row{'s' * (rows > 1)}"
        if rows < sum(counts):
            have = f"`max_samples` leaves {rows} row{'s' * (rows > 1)}"
        message = f"`eval_split` is {needs.eval_split:g}, but {have}: none would be left for training"
        yield Problem("HPC570", "error", "eval_split", message, also=("train_data",), read=("max_samples",))


def without_rows(needs: Needs, rows: int) -> Iterator[Problem]:
    """What the checks of the length say once rows are left out, and did not say of all rows."""
    known = {problem.code for check in CHECKS for problem in check(needs)}
    left = needs._replace(rows_left=rows)
    yield from (problem for check in CHECKS for problem in check(left) if problem.code not in known)


def _problem(code: str, field: str, message: str, *, read: tuple[str, ...] = ()) -> Problem:
    length = tuple(name for name in ("train_data", *LENGTH) if name != field)
    return Problem(code, "warning", field, message, given=length, read=("train_data", *LENGTH, *read))


def _length(found: Training) -> str:
    return f"{found.rows} {found.unit}{'s' * (found.rows != 1)} make {_steps(found.steps)} of {found.batch}"


def _steps(number: int) -> str:
    return f"{number} step{'s' * (number > 1)}"


CHECKS: Final = (long_warmup, rhythm_beyond_end, too_few_rows, whole_split)
"""Checks of the training's length."""
