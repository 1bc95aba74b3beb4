"""Tokenized rows on this machine's disk: made once, in parts, memory-mapped by every process and by the next run.

One folder a key, with Arrow files and what was seen while they were made. It is written beside its place and renamed,
under a lock, so that two runs make it once and an interrupted one goes on where it was.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final

from hpc_disk.cache_place import cache_folder
from hpc_disk.row_digest import ROWS_VERSION
from hpc_disk.streams import show_progress
from hpc_runner.atomic import remove
from hpc_runner.errors import rank, say
from hpc_runner.facts import Facts, facts_from, merge, to_json
from hpc_runner.row_parts import DIGEST, ORIGIN, PART, Make, made, numbered

if TYPE_CHECKING:
    from datasets import Dataset

DONE: Final = "facts.json"
"""Written last into a folder of rows."""


@dataclass(frozen=True)
class TokenizedRows:
    """The tokenized rows of a data set.

    Attributes:
        rows: As a trainer takes them, mapped from files.
        digests: For each of them a number that only equal rows share.
        origins: For each the number of the well-formed row that it was made from, counted from 0; ascending.
        facts: What was seen while they were made.
    """

    rows: Dataset
    digests: Any
    origins: Any
    facts: Facts


def key_of(*parts: Any) -> str:
    """The name of a cache: it changes with everything that changes the tokens."""
    return hashlib.sha256(json.dumps([ROWS_VERSION, *parts], default=str).encode()).hexdigest()[:32]


def cached(key: str, read: Callable[[], Iterable[Any]], make: Make, name: str) -> TokenizedRows:
    """The tokenized rows of this key, made now where they are not there.

    Args:
        key: From ``key_of``.
        read: Gives the rows that are to be tokenized, from the first one on.
        make: Tokenizes some of them.
        name: What they are called while they are made.
    """
    try:
        folder = cache_folder() / "rows" / key
        folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with _locked(folder.with_suffix(".lock")):
            found = _load(folder)
            if found is None:
                remove(folder)
                partial = folder.with_suffix(".partial")
                if partial.is_symlink():
                    partial.unlink()
                partial.mkdir(mode=0o700, exist_ok=True)
                _make_parts(partial, read, make, name)
                partial.rename(folder)
                found = _load(folder)
    except OSError as error:
        say(
            f"note: the cache of rows in {cache_folder()} cannot be used ({error.strerror or error}): they are made "
            "in temporary files"
        )
        found = None
    return found or _in_temporary_files(read, make, name)


def _in_temporary_files(read: Callable[[], Iterable[Any]], make: Make, name: str) -> TokenizedRows:
    with tempfile.TemporaryDirectory(prefix="hpc-rows-") as folder:
        _make_parts(Path(folder), read, make, name)
        found = _load(Path(folder))  # The files stay readable while they are mapped.
    assert found is not None
    return found


@contextmanager
def _locked(path: Path) -> Iterator[IO[str]]:
    """Hold a lock that ends with this process; wait for another without blocking signals."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "w") as file:
        told = False
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if not told:
                    say("waiting for another process that prepares these rows")
                    told = True
                time.sleep(0.2)
        yield file


def _load(folder: Path) -> TokenizedRows | None:
    """What a folder holds; None where it is not there, or damaged."""
    import numpy
    import pyarrow as pa  # type: ignore[import-untyped]
    from datasets import Dataset
    from datasets.table import MemoryMappedTable, concat_tables

    try:
        facts = facts_from(json.loads((folder / DONE).read_text(encoding="utf-8")))
        files = {int(path.stem.partition("-")[2]): path for path in sorted(folder.glob("part-*.arrow"))}
        parts = [MemoryMappedTable.from_file(str(path)) for path in files.values()]
        if not parts:
            nothing = numpy.zeros(0, int)
            return TokenizedRows(Dataset.from_list([]), nothing, nothing, facts)
        table = concat_tables(parts)
        before = [sum(facts.parts[:number]) for number in files]
        origins = table.column(ORIGIN).to_numpy() + numpy.repeat(before, [len(part) for part in parts])
        digests = table.column(DIGEST).to_numpy()
        # The name is unique; else datasets would hash each part, which takes longer than all of this.
        rows = Dataset(table.drop([DIGEST, ORIGIN]), fingerprint=folder.name.replace(".", "-"))
        return TokenizedRows(rows, digests, origins, facts)
    except (OSError, ValueError, TypeError, KeyError, AttributeError, pa.ArrowException):
        return None


def _make_parts(folder: Path, read: Callable[[], Iterable[Any]], make: Make, name: str) -> None:
    facts = Facts()
    for seen in made(numbered(folder, iter(read())), make):
        merge(facts, seen)
        _progress(name, facts.read)
    _progress(name, None)
    partial = folder / "facts.part"
    partial.write_text(json.dumps(to_json(facts)), encoding="utf-8")
    partial.rename(folder / DONE)


def _progress(name: str, done: int | None) -> None:
    """One line that is written over, for many rows only."""
    if rank() == 0 and (done is None or done > PART):
        show_progress("" if done is None else f"preparing {name}: {done:,} rows")
