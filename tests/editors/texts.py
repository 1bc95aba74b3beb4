"""The same document in each format, as a person would type it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from tests.editors.editor import CURSOR

from hpc.source.encode import encode

FORMATS: Final = ("json", "yaml", "toml")


def text(format_: str, values: Mapping[str, Any], tail: str = "") -> str:
    """The values, then ``tail`` where the next entry would begin."""
    if format_ == "json":
        entries = [f"{json.dumps(key)}: {json.dumps(value)}" for key, value in values.items()]
        return "{" + ", ".join([*entries, *([tail] if tail else [])]) + "}"
    equals = ": " if format_ == "yaml" else " = "
    lines = [f"{key}{equals}{encode(format_, value)}" for key, value in values.items()]  # type: ignore[arg-type]
    return "\n".join([*lines, tail])


def at_next_key(format_: str, values: Mapping[str, Any]) -> str:
    """The cursor stands where a new key would begin."""
    return text(format_, values, CURSOR)


def at_value_of(format_: str, key: str, values: Mapping[str, Any]) -> str:
    """The cursor stands where the value of a new key would begin."""
    tails = {"json": f'"{key}": ', "yaml": f"{key}: ", "toml": f"{key} = "}
    return text(format_, values, tails[format_] + CURSOR)


def over_key(format_: str, key: str, values: Mapping[str, Any]) -> str:
    """The cursor stands inside a key that is written."""
    return text(format_, values).replace(key, key[:2] + CURSOR + key[2:], 1)
