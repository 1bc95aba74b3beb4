"""Which tokenized rows are trained and evaluated on: ``max_samples``, ``eval_split`` and weights, in this order.

All of them choose among well-formed rows of the files, not among what became of them: the rows that a conversation
became stay together, and a row that the length drops counts as chosen.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from hpc_disk.choice import sample, split
from hpc_disk.data import weighed
from hpc_disk.needs import Needs
from hpc_runner.row_cache import TokenizedRows

if TYPE_CHECKING:
    from datasets import Dataset


def chosen_rows(
    needs: Needs, sets: Sequence[tuple[TokenizedRows, float]], seed: int, *, split_off: bool = True
) -> tuple[list[Dataset], list[Dataset]]:
    """The rows to train on, and those that ``eval_split`` keeps for evaluation (none without it), of each data set.

    Args:
        needs: The job.
        sets: Data sets with their weights: how often a row is seen in an epoch.
        seed: Of the choice.
        split_off: Whether ``eval_split`` applies.
    """
    taken = [sample(sum(made.facts.parts), needs.max_samples, seed) for made, _ in sets]
    size = needs.eval_split if split_off else None
    evaluated = set(split(sum(map(len, taken)), size, seed)[1])
    trained, others, start = [], [], 0
    for (made, weight), rows in zip(sets, taken, strict=True):
        kept = [row for n, row in enumerate(rows, start) if n not in evaluated]
        often = kept if weight == 1 else [kept[n] for n in weighed(len(kept), weight, seed)]
        trained.append(_select(made, often))
        if size:
            others.append(_select(made, [row for n, row in enumerate(rows, start) if n in evaluated]))
        start += len(rows)
    return trained, others


def _select(made: TokenizedRows, chosen: list[int]) -> Dataset:
    """What these well-formed rows became, in their order."""
    if chosen == list(range(sum(made.facts.parts))):
        return made.rows
    rows = list(_made_of(made.origins, chosen))
    # Else datasets would hash the numbers in a second for a million of them.
    name = blake2b(f"{made.rows._fingerprint} {rows}".encode(), digest_size=8).hexdigest()
    return made.rows.select(rows, new_fingerprint=name)


def _made_of(origins: Any, chosen: list[int]) -> Iterator[int]:
    import numpy

    starts, stops = (numpy.searchsorted(origins, chosen, side) for side in ("left", "right"))
    for start, stop in zip(starts.tolist(), stops.tolist(), strict=True):
        yield from range(start, stop)
