"""Files that are both trained on and evaluated on."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePath
from typing import Final

from hpc_disk.foreign import Unreadable
from hpc_disk.rows import Part, opened

COMPARED: Final = 4 * 2**20
"""Bytes of two files of one size that are compared."""


def shared(trained: Iterable[Part], evaluated: Iterable[Part]) -> tuple[str, ...]:
    """The names of evaluated files that are trained on, too, themselves or as a copy under another name."""
    by_size: dict[int, list[Part]] = {}
    for part in trained:
        by_size.setdefault(part.size, []).append(part)
    pairs = ((one, part) for part in evaluated for one in by_size.get(part.size, ()))
    return tuple(sorted({name for one, part in pairs if (name := _shared(one, part))}))


def _shared(trained: Part, evaluated: Part) -> str:
    """What to call a file that is another one or a copy of it, by size and beginning; empty where it is neither."""
    name = PurePath(evaluated.name).name
    if (trained.path.resolve(), trained.member) == (evaluated.path.resolve(), evaluated.member):
        return name
    try:
        with opened(trained) as one, opened(evaluated) as other:
            beginning = one.read(COMPARED)
            return f"{name} (a copy of {trained.name})" if beginning and beginning == other.read(COMPARED) else ""
    except Unreadable:
        return ""
