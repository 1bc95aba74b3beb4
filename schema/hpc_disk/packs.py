"""Which rows are packed together, by their lengths alone: the runner packs them so, and `hpc plan` counts them."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Sequence


def packs(lengths: Sequence[int], size: int) -> list[list[int]]:
    """The rows of each pack: the longest first, each into the fullest pack that still has room (best fit)."""
    free: list[tuple[int, int]] = []
    found: list[list[int]] = []
    for row in sorted(range(len(lengths)), key=lambda row: (-lengths[row], row)):
        place = bisect_left(free, (lengths[row], -1))
        if place == len(free):
            found.append([])
            room, pack = size, len(found) - 1
        else:
            room, pack = free.pop(place)
        found[pack].append(row)
        insort(free, (room - lengths[row], pack))
    return found
