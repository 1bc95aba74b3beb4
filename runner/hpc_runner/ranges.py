"""Which tokens are learned: from characters of a text to ranges of its tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

Span = tuple[int, int]
"""Start and end; of characters, or of tokens."""


def ranges(encoding: Any, text: str, spans: tuple[Span, ...]) -> list[Span]:
    """The tokens with a character of a span. One that begins before it is learned only where that part is blank.

    Args:
        encoding: Of the whole text, by a fast tokenizer, which knows where its tokens are.
        text: The text.
        spans: Characters of it, in order.
    """
    found = []
    for start, stop in spans:
        first = _token_at(encoding, start, stop)
        if first is None:
            continue
        begins = encoding.token_to_chars(first)[0]
        if text[begins:start].strip():
            first += 1
        last = _token_at(encoding, stop, len(text))
        after = len(encoding) if last is None else last
        if last is not None and encoding.token_to_chars(last)[0] < stop:
            after += 1
        if after > first:
            found.append((first, after))
    return found


def _token_at(encoding: Any, place: int, limit: int) -> int | None:
    """The first token from a character on; None where there is none before the limit."""
    for character in range(place, limit):
        token: int | None = encoding.char_to_token(character)
        if token is not None:
            return token
    return None


def ranges_by_prefixes(ids: list[int], encode: Callable[[str], list[int]], text: str, spans: Any) -> list[Span]:
    """The same with a tokenizer that does not say where its tokens are: by the tokens of the text up to each place."""
    found = []
    for span in spans:
        start, stop = (_common(ids, encode(text[:place])) for place in span)
        if stop > start:
            found.append((start, stop))
    return found


def _common(left: list[int], right: list[int]) -> int:
    """The length of the common beginning."""
    limit = min(len(left), len(right))
    return next((i for i in range(limit) if left[i] != right[i]), limit)


def within(found: list[Span], limit: int) -> int:
    """How many learned tokens are before a limit."""
    return sum(max(0, min(stop, limit) - start) for start, stop in found)


def labels(ids: list[int], found: list[Span], ignored: int) -> list[int]:
    """The tokens where they are learned, elsewhere the label that the loss leaves out."""
    made: list[int] = []
    for start, stop in found:
        made += [ignored] * (start - len(made))
        made += ids[start:stop]
    return made + [ignored] * (len(ids) - len(made))
