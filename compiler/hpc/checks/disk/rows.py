"""The first rows of a data file or folder and their number; read again only when a file has changed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePath
from typing import IO

from hpc.checks.disk.paths import DATA_SUFFIXES, kind
from hpc.checks.disk.readers import FIRST, READERS, Part, Row, Unreadable


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
    files = _files(Path(path))
    states = tuple((file, state.st_mtime_ns, state.st_size) for file in files if (state := file.stat()))
    return _sample(path, states)


def _files(path: Path) -> list[Path]:
    if kind(path) == "file":
        return [path.absolute()]
    found = (file for file in sorted(path.absolute().rglob("*")) if file.suffix.lower() in DATA_SUFFIXES)
    hidden = len(path.absolute().parts)
    shown = (file for file in found if not any(part.startswith(".") for part in file.parts[hidden:]))
    return [file for file in shown if kind(file) == "file"]


@lru_cache(maxsize=16)
def _sample(path: str, files: tuple[tuple[Path, int, int], ...]) -> Sample:
    if not files:
        return Sample(problem=f"the folder {path} holds no data file ({', '.join(DATA_SUFFIXES)})")
    first: list[Row] = []
    count: int | None = 0
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
