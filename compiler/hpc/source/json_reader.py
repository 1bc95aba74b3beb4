"""JSON: the standard library's decoder for a good file, our scanner for places and for what is wrong."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from hpc.source.numbers import integer, real
from hpc.source.problem import MAX_DEPTH, Entry


def parse(text: str) -> dict[str, Any]:
    """The values of a JSON text; raises ``Unreadable``."""
    # The decoder would accept these texts; the scanner looks closer.
    if "\\u" not in text and text.count("[") + text.count("{") <= MAX_DEPTH:
        try:
            values = _DECODER.decode(text)
        except ValueError:
            values = None
        if isinstance(values, dict):
            return values
    from hpc.source.json_scanner import scan

    return scan(text, comments=False)[0]


def entries(text: str) -> list[Entry]:
    """The keys and values with their places."""
    from hpc.source.json_scanner import scan

    return scan(text, comments=False)[1]


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) != len(pairs):
        raise ValueError
    return values


def _refuse(_constant: str) -> NoReturn:
    raise ValueError


_DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_refuse, parse_int=integer, parse_float=real)
