"""JSON: the standard library's decoder for a good file, our scanner for places and for what is wrong."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final, NoReturn

from hpc.source.numbers import integer, real
from hpc.source.problem import MAX_DEPTH, Entries, Entry

_LEVELS: Final = {"{": 1, "[": 1, "}": -1, "]": -1}
_KEY: Final = re.compile(r'[ \t\r\n,]*("[^"\\]*(?:\\.[^"\\]*)*")[ \t\r\n]*:[ \t\r\n]*')
"""What stands between two values, with the key in it."""
_SKIM: Final = json.JSONDecoder().scan_once  # type: ignore[attr-defined]  # the step that raw_decode only wraps


def parse(text: str) -> tuple[dict[str, Any], Entries]:
    """The values of a JSON text, and its entries, which are looked for when they are asked for."""
    # The decoder would accept these texts; the scanner looks closer.
    if "\\u" not in text and not _deep(text):
        try:
            values = _DECODER.decode(text)
        except ValueError:
            values = None
        if isinstance(values, dict):
            return values, lambda: _entries(text, values)
    values, entries = _scanned(text)
    return values, lambda: entries


def _deep(text: str) -> bool:
    """Whether brackets nest too deeply, of a text that the decoder accepts; of another one, whether it might get there.

    Their number answers it for a config; counting levels takes place at the speed of C.
    """
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return False
    from itertools import accumulate

    outside = re.sub(r'"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?\Z)', "", text, flags=re.DOTALL)
    brackets = re.sub(r"[^\[\]{}]+", "", outside)
    return max(accumulate(map(_LEVELS.__getitem__, brackets)), default=0) > MAX_DEPTH


def _entries(text: str, values: Mapping[str, Any]) -> list[Entry]:
    """The entries of a text that the decoder has accepted; the scanner, which expects mistakes, takes much longer."""
    found: list[Entry] = []
    end = text.index("{") + 1
    for key, value in values.items():
        written = _KEY.match(text, end)
        assert written is not None, "the decoder has found this key here"
        key_start, key_end = written.span(1)
        start = written.end()
        _, end = _SKIM(text, start)
        found.append(Entry(key, key_start, key_end, value, start, end))
    return found


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
