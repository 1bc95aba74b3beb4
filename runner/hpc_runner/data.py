"""From a data set's path to checked examples: its format is found, and malformed rows are refused or left out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import Any

from hpc_disk.data import (
    LOOKED_AT,
    SHOWN,
    Source,
    choose_format,
    count_ignored,
    example_of,
    ignored_note,
    listed,
)
from hpc_disk.data import malformed as malformed_rows
from hpc_disk.files import kind
from hpc_disk.foreign import Unreadable
from hpc_disk.formats import Format
from hpc_disk.needs import Needs
from hpc_disk.paths import local
from hpc_disk.problems import Place, Problem
from hpc_disk.readers import Row
from hpc_disk.rows import Split, rows
from hpc_disk.turns import Example, Malformed
from hpc_runner.errors import RunnerError, say
from hpc_runner.needs import refuse

HERE = "paths are relative to the current folder"


def load_examples(needs: Needs, source: Source, split: Split) -> list[Example]:
    """Read, check and convert all rows of a data set.

    Args:
        needs: The job; ``skip_bad_rows`` leaves malformed rows out.
        source: A file, a folder, or the id of a hub data set.
        split: The split to take, where there are several.

    Raises:
        RunnerError: HPC520 to HPC524, HPC560.
    """
    field = "train_data" if split == "train" else "eval_data"
    try:
        found = rows_of(needs, source, split)
        first = list(islice(found, LOOKED_AT))
        if not first:
            raise RunnerError("HPC522", f"{source.path} is empty", "provide a file with at least one row")
        format_ = choose_format(needs, source.path, first, field)
        if isinstance(format_, Problem):
            refuse([format_])
            raise AssertionError(format_)
        return _convert(needs, source, field, format_, chain(first, found))
    except Unreadable as fault:
        raise RunnerError("HPC521", str(fault), fault.help) from fault


def rows_of(needs: Needs, source: Source, split: Split) -> Iterator[Row]:
    """The rows of a data set, on this disk or on the hub."""
    if kind(source.path):
        return rows(listed(needs, source, split).parts)
    if local(source.path) == "surely":
        raise RunnerError("HPC520", f"there is no file or folder {source.path}", HERE)
    return _hub_rows(source.path, split)


def _convert(needs: Needs, source: Source, field: str, format_: Format, found: Iterable[Row]) -> list[Example]:
    examples: list[Example] = []
    bad: list[Place] = []
    ignored: dict[str, int] = {}
    for row in found:
        count_ignored(ignored, row, format_)
        try:
            examples.append(example_of(row, format_))
        except Malformed as reason:
            bad.append(Place(row.file, row.number, str(reason)))
    if bad:
        total, skip = len(examples) + len(bad), needs.skip_bad_rows and bool(examples)
        tell(malformed_rows(source.path, bad, total=total, count=len(bad), skip=skip, field=field, sampled=False))
    if ignored:
        tell(ignored_note(source.path, ignored, field))
    return examples


def tell(problem: Problem) -> None:
    """Say a warning or a note; refuse an error."""
    refuse([problem])
    places = "".join(f"\n  {place.file}: row {place.row}: {place.reason}" for place in problem.places[:SHOWN])
    more = f"\n  … and {problem.count - SHOWN} more" if problem.places and problem.count > SHOWN else ""
    say(f"{problem.severity}: {problem.message}{places}{more}")


def _hub_rows(path: str, split: Split) -> Iterator[Row]:
    import datasets

    try:
        loaded: Any = datasets.load_dataset(path)
    except Exception as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        message = f"{path} is not a file or folder here, nor a hub data set that can be reached: {reason}"
        raise RunnerError("HPC520", message, HERE) from error
    wanted = ("train",) if split == "train" else ("validation", "eval", "dev", "test")
    chosen = next((name for name in wanted if name in loaded), None)
    if chosen is None:
        message = f"the hub data set {path} has no split {' or '.join(wanted)}; it has {', '.join(loaded)}"
        raise RunnerError("HPC521", message, "name another data set, or give a file of rows")
    return (Row(f"{path}[{chosen}]", number, row) for number, row in enumerate(loaded[chosen], 1))
