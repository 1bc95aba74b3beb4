"""Values in words, and the nearest word to a misspelled one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from hpc.source.encode import encode

LONGEST: Final = 60


def nearest(word: str, words: Iterable[str]) -> str | None:
    """The most similar of the words, if any is similar enough."""
    import difflib

    by_lower = {candidate.lower(): candidate for candidate in words}
    plain = word.lower().replace("-", "_")
    found = difflib.get_close_matches(plain, by_lower, n=1, cutoff=0.6)
    return by_lower[found[0]] if found else None


def show(value: Any) -> str:
    """The value as it would be written in JSON, cut where it is long."""
    try:
        return cut(encode("json", value))
    except ValueError:  # an infinite number, which only the command line can give
        return cut(str(value))


def cut(text: str) -> str:
    """The text, cut where it is too long to be read in a message."""
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def listing(values: Iterable[Any]) -> str:
    """The values in words, with an or before the last: ``"a"``, ``"b"`` or ``"c"``."""
    shown = [show(value) for value in values]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} or {shown[-1]}"


def condition(tests: Iterable[tuple[str, Iterable[Any]]]) -> str:
    """Conditions in words: `trainer` is "dpo" and `pref_loss` is "simpo"."""
    return " and ".join(dict.fromkeys(f"`{name}` is {listing(values)}" for name, values in tests))
