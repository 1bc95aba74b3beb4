"""TOML: our scanner for places and for what a flat config excludes, then the standard library's parser."""

from __future__ import annotations

import re
import tomllib
from typing import Any, Final

from hpc.source.lines import Lines
from hpc.source.problem import Entries, Entry, Fault, FaultyText, empty
from hpc.source.toml_scanner import scan

_WHERE: Final = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")


def parse(text: str) -> tuple[dict[str, Any], Entries]:
    """The values of a TOML text, and its keys with the places of their values; raises ``FaultyText``."""
    # First the scanner: tomllib takes quadratic time over dotted keys and recurses over brackets.
    found = scan(text)
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise FaultyText(_syntax(str(error), text, found)) from None
    if not values:
        raise FaultyText(empty(text))
    return values, lambda: found


def _syntax(error: str, text: str, entries: list[Entry]) -> Fault:
    where = _WHERE.search(error)
    start = len(text)
    if where and where[1]:
        start = min(Lines(text).offset(int(where[1]), int(where[2])), len(text))
    what = _WHERE.sub("", error)
    end = min(start + 1, len(text))
    key = next((entry.key for entry in entries if entry.start <= start <= entry.end), None)
    if "\\" in what or "hex value" in what or "Unicode scalar" in what:
        start = max(text.rfind("\\", 0, start), 0)
        half = "Unicode scalar" in what
        message = "this string contains half of a character" if half else "this is not a valid TOML escape"
        return Fault("HPC019" if half else "HPC020", message, start, min(start + 2, len(text)), key=key)
    message = f"not TOML: {what[0].lower()}{what[1:]}"
    return Fault("HPC010", message, start, end, "write `key = value`, with strings in double quotes", key)
