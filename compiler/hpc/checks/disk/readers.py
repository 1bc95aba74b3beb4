"""Readers of the kinds of data files: the first rows of each, and their number, in bounded time and memory.

The forms are the runner's: json (an array, or one object a line), jsonl, csv, txt. Parquet needs a library of its own
and is left to the runner.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any, Final

FIRST: Final = 100
"""Rows that are looked at."""
WHOLE: Final = 16 * 2**20
"""Bytes up to which a file is read; of a larger one only so much, and only its lines are counted, if they are rows."""
COUNTED: Final = 256 * 2**20
"""Bytes up to which lines are counted."""
BETWEEN: Final = re.compile(r"[\s,]*")


@dataclass(frozen=True)
class Row:
    """One row, and where it stands; ``value`` is a ``ValueError`` where the row is not JSON."""

    file: str
    number: int
    value: Any


class Unreadable(ValueError):  # noqa: N818 - a verdict on a file, not a fault of the program
    """Why a file cannot be read as what its name says."""


Part = tuple[list[Row], int | None]
"""The first rows, and the number of all of them, None where counting takes long."""
Reader = Callable[[str, IO[bytes]], Part]


def _json(name: str, stream: IO[bytes]) -> Part:
    text, whole = _text(name, stream)
    if not whole:
        array = text.lstrip().startswith("[")
        return (_beginning(name, text) if array else _lines_of_json(name, text.rpartition("\n")[0])[0]), None
    if not text.strip():
        return [], 0
    with _json_faults(name):
        try:
            value = json.loads(text)
        except json.JSONDecodeError as error:
            if error.msg == "Extra data":
                return _lines_of_json(name, text)
            raise
    rows = value if isinstance(value, list) else [value]
    return [Row(name, number, row) for number, row in enumerate(rows[:FIRST], 1)], len(rows)


def _beginning(name: str, text: str) -> list[Row]:
    """The first elements of an array whose end is not there."""
    decoder = json.JSONDecoder()
    rows: list[Row] = []
    position = text.index("[") + 1
    while len(rows) < FIRST:
        try:
            value, position = decoder.raw_decode(text, _skip(text, position))
        except (ValueError, RecursionError):
            break
        rows.append(Row(name, len(rows) + 1, value))
    return rows


def _skip(text: str, position: int) -> int:
    between = BETWEEN.match(text, position)
    return between.end() if between else position


def _jsonl(name: str, stream: IO[bytes]) -> Part:
    text, whole = _text(name, stream)
    if whole:
        return _lines_of_json(name, text)
    rows, count = _lines_of_json(name, text.rpartition("\n")[0])
    return rows, _count_rest(stream, count)


def _count_rest(stream: IO[bytes], count: int) -> int | None:
    """The lines of what was not read; None where that is too much."""
    read = WHOLE
    while block := stream.read(2**20):
        read += len(block)
        if read > COUNTED:
            return None
        count += block.count(b"\n")
    return count


def _lines_of_json(name: str, text: str) -> tuple[list[Row], int]:
    rows: list[Row] = []
    count = 0
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        count += 1
        if len(rows) < FIRST:
            rows.append(Row(name, number, _line(line)))
    return rows, count


def _line(line: str) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError) as error:
        return ValueError(str(error))


def _csv(name: str, stream: IO[bytes]) -> Part:
    text, whole = _text(name, stream)
    csv.field_size_limit(2**31 - 1)
    rows, count = [], 0
    try:
        for number, row in enumerate(csv.DictReader(io.StringIO(text, newline=""), strict=whole), 1):
            count += 1
            if number <= FIRST:
                rows.append(Row(name, number, row))
    except csv.Error as error:
        raise Unreadable(f"{name}: {error}") from None
    return rows, count if whole else None


def _txt(name: str, stream: IO[bytes]) -> Part:
    """One document a line; empty lines are none."""
    text, whole = _text(name, stream)
    lines = [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    return [Row(name, number, {"text": line}) for number, line in lines[:FIRST]], len(lines) if whole else None


def _text(name: str, stream: IO[bytes]) -> tuple[str, bool]:
    """The text, or its beginning, and whether it is all of it."""
    read = stream.read(WHOLE + 1)
    whole = len(read) <= WHOLE
    try:
        return read.decode("utf-8-sig", "strict" if whole else "ignore"), whole
    except UnicodeDecodeError as error:
        raise Unreadable(f"{name}: byte {error.start} is not UTF-8") from None


@contextmanager
def _json_faults(name: str) -> Iterator[None]:
    try:
        yield
    except json.JSONDecodeError as error:
        raise Unreadable(f"{name}: line {error.lineno} column {error.colno}: {error.msg}") from None
    except RecursionError:
        raise Unreadable(f"{name}: nested too deeply") from None


READERS: Final[dict[str, Reader]] = {
    ".json": _json,
    ".jsonl": _jsonl,
    ".jsonlines": _jsonl,
    ".csv": _csv,
    ".txt": _txt,
}
