"""The first rows of a data file or folder and their number; read again only when a file has changed."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePath
from typing import IO, Final

from hpc.checks.disk.readers import FIRST, READERS, Part, Row, Unreadable
from hpc_disk.files import kind
from hpc_disk.paths import DATA_SUFFIXES

MOST: Final = 20_000
"""Entries of a folder that are looked at, about."""


@dataclass(frozen=True)
class Sample:
    """The first rows, how many there are in all (None where counting takes long), and why nothing could be read."""

    first: tuple[Row, ...] = ()
    count: int | None = None
    problem: str = ""


def sample(path: str) -> Sample:
    """The sample of a file, or of a folder's files in the order of their names; read again only after a change."""
    if kind(path) == "device":
        return Sample()
    files, all_seen = _files(Path(path).absolute())
    states = tuple((file, *state) for file in files if (state := _state(file)))
    return _sample(path, states, all_seen)


def _files(path: Path) -> tuple[list[Path], bool]:
    """The data files of a folder, and whether all of it was looked at: `/` would take minutes."""
    if kind(path) == "file":
        return [path], True
    found: list[Path] = []
    seen = 0
    for folder, folders, names in os.walk(path):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        shown = (Path(folder, name) for name in sorted(names)[:MOST] if not name.startswith("."))
        found += (file for file in shown if file.suffix.lower() in DATA_SUFFIXES and kind(file) == "file")
        seen += len(folders) + len(names)
        if seen > MOST:
            return sorted(found), False
    return sorted(found), True


def _state(file: Path) -> tuple[int, int] | None:
    """What changes with a file; None where it has gone meanwhile."""
    try:
        state = file.stat()
    except OSError:
        return None
    return state.st_mtime_ns, state.st_size


@lru_cache(maxsize=16)
def _sample(path: str, files: tuple[tuple[Path, int, int], ...], all_seen: bool) -> Sample:
    if not files:
        if not all_seen:
            return Sample()
        return Sample(problem=f"the folder {path} holds no data file ({', '.join(DATA_SUFFIXES)})")
    first: list[Row] = []
    count: int | None = 0 if all_seen else None
    try:
        for file, _changed, _size in files:
            rows, number = _read(file, path if len(files) == 1 else str(file))
            first += rows[: FIRST - len(first)]
            count = None if count is None or number is None else count + number
            if count is None and first:
                break
    except Unreadable as problem:
        return Sample(problem=str(problem))
    return Sample(tuple(first), count)


def _read(file: Path, name: str) -> Part:
    suffix = file.suffix.lower()
    if suffix not in DATA_SUFFIXES:
        raise Unreadable(f"{name}: the kind of file is unknown; known are {', '.join(DATA_SUFFIXES)}")
    try:
        with file.open("rb") as stream:
            return _zip(name, stream) if suffix == ".zip" else _rows(name, suffix, stream)
    except OSError as error:
        raise Unreadable(f"{name} cannot be read: {error.strerror}") from None


def _rows(name: str, suffix: str, stream: IO[bytes]) -> Part:
    reader = READERS.get(suffix)
    return reader(name, stream) if reader else ([], None)


def _zip(name: str, stream: IO[bytes]) -> Part:
    import zipfile
    import zlib

    first: list[Row] = []
    count: int | None = 0
    try:
        with zipfile.ZipFile(stream) as archive:
            for member in sorted(filter(_is_data, archive.namelist())):
                with archive.open(member) as inner:
                    rows, number = _rows(f"{name}/{member}", PurePath(member).suffix.lower(), inner)
                first += rows[: FIRST - len(first)]
                count = None if count is None or number is None else count + number
    except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, EOFError) as error:
        raise Unreadable(f"{name}: {error}") from None
    return first, count


def _is_data(member: str) -> bool:
    path = PurePath(member)
    return path.suffix.lower() in DATA_SUFFIXES[:-1] and not any(part.startswith((".", "__")) for part in path.parts)
