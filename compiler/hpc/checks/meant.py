"""The value that a wrong one can only have meant: another spelling or another type of a valid one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from hpc_schema import properties
from hpc_schema.field import Value
from hpc_schema.validator import FIELDS

TRUE: Final = ("true", "yes", "on")
FALSE: Final = ("false", "no", "off")
NO: Final = ("no", "none")


def meant_value(value: Any, field: str) -> Value:
    """The valid value of the field that was meant, or None where that is not certain."""
    return next((candidate for candidate in _candidates(value, properties()[field]) if FIELDS[field](candidate)), None)


def _candidates(value: Any, subschema: Mapping[str, Any]) -> Iterator[Value]:
    if isinstance(value, str):
        yield from _other_words(value.strip().lower(), subschema)
        yield value.strip()
        yield from _of_another_type(value.strip().lower())
    elif isinstance(value, bool | int | float):
        yield from _numbers(value)
        if not isinstance(value, bool):
            yield from _aliases(str(value), subschema)
    if subschema["type"] == "array":
        yield from _lists(value)
    elif isinstance(value, list) and "x-separator" in subschema and all(isinstance(item, str) for item in value):
        yield subschema["x-separator"].join(value)
    if "enum" in subschema and (value is None or value is False):
        yield from NO


def _lists(value: Any) -> Iterator[Value]:
    """A list that was written as text, or as nothing."""
    if value is None or value is False or (isinstance(value, str) and value.strip().lower() in (*FALSE, "none", "")):
        yield []
    elif isinstance(value, str):
        yield [word for word in re.split(r"[\s,]+", value.strip("[] ").lower()) if word]


def _other_words(plain: str, subschema: Mapping[str, Any]) -> Iterator[Value]:
    """The words of an enumeration in another spelling, and what the schema itself knows as other words."""
    yield from _aliases(plain, subschema)
    if "enum" in subschema:
        yield plain
        yield from (re.sub("[ _-]+", separator, plain) for separator in ("", "_", "-"))
        yield from NO if plain in FALSE else ()


def _aliases(plain: str, subschema: Mapping[str, Any]) -> Iterator[Value]:
    """What other tools write for the same value, and older documents."""
    aliases: Mapping[str, Value] = subschema.get("x-value-aliases", {})
    yield from (meant for alias, meant in aliases.items() if alias.lower() == plain)


def _of_another_type(plain: str) -> Iterator[Value]:
    """A boolean or a number that was written as a string."""
    if plain in TRUE + FALSE:
        yield plain in TRUE
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
