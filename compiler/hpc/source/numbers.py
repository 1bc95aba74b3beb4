"""Numbers that every format and every library behind hpc can hold."""

from __future__ import annotations

from math import isfinite
from typing import Final

_INT64: Final = range(-(2**63), 2**63)


class TooLarge(ValueError):  # noqa: N818 (it says what the number is)
    """The number fits neither a 64-bit integer nor a double."""


def integer(text: str) -> int:
    """A decimal integer of at most 64 bits.

    Raises:
        TooLarge: it needs more; found without converting thousands of digits.
    """
    if len(text) > 20 and len(text.lstrip("+-").lstrip("0")) > 20:
        raise TooLarge
    return within(int(text))


def within(value: int) -> int:
    """The same integer, when it fits in 64 bits."""
    if value not in _INT64:
        raise TooLarge
    return value


def real(text: str) -> float:
    """A finite double.

    Raises:
        TooLarge: the number is beyond 1.8e308 (Python would make it infinity).
    """
    value = float(text)
    if not isfinite(value):
        raise TooLarge
    return value
