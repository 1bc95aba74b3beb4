"""The values of a source as its tool reads them: numbers and switches in any spelling, and values to be filled in."""

from __future__ import annotations

import re
from typing import Any, Final

from hpc.checks.meant import FALSE, TRUE

_PLACEHOLDER: Final = re.compile(
    r"\$[({]*\w.*|`.*|\{\{.*\}\}|<[^<>]*>|text|org/name|(?:path|/path)/to/.*|your[_-].*|x{3,}", re.IGNORECASE
)


class UnknownValueError(ValueError):
    """A value that stands for another one (a shell variable, a placeholder), or that its tool could not read."""


def is_placeholder(value: Any) -> bool:
    """Whether the value is to be filled in: ``$LR``, ``<your model>``, ``{{ name }}``."""
    return isinstance(value, str) and bool(_PLACEHOLDER.fullmatch(value.strip()))


def number(value: Any) -> float:
    """A number, also one that was written as text.

    Raises:
        UnknownValueError: the value is no number.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise UnknownValueError(value)
    try:
        found = float(value.replace("_", "") if isinstance(value, str) else value)
    except ValueError:
        raise UnknownValueError(value) from None
    return int(found) if found.is_integer() and abs(found) < 2**53 else found


def number_or_none(value: Any) -> float | None:
    """A number, where one is written."""
    return None if value in (None, "") else number(value)


def switch(value: Any) -> bool:
    """A switch; null is off, and a flag without a value (``--packing``) is on.

    Raises:
        UnknownValueError: the value is no switch.
    """
    if value is None or isinstance(value, bool):
        return bool(value)
    word = str(value).strip().lower()
    if word in ("", "1", *TRUE):
        return True
    if word in ("0", "none", *FALSE):
        return False
    raise UnknownValueError(value)


def word(value: Any) -> str:
    """A word of an enumeration, in lower case.

    Raises:
        UnknownValueError: a placeholder, or no text.
    """
    if not isinstance(value, str) or is_placeholder(value):
        raise UnknownValueError(value)
    return value.strip().lower()


def words(value: Any) -> list[str]:
    """A list of words, also one that was written as text with commas or blanks between them.

    Raises:
        UnknownValueError: a placeholder, or neither a list nor a text.
    """
    items = (
        value if isinstance(value, list) else re.split(r"[,\s]+", value.strip("[] ")) if isinstance(value, str) else []
    )
    if not items or any(is_placeholder(item) for item in items) or is_placeholder(value):
        raise UnknownValueError(value)
    return [str(item).strip("'\"") for item in items]
