"""What is at a path, and the JSON object in a file: asked without ever raising, whatever a config or a disk holds."""

from __future__ import annotations

import json
import math
import stat
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, Literal

JSON_LIMIT: Final = 64 * 2**20
"""Bytes; an index of a very large model has a few million."""
LARGEST: Final = 2**53
"""No size or count is this large; beyond it a float is not exact, and arithmetic may overflow."""
DAMAGED: Final = (ValueError, RecursionError)
"""What ``json`` raises for a text that is not JSON, nests too deeply, or holds a number of thousands of digits."""

NO_FILE: Final = {"folder": "is a folder, not a file", "device": "is a pipe or a device, not a file"}


def kind(path: str | Path) -> Literal["file", "folder", "device"] | None:
    """A file, a folder, something else (a pipe, which can be read once), or nothing that can be reached."""
    try:
        mode = Path(path).stat().st_mode
    except (OSError, ValueError):
        return None
    if stat.S_ISDIR(mode):
        return "folder"
    return "file" if stat.S_ISREG(mode) else "device"


def read_object(path: Path) -> dict[str, Any]:
    """The JSON object in a file; empty where there is none. A file is read again only when it has changed."""
    try:
        state = path.stat()
    except (OSError, ValueError):
        return {}
    if not stat.S_ISREG(state.st_mode) or state.st_size > JSON_LIMIT:
        return {}
    return _object(path.absolute(), state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=32)
def _object(path: Path, _changed: int, _size: int) -> dict[str, Any]:
    try:
        loaded = parsed(path.read_text(encoding="utf-8"))
    except (OSError, *DAMAGED):
        return {}
    return loaded if isinstance(loaded, dict) else {}


def parsed(text: str) -> Any:
    """A JSON text as a value whose numbers are finite.

    Raises:
        ValueError, RecursionError: It is none.
    """
    return json.loads(text, parse_constant=str, parse_float=_finite)


def section(values: dict[str, Any], key: str) -> dict[str, Any]:
    """The object below a key; empty where there is none."""
    found = values.get(key)
    return found if isinstance(found, dict) else {}


def _finite(text: str) -> float | str:
    """A number; what is none that a check could calculate with (1e999, Infinity) stays a text."""
    number = float(text)
    return number if math.isfinite(number) else text


def fault_of(path: Path) -> str | None:
    """Why ``read_object`` finds no object in a file that is there."""
    if read_object(path):
        return None
    if (what := kind(path)) in NO_FILE:
        return NO_FILE[what]
    try:
        if path.stat().st_size > JSON_LIMIT:
            return f"is larger than {JSON_LIMIT >> 20} MiB"
        loaded = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    except DAMAGED as error:
        return f"is not JSON: {error}"
    return None if isinstance(loaded, dict) else "is not a JSON object"
