"""How much the batches of an Arrow file unpack to, read from their headers: pyarrow unpacks a batch before it is asked.

The layout is that of Arrow's columnar format, "Encapsulated message format": a header in FlatBuffers, then a body in
which every compressed buffer begins with its size.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from typing import IO, Final, NamedTuple

MAGIC: Final = b"ARROW1\0\0"
"""How a file begins; without it the messages come at once."""
MARK: Final = 0xFFFFFFFF
DICTIONARY, RECORDS = 2, 3
"""Kinds of messages that have a body; the first has its batch one table further."""


class Sizes(NamedTuple):
    """The bytes of a batch in the file, and in memory."""

    packed: int
    unpacked: int


def sizes(stream: IO[bytes]) -> Iterator[Sizes]:
    """The sizes of each compressed batch, as far as the file is one; reads headers only, and returns to the start."""
    try:
        yield from _sizes(stream)
    except (struct.error, IndexError, OverflowError):
        return  # Damaged: pyarrow says how.
    finally:
        stream.seek(0)


def _sizes(stream: IO[bytes]) -> Iterator[Sizes]:
    end = stream.seek(0, os.SEEK_END)
    stream.seek(0)
    place = len(MAGIC) if stream.read(len(MAGIC)) == MAGIC else 0
    while place < end:
        stream.seek(place)
        mark, length = struct.unpack("<Ii", stream.read(8))
        if mark != MARK or not 0 < length <= end - place:
            return
        header = _Table.root(stream.read(length))
        body = place + 8 + length
        buffers = _compressed(header)
        if buffers:
            unpacked = sum(_unpacked(stream, body + offset, size) for offset, size in buffers)
            yield Sizes(sum(size for _, size in buffers), unpacked)
        place = body + max(header.number(3, "<q"), 0)


def _unpacked(stream: IO[bytes], place: int, size: int) -> int:
    """The size that a buffer says of itself; -1 stands for one that is not compressed."""
    if size < 8:
        return 0
    stream.seek(place)
    (found,) = struct.unpack("<q", stream.read(8))
    return size if found == -1 else max(int(found), 0)


def _compressed(message: _Table) -> list[tuple[int, int]]:
    """Offset and length of the buffers of a batch; none where nothing is compressed."""
    kind = message.number(1, "<B")
    batch = message.table(2) if kind in (DICTIONARY, RECORDS) else None
    if batch and kind == DICTIONARY:
        batch = batch.table(1)
    return batch.pairs(2) if batch and batch.table(3) else []


class _Table(NamedTuple):
    """A table of FlatBuffers: its fields by their numbers, found through offsets before it."""

    data: bytes
    place: int

    @classmethod
    def root(cls, data: bytes) -> _Table:
        return cls(data, *struct.unpack_from("<I", data))

    def field(self, number: int) -> int:
        """Where a field is; 0 where there is none."""
        (back,) = struct.unpack_from("<i", self.data, self.place)
        names = self.place - back
        (size,) = struct.unpack_from("<H", self.data, names)
        entry = 4 + 2 * number
        offset = struct.unpack_from("<H", self.data, names + entry)[0] if entry < size else 0
        return self.place + int(offset) if offset else 0

    def number(self, number: int, form: str) -> int:
        place = self.field(number)
        return int(struct.unpack_from(form, self.data, place)[0]) if place else 0

    def table(self, number: int) -> _Table | None:
        place = self.field(number)
        return _Table(self.data, place + struct.unpack_from("<I", self.data, place)[0]) if place else None

    def pairs(self, number: int) -> list[tuple[int, int]]:
        """A vector of pairs of numbers."""
        vector = self.table(number)
        if vector is None:
            return []
        (count,) = struct.unpack_from("<I", self.data, vector.place)
        end = vector.place + 4 + 16 * count
        return list(struct.iter_unpack("<qq", self.data[vector.place + 4 : end]))
