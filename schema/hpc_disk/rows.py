"""The rows of a file or a folder: which files are data, which split they belong to, and their rows one by one."""

import io
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePath, PurePosixPath
from typing import IO, TYPE_CHECKING, Final, Literal, NamedTuple

from hpc_disk.files import kind
from hpc_disk.foreign import ENDINGS, Unreadable, check_head, rows_of_object, way_out
from hpc_disk.formats import KNOWN_COLUMNS, READ_COLUMNS
from hpc_disk.readers import (
    COLUMN_READERS,
    LARGEST_RATIO,
    SUFFIXES,
    TEXT_READERS,
    DataRow,
)

if TYPE_CHECKING:
    import zipfile

Split = Literal["train", "eval"]
MOST: Final = 20_000
"""Entries of a folder that are looked at, about: `/` would take minutes."""
SMALL: Final = 2**20
"""Bytes up to which a file of one object is looked into, to see whether it is data."""
HARMLESS: Final = 64 * 2**20
"""Bytes below which the ratio does not matter."""
SPLITS: Final = {
    "train": ("train", "training", "trainset"),
    "validation": ("validation", "valid", "val"),
    "eval": ("eval", "evaluation", "evalset"),
    "dev": ("dev", "development", "devset"),
    "test": ("test", "testing", "testset"),
}
"""Split names, by the words that files and folders are called; for evaluation, the first that is there serves."""
WORDS: Final = {word: split for split, words in SPLITS.items() for word in words}
NO_DATA: Final = re.compile(
    r"(licen[cs]e|copying|notice|readme|changelog|authors|requirements|citation)\b.*\.txt"
    r"|(dataset_infos?|dataset_dict|state|config|package|tokenizer|tokenizer_config|special_tokens_map"
    r"|generation_config|croissant|metadata)\.json",
    re.IGNORECASE,
)
"""Names of files that are not data, wherever they are."""
OTHER_FORMS: Final = frozenset(ENDINGS) - {".md", ".yaml", ".yml", ".pt"}
"""Endings of files that hold data which hpc does not read as it is."""
OF_A_RUN: Final = frozenset({"plan.json", "training_arguments.json"})
"""A folder with these is the output of a run."""


class Part(NamedTuple):
    """One data file: a file of its own, or a member of a zip archive. ``changed`` and ``size`` change with it."""

    name: str
    path: Path
    member: str | None
    size: int
    changed: int

    @property
    def suffix(self) -> str:
        """The ending that says how it is read."""
        return PurePath(self.member or self.path.name).suffix.lower()


class Listing(NamedTuple):
    """The data files at a path.

    Attributes:
        parts: In the order of their names.
        left_out: Files that are not data, by name.
        other_splits: Files of the splits that were not asked for, by name.
        splits: The names of the splits that are there.
        unread: Files that hold data in a form that hpc does not read, by name.
        names: What the files of the split are called, where that differs, as of `train_sft` and `train_gen`.
        whole: False where the folder is too large to be looked at as a whole.
    """

    parts: tuple[Part, ...]
    left_out: tuple[str, ...] = ()
    other_splits: tuple[str, ...] = ()
    splits: tuple[str, ...] = ()
    whole: bool = True
    unread: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


def listing(path: str, split: Split = "train", *, output: str = "", texts: bool = True) -> Listing:
    """The data files at a path, for one split.

    Args:
        path: A file or a folder.
        split: Where files or folders are named for splits, those of this one are taken.
        output: The output folder of the job, which is left out.
        texts: Whether text files are data for this trainer; else a folder's are left out beside others.

    Raises:
        Unreadable: Where nothing there can be read as data, or the split is missing.
    """
    root = Path(path)
    if kind(root) == "device":
        raise Unreadable(f"{path} is a pipe or a device, which can be read once at most", "write its rows to a file")
    if kind(root) == "folder":
        files, unread, whole = _walk(root, Path(output).absolute() if output else None)
        expanded = [part for file in files for part in _parts(file, str(file))]
    else:
        whole, unread, expanded = True, (), _parts(root, path)
        if len(expanded) == 1 and expanded[0].member is None:
            return Listing(tuple(expanded))
    data, left_out = _data_of(expanded, texts=texts)
    if not data and whole:
        help_ = way_out(unread[0]) if unread else "name the folder that has them"
        raise Unreadable(f"{path} has no data files ({', '.join(SUFFIXES)})", help_)
    return _of_split(path, data, left_out, split)._replace(unread=unread, whole=whole)


def _walk(root: Path, output: Path | None) -> tuple[list[Path], tuple[str, ...], bool]:
    """The files of a folder with a known ending, those in another form, and whether all of it was looked at."""
    found: list[Path] = []
    unread: list[str] = []
    seen = 0
    for folder, folders, names in os.walk(root):
        if OF_A_RUN.issubset(names) or (output and Path(folder).absolute() == output and output != root.absolute()):
            folders.clear()
            continue
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        shown = [Path(folder, name) for name in sorted(names)[:MOST] if not name.startswith(".")]
        found += (file for file in shown if file.suffix.lower() in SUFFIXES and kind(file) == "file")
        unread += (str(file) for file in shown if file.suffix.lower() in OTHER_FORMS)
        seen += len(folders) + len(names)
        if seen > MOST:
            break
    return sorted(found), tuple(sorted(unread)), seen <= MOST


def _parts(path: Path, name: str) -> list[Part]:
    """The file itself, or the data files of an archive; none where the file has gone meanwhile."""
    try:
        state = path.stat()
    except OSError as error:
        if not path.is_symlink() and path.parent.is_dir():
            return []
        raise Unreadable(f"cannot read {name}: {error.strerror or error}") from None
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        known = f"hpc reads {', '.join(SUFFIXES)}"
        if not suffix:
            known = f"rename it, for example to {path.name}.jsonl; {known}"
            raise Unreadable(f"{name} has no ending that says what kind of file it is", known)
        raise Unreadable(f"hpc does not read `{suffix}` files: {name}", way_out(name) or known)
    if suffix != ".zip":
        return [Part(name, path, None, state.st_size, state.st_mtime_ns)]
    with _archive(path, name) as archive:
        return [
            Part(f"{name}/{member.filename}", path, member.filename, member.file_size, state.st_mtime_ns)
            for member in _members(name, archive)
        ]


@contextmanager
def _archive(path: Path, name: str) -> Iterator["zipfile.ZipFile"]:
    import zipfile

    damaged: tuple[type[Exception], ...] = (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError)
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except damaged + _codec_errors() as error:
        raise Unreadable(f"{name}: {error}", "download or pack the archive again") from None
    except OSError as error:
        raise Unreadable(f"cannot read {name}: {error.strerror or error}") from None


def _codec_errors() -> tuple[type[Exception], ...]:
    """What unpacking a damaged member raises; Python may have been built without LZMA."""
    import zlib

    try:
        import lzma
    except ImportError:
        return (zlib.error,)
    return zlib.error, lzma.LZMAError


def _members(name: str, archive: "zipfile.ZipFile") -> list["zipfile.ZipInfo"]:
    """The data files of an archive. Nothing is unpacked to disk; a name that climbs out is refused all the same."""
    members = [member for member in archive.infolist() if not member.is_dir()]
    for member in members:
        path = PurePosixPath(member.filename.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or (path.parts and ":" in path.parts[0]):
            raise Unreadable(f"{name}: the member {member.filename!r} points out of the archive")
    packed, unpacked = sum(m.compress_size for m in members), sum(m.file_size for m in members)
    if unpacked > HARMLESS and unpacked > LARGEST_RATIO * max(packed, 1):
        raise Unreadable(f"{name}: {packed:,} bytes unpack to {unpacked:,}, which looks like a zip bomb")
    known = [member for member in members if _is_data(PurePosixPath(member.filename))]
    if not known:
        kinds = ", ".join(suffix for suffix in SUFFIXES if suffix != ".zip")
        raise Unreadable(f"{name}: it has no files of a known kind ({kinds})")
    return sorted(known, key=lambda member: member.filename)


def _is_data(path: PurePosixPath) -> bool:
    hidden = any(part.startswith((".", "__MACOSX")) for part in path.parts)
    return path.suffix.lower() in SUFFIXES and path.suffix.lower() != ".zip" and not hidden


def _data_of(parts: list[Part], *, texts: bool) -> tuple[list[Part], list[str]]:
    """The parts that are data, and the names of the others."""
    if len(parts) == 1:
        return parts, []
    data = [part for part in parts if not NO_DATA.fullmatch(PurePath(part.member or part.path.name).name)]
    if not texts and any(part.suffix != ".txt" for part in data):
        data = [part for part in data if part.suffix != ".txt"]
    if len(data) > 1:
        data = [part for part in data if not _describes(part)] or data
    kept = set(data)
    return data, [part.name for part in parts if part not in kept]


def _describes(part: Part) -> bool:
    """Whether a JSON file is one object without any known column: a description beside the data."""
    if part.suffix != ".json" or part.size > SMALL:
        return False
    try:
        with opened(part) as stream:
            value = json.loads(stream.read().decode("utf-8-sig"))
        rows = rows_of_object(part.name, value)
    except (ValueError, RecursionError):
        return False
    return isinstance(value, dict) and rows == [value] and not KNOWN_COLUMNS.intersection(value)


def split_of(part: Part, root: str) -> str | None:
    """The split that a file's name or its folder's name says, or None."""
    inside = part.name.removeprefix(root).lower()
    return next((WORDS[word] for word in re.split(r"[^a-z]+", inside) if word in WORDS), None)


def _called(part: Part) -> str:
    """The name of a file without its number, as `train_sft` of `train_sft-00000-of-00003.parquet`."""
    return re.split(r"[-_.]*\d|\.", PurePath(part.member or part.path.name).name.lower())[0]


def _of_split(path: str, data: list[Part], left_out: list[str], split: Split) -> Listing:
    named = {part: split_of(part, path) for part in data}
    there = tuple(name for name in SPLITS if name in named.values())
    if not there:
        return Listing(tuple(data), tuple(left_out))
    plain = tuple(part for part in data if named[part] is None)
    if split == "train":
        chosen = "train" if "train" in there else None
        parts = tuple(part for part in data if named[part] == "train") or plain
    else:
        chosen = next((name for name in there if name != "train"), None)
        parts = tuple(part for part in data if chosen and named[part] == chosen)
    if not parts:
        raise Unreadable(
            f"{path} has no {'training' if split == 'train' else 'evaluation'} split; it has {' and '.join(there)}",
            "name the file itself to use it anyway",
        )
    others = tuple(part.name for part in data if part not in set(parts))
    names = tuple(dict.fromkeys(name for part in parts if (name := _called(part))))
    splits = (chosen,) if chosen else ()
    return Listing(parts, tuple(left_out), others, splits, names=names if chosen and len(names) > 1 else ())


@contextmanager
def opened(part: Part) -> Iterator[IO[bytes]]:
    """The bytes of a part; a member of an archive is unpacked as it is read.

    Raises:
        Unreadable: Where the file or the archive cannot be read.
    """
    if part.member is None:
        try:
            with part.path.open("rb") as stream:
                yield stream
        except OSError as error:
            raise Unreadable(f"cannot read {part.name}: {error.strerror or error}") from None
        return
    with _archive(part.path, str(part.path)) as archive:
        if part.suffix in COLUMN_READERS:  # They need to seek, which a compressed member cannot do well.
            yield io.BytesIO(archive.read(part.member))
        else:
            with archive.open(part.member) as stream:
                yield stream


def read(part: Part, limit: int | None = None) -> Iterator[DataRow]:
    """The rows of a part, one by one.

    Args:
        part: The file.
        limit: The most bytes to read of a file, about; then the rows end.

    Raises:
        Unreadable: Where it cannot be read as what its name says.
        NoLibraryError: Where reading it needs pyarrow, which is not installed.
    """
    with opened(part) as stream:
        if part.suffix in COLUMN_READERS:
            check_head(part.name, stream.read(64), text=False)
            stream.seek(0)
            yield from _within(COLUMN_READERS[part.suffix](part.name, stream, READ_COLUMNS), limit)
        else:
            buffered = io.BufferedReader(_Limited(stream, limit))
            check_head(part.name, buffered.peek(512)[:512], text=True)
            try:
                yield from TEXT_READERS[part.suffix](part.name, buffered)  # type: ignore[arg-type]
            except _BeyondError:
                return


def _within(found: Iterator[DataRow], limit: int | None) -> Iterator[DataRow]:
    """The rows up to a limit of characters."""
    for row in found:
        yield row
        if limit is not None:
            limit -= len(repr(row.value))
            if limit < 0:
                return


class _BeyondError(Exception):
    """The limit of bytes is reached."""


class _Limited(io.RawIOBase):
    """A stream that refuses to be read beyond a limit."""

    def __init__(self, stream: IO[bytes], limit: int | None) -> None:
        self.stream, self.left = stream, limit

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        if self.left is not None and self.left <= 0:
            if not self.stream.read(1):
                return 0
            raise _BeyondError
        size = len(buffer) if self.left is None else min(len(buffer), self.left)
        block = self.stream.read(size)
        buffer[: len(block)] = block
        if self.left is not None:
            self.left -= len(block)
        return len(block)


def rows(parts: tuple[Part, ...]) -> Iterator[DataRow]:
    """All rows of all parts, in order."""
    for part in parts:
        yield from read(part)
