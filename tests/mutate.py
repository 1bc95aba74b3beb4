"""``make mutate``: break every lowering row once, for each field that it reads, and see the field's effect test fail.

A broken row no longer sees the field: it computes its value as if the field had its default. The effect tests of that
field must notice. Scheduler files and what no CPU can show (fp16 under DeepSpeed) are watched by the tests that give
the files to their real readers. Prints a table; exits 1 when a row survives.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from rich.table import Table

import hpc.compile
from hpc.lowering import Lowered, Row, lower
from hpc.resolve import Config
from hpc.targets.registry import TARGETS
from hpc_schema.field import Field

ROOT = Path(__file__).resolve().parent.parent
EFFECTS = ROOT / "tests/end_to_end/effects"
SURVIVED = "SURVIVED"
ANSWERS = ["effect", "reader", SURVIVED]
FIRST = 10
"""The exit code of the first answer: a child that breaks exits with 1."""
READERS = ["tests/differential/test_consumers.py", "tests/clusters/test_files.py"]


@dataclass(frozen=True)
class Mutation:
    """A row that no longer sees one of its fields."""

    artifact: str
    row: Row
    field: Field[Any]


def mutations() -> Iterator[Mutation]:
    """Each row of each table once, for each field that it reads."""
    rows: dict[tuple[str, int], Mutation] = {}
    for target in TARGETS:
        for table in target.tables.values():
            for row in table:
                for index, field in enumerate(row.fields if row.key else ()):
                    rows.setdefault((f"{target.artifact} {id(row)}", index), Mutation(target.artifact, row, field))
    yield from rows.values()


def break_row(mutation: Mutation) -> None:
    """Put the field's default in the place of its value, wherever this row is lowered."""
    whole, index = mutation.row.function, mutation.row.fields.index(mutation.field)

    def blind(*values: Any) -> Any:
        return whole(*values[:index], mutation.field.default, *values[index + 1 :])

    broken = mutation.row._replace(function=blind)

    def lower_without(table: Iterable[Row], config: Config) -> Lowered:
        return lower([broken if row is mutation.row else row for row in table], config)

    hpc.compile.lower = lower_without  # type: ignore[attr-defined]


def tests_of(field: str) -> list[str]:
    """The effect tests of a field, by node id."""
    return [
        f"{path}::{name}"
        for path in sorted(EFFECTS.glob("test_*.py"))
        for name in re.findall(rf"^def (test_{field}(?:__\w+)?)\(", path.read_text(), re.MULTILINE)
    ]


def killer_of(mutation: Mutation) -> str:
    """Which tests notice: the field's own effect tests, or the real readers of the files."""
    break_row(mutation)
    for killer, tests in (("effect", tests_of(mutation.field.name)), ("reader", READERS)):
        if pytest.main(["-x", "-q", "-p", "no:cacheprovider", *tests]) == pytest.ExitCode.TESTS_FAILED:
            return killer
    return SURVIVED


def start(mutation: Mutation, log: Path) -> int:
    """Try the mutation in a child of its own; its exit code says the answer by its place in ANSWERS, from FIRST."""
    child = os.fork()
    if child == 0:
        with log.open("w") as stream:
            os.dup2(stream.fileno(), 1)
            os.dup2(stream.fileno(), 2)
            os._exit(FIRST + ANSWERS.index(killer_of(mutation)))
    return child


def try_all(chosen: Sequence[Mutation], folder: Path) -> Iterator[tuple[Mutation, str]]:
    """Every mutation with what killed it, as many at once as there are processors."""
    running: dict[int, Mutation] = {}
    for index, mutation in enumerate(chosen):
        if len(running) >= (os.cpu_count() or 1):
            yield _finished(running)
        running[start(mutation, folder / f"{index}.log")] = mutation
    while running:
        yield _finished(running)


def _finished(running: dict[int, Mutation]) -> tuple[Mutation, str]:
    child, status = os.wait()
    answer = os.waitstatus_to_exitcode(status) - FIRST
    if answer not in range(len(ANSWERS)):
        raise RuntimeError(f"{_name(running[child])} could not be tried: see its log")
    return running.pop(child), ANSWERS[answer]


def main() -> int:
    """Run every mutation, or those whose artifact, key or field contains one of the arguments."""
    sys.path.insert(0, str(ROOT))
    import tests.conftest  # noqa: F401  (one thread, before anything imports torch)

    os.chdir(ROOT)
    import trl  # noqa: F401  (imported once, inherited by every child)

    from tests.end_to_end.effects.conftest import prepare

    folder = Path(tempfile.mkdtemp(prefix="hpc-mutate-"))
    prepare(folder / "prepared")
    os.environ["HPC_EFFECTS_PREPARED"] = str(folder / "prepared")
    chosen = [m for m in mutations() if not sys.argv[1:] or any(w in _name(m) for w in sys.argv[1:])]
    console, table = Console(), Table("row", "field", "killed by")
    answers = []
    for mutation, answer in try_all(chosen, folder):
        answers.append(answer)
        table.add_row(f"{mutation.artifact}: {mutation.row.key}", mutation.field.name, answer)
        console.print(f"{len(answers)}/{len(chosen)} {_name(mutation)}: {answer}")
    survivors = answers.count(SURVIVED)
    console.print(table)
    console.print(f"{len(chosen) - survivors} killed, {survivors} survived; logs in {folder}")
    return 1 if survivors else 0


def _name(mutation: Mutation) -> str:
    return f"{mutation.artifact}:{mutation.row.key} ({mutation.field.name})"


if __name__ == "__main__":
    raise SystemExit(main())
