"""Values in words, and the nearest word to a misspelled one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, Final

from hpc.source.encode import encode

LONGEST: Final = 60

SIMILAR: Final = 0.6
"""How similar two words must be for a guess, from 0 to 1."""

_letters: Final = lru_cache(1024)(frozenset[str])


def nearest(word: str, words: Iterable[str], similar: float = SIMILAR) -> str | None:
    """The most similar of the words, if any is similar enough: the first of difflib's close matches, found sooner."""
    from difflib import SequenceMatcher

    by_lower = {candidate.lower(): candidate for candidate in words}
    plain = word.lower().replace("-", "_")
    matcher = SequenceMatcher(b=plain)
    best = (similar, "")
    for bound, candidate in sorted(_possible(plain, by_lower, similar), reverse=True):
        if bound < best[0]:
            break
        matcher.set_seq1(candidate)
        best = max(best, (matcher.ratio(), candidate))
    return by_lower[best[1]] if best[1] else None


def _possible(word: str, others: Iterable[str], similar: float) -> Iterator[tuple[float, str]]:
    """The words that may be similar enough, each with a bound: a letter that one of the two lacks has no match."""
    length, letters = len(word), _letters(word)
    for other in others:
        needed = similar / 2 * (length + len(other))
        if length < needed or len(other) < needed:
            continue
        theirs = _letters(other)
        matching = min(length - len(letters - theirs), len(other) - len(theirs - letters))
        if matching >= needed:
            yield 2 * matching / (length + len(other) or 1), other


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


def interval(subschema: Mapping[str, Any]) -> str:
    """The range in words: ``at least 1``, ``above 0 and below 1``."""
    words = {
        "minimum": "at least",
        "exclusiveMinimum": "above",
        "maximum": "at most",
        "exclusiveMaximum": "below",
    }
    return " and ".join(f"{word} {subschema[key]}" for key, word in words.items() if key in subschema)
