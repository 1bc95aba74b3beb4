"""The header of a safetensors file: 8 bytes of length (little endian), then JSON. The tensors are never read."""

import json
from functools import lru_cache
from math import prod
from pathlib import Path
from stat import S_ISREG
from typing import Any, Final, NamedTuple

BYTES: Final = {"F64": 8, "I64": 8, "F32": 4, "I32": 4, "F16": 2, "BF16": 2, "I16": 2, "I8": 1, "U8": 1, "BOOL": 1}
"""Bytes of a number in the usual formats."""
HEADER_LIMIT: Final = 100_000_000
"""Bytes; the limit that the safetensors library itself sets."""
Shape = tuple[int, ...]


class Header(NamedTuple):
    """The shape of each tensor, the bytes that the whole file must have, and the number formats in it (``BF16`` …)."""

    shapes: dict[str, Shape]
    size: int
    formats: frozenset[str]


def safetensors_header(path: Path) -> Header:
    """The header of a file, read again only when the file has changed.

    Raises:
        ValueError: The file is not a whole safetensors header; the text says in what way.
        OSError: It cannot be read.
    """
    state = path.stat()
    if not S_ISREG(state.st_mode):  # Opening a pipe would wait for a writer.
        raise ValueError("is not a file")
    return _read(path.absolute(), state.st_mtime_ns, state.st_size)


def is_whole(path: Path) -> bool:
    """Whether the header can be read and the file is exactly as long as the header says."""
    try:
        return path.stat().st_size == safetensors_header(path).size
    except (OSError, ValueError):
        return False


@lru_cache(maxsize=256)
def _read(path: Path, _changed: int, _size: int) -> Header:
    with path.open("rb") as file:
        start = file.read(8)
        length = int.from_bytes(start, "little")
        if len(start) < 8 or not 2 <= length <= HEADER_LIMIT:
            raise ValueError("is not a safetensors file")
        text = file.read(length)
    if len(text) < length:
        raise ValueError("ends inside its own header")
    try:
        return _header(json.loads(text), 8 + length)
    except (ValueError, RecursionError, LookupError, TypeError, AttributeError, ArithmeticError):
        raise ValueError("has a damaged header") from None


def _header(entries: dict[str, Any], start: int) -> Header:
    tensors = {name: entry for name, entry in entries.items() if name != "__metadata__"}
    ends = [int(entry["data_offsets"][1]) for entry in tensors.values()]
    shapes = {name: tuple(int(n) for n in entry["shape"]) for name, entry in tensors.items()}
    if any(not _fits(shapes[name], entry) for name, entry in tensors.items()):
        raise ValueError
    formats = frozenset(str(entry["dtype"]) for entry in tensors.values())
    return Header(shapes, start + max(ends, default=0), formats)


def _fits(shape: Shape, entry: dict[str, Any]) -> bool:
    """Whether a tensor has as many bytes as its shape needs."""
    begin, end = entry["data_offsets"]
    return entry["dtype"] not in BYTES or end - begin == prod(shape) * BYTES[entry["dtype"]]
