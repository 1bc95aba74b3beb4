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
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final

from hpc_disk.data import LISTED
from hpc_disk.problems import Place
from hpc_disk.row_digest import ROWS_VERSION
from hpc_disk.streams import show_progress
from hpc_runner.atomic import remove
from hpc_runner.errors import rank, say
from hpc_runner.tokens import Count, Facts

if TYPE_CHECKING:
    from datasets import Dataset

PART: Final = 2000
"""Rows of a part: what an interruption can lose, and what a worker is given at a time."""
PARALLEL: Final = 3
"""Parts from which on several processes make them: fewer are done before the processes have started."""
DONE: Final = "facts.json"
"""Written last into a folder of rows."""

Made = tuple[list[dict[str, Any]], Facts]
Make = Callable[[list[Any]], Made]
"""From read rows to tokenized ones, and what was seen."""


def cache_folder() -> Path:
    """Where caches are: ``$HPC_CACHE``, or ``hpc`` in the user's cache."""
    if own := os.environ.get("HPC_CACHE"):
        return Path(own)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "hpc"


def key_of(*parts: Any) -> str:
    """The name of a cache: it changes with everything that changes the tokens."""
    return hashlib.sha256(json.dumps([ROWS_VERSION, *parts], default=str).encode()).hexdigest()[:32]


def cached(key: str, read: Callable[[], Iterable[Any]], make: Make, name: str) -> tuple[Dataset, Facts]:
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


def _in_temporary_files(read: Callable[[], Iterable[Any]], make: Make, name: str) -> tuple[Dataset, Facts]:
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


def _load(folder: Path) -> tuple[Dataset, Facts] | None:
    """The rows and facts of a folder; None where it is not there, or damaged."""
    import pyarrow as pa  # type: ignore[import-untyped]
    from datasets import Dataset, concatenate_datasets

    try:
        facts = facts_from(json.loads((folder / DONE).read_text(encoding="utf-8")))
        parts = [Dataset.from_file(str(path)) for path in sorted(folder.glob("part-*.arrow"))]
        rows = concatenate_datasets(parts) if parts else Dataset.from_list([])
    except (OSError, ValueError, TypeError, KeyError, pa.ArrowException):
        return None
    return rows, facts


def _make_parts(folder: Path, read: Callable[[], Iterable[Any]], make: Make, name: str) -> None:
    stream = iter(read())
    facts = Facts()
    done = 0
    for number, (made, seen) in enumerate(_made(folder, stream, make)):
        if made is not None:
            _write(folder / f"part-{number:06}", made, seen)
        merge(facts, seen)
        done += seen.read
        _progress(name, done)
    _progress(name, None)
    partial = folder / "facts.part"
    partial.write_text(json.dumps(asdict(facts)), encoding="utf-8")
    partial.rename(folder / DONE)


def _made(folder: Path, stream: Iterator[Any], make: Make) -> Iterator[tuple[list[dict[str, Any]] | None, Facts]]:
    """The parts in order; those that an earlier, interrupted run has made are taken from it."""
    number = 0
    while (path := folder / f"part-{number:06}.json").is_file():
        list(islice(stream, PART))
        yield None, facts_from(json.loads(path.read_text(encoding="utf-8")))
        number += 1
    first: list[list[Any]] = []
    while len(first) < PARALLEL and (part := list(islice(stream, PART))):
        first.append(part)
    workers = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
    if len(first) < PARALLEL or workers < 2:
        for part in (*first, *_parts(stream)):
            yield make(part)
        return
    yield from _in_parallel((*first,), stream, make, workers)


def _parts(stream: Iterator[Any]) -> Iterator[list[Any]]:
    while part := list(islice(stream, PART)):
        yield part


def _in_parallel(first: tuple[list[Any], ...], stream: Iterator[Any], make: Make, workers: int) -> Iterator[Made]:
    """Parts made by several processes, in order, a few ahead of the one that is taken."""
    from collections import deque
    from concurrent.futures import Future, ProcessPoolExecutor
    from itertools import chain
    from multiprocessing import get_context

    global _MAKE
    _MAKE = make
    ahead: deque[Future[Made]] = deque()
    with ProcessPoolExecutor(workers, mp_context=get_context("fork")) as pool:
        for part in chain(first, _parts(stream)):
            ahead.append(pool.submit(_make_here, part))
            if len(ahead) > workers:
                yield ahead.popleft().result()
        while ahead:
            yield ahead.popleft().result()


_MAKE: Make


def _make_here(part: list[Any]) -> Made:
    return _MAKE(part)


def _write(path: Path, rows: list[dict[str, Any]], facts: Facts) -> None:
    import pyarrow as pa

    if rows:
        kinds = {key: pa.list_(pa.int32()) for key in rows[0]}
        table = pa.table({key: pa.array([row[key] for row in rows], kind) for key, kind in kinds.items()})
        target = path.with_suffix(".arrow")
        partial = path.with_suffix(".writing")
        with pa.OSFile(str(partial), "wb") as file, pa.ipc.new_stream(file, table.schema) as writer:
            writer.write_table(table)
        partial.rename(target)
    written = path.with_suffix(".json.writing")
    written.write_text(json.dumps(asdict(facts)), encoding="utf-8")
    written.rename(path.with_suffix(".json"))


def _progress(name: str, done: int | None) -> None:
    """One line that is written over, for many rows only."""
    if rank() == 0 and (done is None or done > PART):
        show_progress("" if done is None else f"preparing {name}: {done:,} rows")


def merge(facts: Facts, later: Facts) -> None:
    """Add what was seen in later rows."""
    for name in ("read", "made", "malformed", "lost", "learned", "kept", "given_system"):
        setattr(facts, name, getattr(facts, name) + getattr(later, name))
    facts.bad += later.bad[: LISTED - len(facts.bad)]
    for length, rows in later.lengths.items():
        facts.lengths[length] = facts.lengths.get(length, 0) + rows
    for name in ("cut", "dropped", "several", "control", "beyond", "unended", "equal"):
        getattr(facts, name).merge(getattr(later, name))
    for role, count in later.missing.items():
        facts.missing.setdefault(role, Count()).merge(count)
    for column, number in later.ignored.items():
        facts.ignored[column] = facts.ignored.get(column, 0) + number


def facts_from(entry: dict[str, Any]) -> Facts:
    """Facts read back from JSON.

    Raises:
        TypeError: They are of another version.
    """
    counts = ("cut", "dropped", "several", "control", "beyond", "unended", "equal")
    read = {name: count_from(entry[name]) for name in counts}
    missing = {role: count_from(each) for role, each in entry["missing"].items()}
    lengths = {int(length): rows for length, rows in entry["lengths"].items()}
    return Facts(
        **{**entry, **read, "lengths": lengths, "missing": missing, "bad": [Place(**place) for place in entry["bad"]]}
    )


def count_from(entry: dict[str, Any]) -> Count:
    """A count read back from JSON."""
    return Count(entry["rows"], (entry["first"][0], entry["first"][1]), entry["about"])
