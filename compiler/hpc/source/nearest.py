"""The file that a misspelled file name probably means."""

from __future__ import annotations

from collections.abc import Iterable
from os.path import splitext
from typing import Final

CUTOFF: Final = 0.8
"""How similar two names must be, from 0 to 1: below it a guess would be far-fetched."""


def nearest_file(name: str, names: Iterable[str]) -> str | None:
    """The name that differs least before its extension; None where none is similar enough."""
    from difflib import get_close_matches

    by_stem: dict[str, str] = {}
    for candidate in names:
        by_stem.setdefault(splitext(candidate)[0].lower(), candidate)  # noqa: PTH122 (pathlib is slow to import)
    found = get_close_matches(splitext(name)[0].lower(), by_stem, n=1, cutoff=CUTOFF)  # noqa: PTH122
    return by_stem[found[0]] if found else None
