"""JSON: the standard library's decoder for a good file, our scanner for places and for what is wrong."""

from __future__ import annotations

import json
import re
from typing import Any, Final, NoReturn

from hpc.source.numbers import integer, real
from hpc.source.problem import MAX_DEPTH, Entries, Entry

_BETWEEN: Final = re.compile(r"[ \t\r\n:,]*")


def parse(text: str) -> tuple[dict[str, Any], Entries]:
    """The values of a JSON text, and its entries, which are looked for when they are asked for."""
    # The decoder would accept these texts; the scanner looks closer.
    if "\\u" not in text and text.count("[") + text.count("{") <= MAX_DEPTH:
        try:
            values = _DECODER.decode(text)
        except ValueError:
            values = None
        if isinstance(values, dict):
            return values, lambda: _entries(text)
    values, entries = _scanned(text)
    return values, lambda: entries


def _entries(text: str) -> list[Entry]:
    """The entries of a text that the decoder has accepted; the scanner, which expects mistakes, takes much longer."""
    found: list[Entry] = []
    read = _DECODER.scan_once  # type: ignore[attr-defined]  # the decoder's own step, which raw_decode only wraps
    start = _after(text, text.index("{") + 1)
    while text[start] != "}":
        key, key_end = read(text, start)
        value_start = _after(text, key_end)
        value, end = read(text, value_start)
        found.append(Entry(key, start, key_end, value, value_start, end))
        start = _after(text, end)
    return found


def _after(text: str, position: int) -> int:
    """Where the next key, value or bracket begins."""
    return _BETWEEN.match(text, position).end()  # type: ignore[union-attr]  # it matches nothing too


def _scanned(text: str) -> tuple[dict[str, Any], list[Entry]]:
    from hpc.source.json_scanner import scan

    return scan(text, comments=False)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) != len(pairs):
        raise ValueError
    return values


def _refuse(_constant: str) -> NoReturn:
    raise ValueError


_DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_refuse, parse_int=integer, parse_float=real)
