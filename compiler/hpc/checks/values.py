"""Whether a value is one that a field can take, to the letter."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any


def has_type(value: Any, subschema: Mapping[str, Any]) -> bool:
    """Whether the value has one of the schema's types: 1.0 is not an integer, true and infinity are not numbers."""
    return any(_is(value, kind) for kind in types(subschema))


def types(subschema: Mapping[str, Any]) -> list[str]:
    """The schema's types, one or several."""
    found = subschema["type"]
    return found if isinstance(found, list) else [found]


def _is(value: Any, kind: str) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    if isinstance(value, int):
        # No training library can hold larger ones.
        return kind in ("integer", "number") and -(2**63) <= value < 2**63
    if isinstance(value, float):
        return kind == "number" and math.isfinite(value)
    if isinstance(value, list):
        return kind == "array"
    return isinstance(value, str) and kind == "string"
