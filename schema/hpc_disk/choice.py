"""Which rows of a data set are taken, and which of them are kept for evaluation: by number, drawn by the seed.

The order is the same wherever rows are counted or read: malformed rows are dropped, then ``sample`` takes at most so
many of each data set, then ``split`` takes rows for evaluation away from the training.
"""

from __future__ import annotations


def sample(rows: int, limit: int | None, seed: int) -> list[int]:
    """The indices of at most ``limit`` of so many rows, in their order; all of them without a limit."""
    if limit is None or limit >= rows:
        return list(range(rows))
    return _drawn(f"max_samples {seed}", rows, limit)


def split(rows: int, size: float | None, seed: int) -> tuple[list[int], list[int]]:
    """The indices for training and those for evaluation, each in order.

    ``size`` is a share of the rows below 1 and a number of rows from 1 on. Neither side is left empty where there are
    two rows or more.
    """
    chosen = _drawn(f"eval_split {seed}", rows, split_off(rows, size))
    evaluated = set(chosen)
    return [row for row in range(rows) if row not in evaluated], chosen


def _drawn(seed: str, rows: int, number: int) -> list[int]:
    from random import Random

    return sorted(Random(seed).sample(range(rows), number))  # noqa: S311 (no secret)


def split_off(rows: int, size: float | None) -> int:
    """How many rows are kept for evaluation."""
    if size is None or rows < 2:
        return 0
    wanted = round(rows * size) if size < 1 else int(size)
    return min(max(1, wanted), rows - 1)


def trained_rows(rows: int, limit: int | None, size: float | None) -> int:
    """How many rows of one data set are left for training."""
    taken = rows if limit is None else min(rows, limit)
    return taken - split_off(taken, size)
