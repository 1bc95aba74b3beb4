"""JSON: the standard library's decoder for a good file, our scanner for places and for what is wrong."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from hpc.source.numbers import integer, real
from hpc.source.problem import MAX_DEPTH, Entries, Entry


def parse(text: str) -> tuple[dict[str, Any], Entries]:
    """The values of a JSON text, and its entries, which are looked for when they are asked for."""
    # The decoder would accept these texts; the scanner looks closer.
    if "\\u" not in text and text.count("[") + text.count("{") <= MAX_DEPTH:
        try:
            values = _DECODER.decode(text)
        except ValueError:
            values = None
        if isinstance(values, dict):
            return values, lambda: _scanned(text)[1]
    values, entries = _scanned(text)
    return values, lambda: entries


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
