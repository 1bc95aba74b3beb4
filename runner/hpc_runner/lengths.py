"""Lengths of rows in tokens, as counts by length: small however many rows there are."""

from __future__ import annotations

import random
from math import ceil
from typing import Final

Lengths = dict[int, int]
"""How many rows have each length."""
BARS: Final = 12
"""Bars of the histogram."""
DRAWN: Final = 100_000
"""Rows from which padding is estimated."""


def longest(lengths: Lengths) -> int:
    """The longest row; 0 where there are none."""
    return max(lengths, default=0)


def that_keeps(lengths: Lengths, share: float) -> int:
    """The length within which this share of the rows is; 0 where there are none."""
    wanted, passed = ceil(sum(lengths.values()) * share), 0
    for length in sorted(lengths):
        passed += lengths[length]
        if passed >= wanted:
            return length
    return 0


def summary(lengths: Lengths) -> dict[str, int] | None:
    """The shortest and longest row, and the lengths that keep a half, 95 and 99 % of the rows."""
    if not lengths:
        return None
    shares = {"median": 0.5, "p95": 0.95, "p99": 0.99}
    return {
        "min": min(lengths),
        **{name: that_keeps(lengths, share) for name, share in shares.items()},
        "max": longest(lengths),
    }


def histogram(lengths: Lengths) -> list[list[int]]:
    """Bars of one width as pairs: the longest row of a bar in tokens, and how many rows it has."""
    if not lengths:
        return []
    least = min(lengths)
    span = longest(lengths) - least + 1
    width = ceil(span / BARS)
    counts = [0] * ceil(span / width)
    for length, rows in lengths.items():
        counts[(length - least) // width] += rows
    return [[least - 1 + width * (number + 1), count] for number, count in enumerate(counts)]


def padding(lengths: Lengths, limit: int, batch: int) -> float | None:
    """The share of padding in shuffled batches of this size."""
    rows = sum(lengths.values())
    order = random.Random(0)  # noqa: S311 - not for secrets
    if rows <= DRAWN:
        drawn = [min(length, limit) for length, count in sorted(lengths.items()) for _ in range(count)]
        order.shuffle(drawn)
    else:
        drawn = [min(n, limit) for n in order.choices(list(lengths), list(lengths.values()), k=DRAWN)]
    batches = [drawn[start : start + batch] for start in range(0, len(drawn), batch)]
    padded = sum(max(each) * len(each) for each in batches)
    return round(1 - sum(drawn) / padded, 4) if padded else None
