"""The value that a wrong one can only have meant: another spelling or another type of a valid one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from hpc.checks.values import is_valid
from hpc_schema.field import Value


def meant_value(value: Any, subschema: Mapping[str, Any]) -> Value:
    """The valid value that was meant, or None where that is not certain."""
    return next((candidate for candidate in _candidates(value, subschema) if is_valid(candidate, subschema)), None)


def _candidates(value: Any, subschema: Mapping[str, Any]) -> Iterator[Value]:
    aliases: Mapping[str, Value] = subschema.get("x-value-aliases", {})
    if isinstance(value, str):
        if value in aliases:
            yield aliases[value]
        yield from _spellings(value)
    elif isinstance(value, bool | int | float):
        yield from _numbers(value)
    elif isinstance(value, list) and "x-separator" in subschema and all(isinstance(item, str) for item in value):
        yield subschema["x-separator"].join(value)
    if "enum" in subschema and (value is None or value is False):
        yield "no" if "no" in subschema["enum"] else "none"


def _spellings(text: str) -> Iterator[Value]:
    plain = text.strip().lower()
    yield text.strip()
    yield plain
    yield from (re.sub("[ _-]+", separator, plain) for separator in ("", "_", "-"))
    if plain in ("true", "false", "yes", "no"):
        yield plain in ("true", "yes")
    try:
        number = float(plain.replace("_", ""))
    except ValueError:
        return
    yield from _numbers(number)


def _numbers(value: float) -> Iterator[Value]:
    """Another type of the same number, as long as it is exactly the same."""
    if abs(value) < 2**53:
        if float(value).is_integer():
            yield int(value)
        yield float(value)
        if not isinstance(value, bool) and value in (0, 1):
            yield bool(value)
