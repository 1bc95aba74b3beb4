"""What a model's folder says about it, read without any model library: JSON files and the headers of weights."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from stat import S_ISREG
from typing import Any, Final

JSON_LIMIT: Final = 64 * 2**20
"""Bytes; an index of a very large model has a few million."""
HEADER_LIMIT: Final = 100_000_000
"""Bytes; the limit that the safetensors library itself sets."""
INDEX: Final = "model.safetensors.index.json"
Shape = tuple[int, ...]


@dataclass(frozen=True)
class Header:
    """The header of a safetensors file: the shape of each tensor, and the bytes that the whole file must have."""

    shapes: dict[str, Shape]
    size: int


def model_config(model: str | None) -> dict[str, Any]:
    """The model's ``config.json``; empty where there is none to read."""
    return read_object(Path(model) / "config.json") if model else {}


def hidden_size(model: str | None) -> int | None:
    """The width of the model's hidden states, where it is known."""
    size = model_config(model).get("hidden_size")
    return size if isinstance(size, int) and size > 0 else None


def read_object(path: Path) -> dict[str, Any]:
    """The JSON object in a file; empty where there is none. A file is read again only when it has changed."""
    try:
        state = path.stat()
    except (OSError, ValueError):
        return {}
    if not S_ISREG(state.st_mode) or state.st_size > JSON_LIMIT:
        return {}
    return _object(path.absolute(), state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=32)
def _object(path: Path, _changed: int, _size: int) -> dict[str, Any]:
    try:
        loaded = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return loaded if isinstance(loaded, dict) else {}


def fault_of(path: Path) -> str | None:
    """Why ``read_object`` finds no object in a file that is there."""
    if read_object(path):
        return None
    try:
        if path.stat().st_size > JSON_LIMIT:
            return f"is larger than {JSON_LIMIT >> 20} MiB"
        loaded = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    except (ValueError, RecursionError) as error:
        return f"is no JSON: {error}"
    return None if isinstance(loaded, dict) else "holds no JSON object"


def weight_files(folder: Path) -> list[Path]:
    """The files that hold the weights: those that the index names, present or not; else those that are there."""
    named = read_object(folder / INDEX).get("weight_map")
    if isinstance(named, dict):
        return [folder / Path(str(name)).name for name in sorted({str(value) for value in named.values()})]
    try:
        return sorted(folder.glob("*.safetensors")) or sorted(folder.glob("pytorch_model*.bin"))
    except OSError:
        return []


def safetensors_header(path: Path) -> Header:
    """Read the header: 8 bytes of length (little endian), then JSON; never the tensors.

    Raises:
        ValueError: The file is not a whole safetensors header; the text says in what way.
        OSError: It cannot be read.
    """
    with path.open("rb") as file:
        start = file.read(8)
        length = int.from_bytes(start, "little")
        if len(start) < 8 or not 2 <= length <= HEADER_LIMIT:
            raise ValueError("is no safetensors file")
        text = file.read(length)
    if len(text) < length:
        raise ValueError("ends inside its own header")
    try:
        return _header(json.loads(text), 8 + length)
    except (ValueError, RecursionError, KeyError, TypeError, AttributeError):
        raise ValueError("has a damaged header") from None


def _header(entries: dict[str, Any], start: int) -> Header:
    tensors = {name: entry for name, entry in entries.items() if name != "__metadata__"}
    ends = [int(entry["data_offsets"][1]) for entry in tensors.values()]
    shapes = {name: tuple(int(n) for n in entry["shape"]) for name, entry in tensors.items()}
    return Header(shapes, start + max(ends, default=0))


def shapes(folder: Path) -> dict[str, Shape]:
    """Tensor name → shape, of every safetensors file that can be read."""
    found: dict[str, Shape] = {}
    for path in filter(Path.is_file, weight_files(folder)):
        try:
            found.update(safetensors_header(path).shapes)
        except (OSError, ValueError):
            continue
    return found
