"""Files of rows: json, jsonl, csv, parquet, txt, a zip of these, or a folder of them.

Every row comes with the file it stands in and its number there, counted from 1.
"""

from __future__ import annotations

import csv
import io
import json
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any

from hpc_runner.errors import RunnerError

LARGEST_RATIO = 200
"""A zip that unpacks to more than this many times its size is taken for a bomb (text packs about 3 to 20 times)."""

TOO_DEEP = "it is nested too deeply"

SMALL = 64 * 2**20
"""Bytes below which the ratio does not matter."""


@dataclass(frozen=True)
class Row:
    """One row, and where it stands."""

    file: str
    number: int
    value: Any


def read_rows(path: Path) -> Iterator[Row]:
    """Yield the rows of a file, or of every data file of a folder in the order of their names.

    Raises:
        RunnerError: HPC521 where a file cannot be read as what its name says.
    """
    if path.is_dir():
        found = [p for p in sorted(path.rglob("*")) if p.suffix.lower() in READERS and not _hidden(p, path)]
        if not found:
            raise RunnerError("HPC521", f"the folder {path} holds no data file", f"known kinds: {', '.join(READERS)}")
        for file in found:
            yield from _read_file(file)
    else:
        yield from _read_file(path)


def _hidden(path: Path, folder: Path) -> bool:
    return any(part.startswith(".") for part in path.relative_to(folder).parts)


def _read_file(path: Path) -> Iterator[Row]:
    if path.suffix.lower() not in READERS:
        raise RunnerError(
            "HPC521", f"{path}: the kind of file is unknown", f"known kinds, by the name's end: {', '.join(READERS)}"
        )
    try:
        with path.open("rb") as file:
            yield from READERS[path.suffix.lower()](str(path), file)
    except OSError as error:
        raise RunnerError("HPC521", f"cannot read {path}: {error.strerror or error}") from error


def _json(name: str, file: IO[bytes]) -> Iterator[Row]:
    """An array of objects; some tools call a file of one object a line ``.json`` too."""
    text = _text(name, file)
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        if error.msg == "Extra data":
            yield from _lines_of_json(name, text)
            return
        raise _malformed(name, f"line {error.lineno} column {error.colno}: {error.msg}") from error
    except RecursionError as error:
        raise _malformed(name, TOO_DEEP) from error
    if not isinstance(value, list):
        value = [value]
    yield from (Row(name, number, row) for number, row in enumerate(value, 1))


def _jsonl(name: str, file: IO[bytes]) -> Iterator[Row]:
    yield from _lines_of_json(name, _text(name, file))


def _lines_of_json(name: str, text: str) -> Iterator[Row]:
    # Not splitlines(): JSON strings may hold U+2028 and its like, which it would cut at.
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            yield Row(name, number, json.loads(line))
        except json.JSONDecodeError as error:
            yield Row(name, number, error)
        except RecursionError:
            yield Row(name, number, ValueError(TOO_DEEP))


def _csv(name: str, file: IO[bytes]) -> Iterator[Row]:
    csv.field_size_limit(2**31 - 1)
    lines = io.StringIO(_text(name, file), newline="")
    try:
        yield from (Row(name, number, row) for number, row in enumerate(csv.DictReader(lines, strict=True), 1))
    except csv.Error as error:
        raise _malformed(name, str(error)) from error


def _txt(name: str, file: IO[bytes]) -> Iterator[Row]:
    """One document a line; empty lines are none."""
    for number, line in enumerate(_text(name, file).split("\n"), 1):
        if line.strip():
            yield Row(name, number, {"text": line.rstrip("\r")})


def _parquet(name: str, file: IO[bytes]) -> Iterator[Row]:
    import pyarrow  # type: ignore[import-untyped]
    import pyarrow.parquet  # type: ignore[import-untyped]

    number = 0
    try:
        for batch in pyarrow.parquet.ParquetFile(file).iter_batches(1024):
            for row in batch.to_pylist():
                number += 1
                yield Row(name, number, row)
    except pyarrow.ArrowException as error:
        raise _malformed(name, str(error).splitlines()[0]) from error


def _zip(name: str, file: IO[bytes]) -> Iterator[Row]:
    try:
        with zipfile.ZipFile(file) as archive:
            for member in _members(name, archive):
                reader = READERS[PurePosixPath(member.filename).suffix.lower()]
                # Parquet needs to seek, which a compressed member cannot do well.
                yield from reader(f"{name}/{member.filename}", io.BytesIO(archive.read(member)))
    except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, EOFError) as error:
        raise _malformed(name, str(error)) from error


def _members(name: str, archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """The data files of an archive. Nothing is unpacked to disk; a name that climbs out is refused all the same."""
    members = [m for m in archive.infolist() if not m.is_dir()]
    for member in members:
        path = PurePosixPath(member.filename.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or ":" in path.parts[0]:
            raise _malformed(name, f"the member {member.filename!r} points out of the archive")
    packed, unpacked = sum(m.compress_size for m in members), sum(m.file_size for m in members)
    if unpacked > SMALL and unpacked > LARGEST_RATIO * max(packed, 1):
        raise _malformed(name, f"{packed:,} bytes unpack to {unpacked:,}, which looks like a zip bomb")
    known = [m for m in members if _is_data(PurePosixPath(m.filename))]
    if not known:
        raise _malformed(name, f"it holds no file of a known kind ({', '.join(k for k in READERS if k != '.zip')})")
    return sorted(known, key=lambda m: m.filename)


def _is_data(path: PurePosixPath) -> bool:
    hidden = any(part.startswith((".", "__MACOSX")) for part in path.parts)
    return path.suffix.lower() in READERS and path.suffix.lower() != ".zip" and not hidden


def _text(name: str, file: IO[bytes]) -> str:
    try:
        return file.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _malformed(name, f"byte {error.start} is not UTF-8") from error


def _malformed(name: str, reason: str) -> RunnerError:
    return RunnerError("HPC521", f"{name}: {reason}", "repair or replace the file")


READERS: dict[str, Callable[[str, IO[bytes]], Iterator[Row]]] = {
    ".json": _json,
    ".jsonl": _jsonl,
    ".jsonlines": _jsonl,
    ".csv": _csv,
    ".parquet": _parquet,
    ".txt": _txt,
    ".zip": _zip,
}
