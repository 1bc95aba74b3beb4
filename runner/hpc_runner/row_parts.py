"""Tokenized rows are made in parts, by as many processes as there are cores; a part is written whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import signal
from collections.abc import Callable, Iterator
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from hpc_runner.facts import Facts, facts_from, to_json
from hpc_runner.signals import end_with_parent

if TYPE_CHECKING:
    from concurrent.futures import Future

PART: Final = 2000
"""Rows of a part: what an interruption can lose, and what a worker is given at a time."""
PARALLEL: Final = 3
"""Parts from which on several processes make them: fewer are done before the processes have started."""
DIGEST: Final = "digest"
"""The column with a number that only equal rows share."""
ORIGIN: Final = "origin"
"""The column with the number of the well-formed row of this part that a row was made from, counted from 0."""
Make = Callable[[list[Any]], tuple[list[dict[str, Any]], list[int], Facts]]
"""From read rows to tokenized ones, the well-formed row that each was made from, and what was seen."""
Job = tuple[Path, list[Any]]
"""Where a part belongs, without a suffix, and its rows."""


def numbered(folder: Path, stream: Iterator[Any]) -> Iterator[Job]:
    """The rows in parts, each with its place in the folder."""
    number = 0
    while part := list(islice(stream, PART)):
        yield folder / f"part-{number:06}", part
        number += 1


def made(jobs: Iterator[Job], make: Make) -> Iterator[Facts]:
    """Make the parts and give their facts, in order; those that an interrupted run has made are not made again."""
    first = list(islice(jobs, PARALLEL))
    workers = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
    if len(first) < PARALLEL or workers < 2:
        for path, part in chain(first, jobs):
            yield _known(path) or _make_part(make, path, part)
        return
    yield from _in_parallel(chain(first, jobs), make, workers)


def _known(path: Path) -> Facts | None:
    """The facts of a part that is there."""
    try:
        return facts_from(json.loads(path.with_suffix(".json").read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None


def _in_parallel(jobs: Iterator[Job], make: Make, workers: int) -> Iterator[Facts]:
    """Parts made by several processes, in order, a few ahead of the one that is taken."""
    from collections import deque
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    global _MAKE
    _MAKE = make
    ahead: deque[Facts | Future[Facts]] = deque()
    with ProcessPoolExecutor(workers, get_context("fork"), _alone) as pool:
        for path, part in jobs:
            ahead.append(_known(path) or pool.submit(_make_here, path, part))
            if len(ahead) > workers + 1:
                yield _result(ahead.popleft())
        while ahead:
            yield _result(ahead.popleft())


def _result(made: Facts | Future[Facts]) -> Facts:
    return made if isinstance(made, Facts) else made.result()


def _alone() -> None:
    """Each process has a core, and the tokenizer must not want all of them. Signals are for the process that asked."""
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    end_with_parent(os.getppid())


_MAKE: Make


def _make_here(path: Path, part: list[Any]) -> Facts:
    return _make_part(_MAKE, path, part)


def _make_part(make: Make, path: Path, part: list[Any]) -> Facts:
    rows, origins, facts = make(part)
    facts.parts = [facts.read - facts.malformed]
    if rows:
        _write(path, rows, origins)
    written = path.with_suffix(".json.writing")
    written.write_text(json.dumps(to_json(facts)), encoding="utf-8")
    written.rename(path.with_suffix(".json"))
    return facts


def _write(path: Path, rows: list[dict[str, Any]], origins: list[int]) -> None:
    import pyarrow as pa  # type: ignore[import-untyped]

    columns = {key: pa.array([row[key] for row in rows], pa.list_(pa.int32())) for key in rows[0]}
    numbers = {DIGEST: digests(list(columns.values())), ORIGIN: origins}
    table = pa.table({**columns, **{key: pa.array(each, pa.int64()) for key, each in numbers.items()}})
    partial = path.with_suffix(".writing")
    with pa.OSFile(str(partial), "wb") as file, pa.ipc.new_stream(file, table.schema) as writer:
        writer.write_table(table)
    partial.rename(path.with_suffix(".arrow"))


def digests(columns: list[Any]) -> list[int]:
    """A number for each row, which only equal rows share; ``columns`` are Arrow lists of integers."""
    parts = [(column.values.to_numpy(), column.offsets.to_pylist()) for column in columns]
    found = []
    for row in range(len(columns[0])):
        digest = hashlib.blake2b(digest_size=8)
        for values, offsets in parts:
            piece = values[offsets[row] : offsets[row + 1]]
            digest.update(len(piece).to_bytes(4))
            digest.update(piece)
        found.append(int.from_bytes(digest.digest(), signed=True))
    return found
