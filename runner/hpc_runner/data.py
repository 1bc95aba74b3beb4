"""From a path to checked examples: the format found, bad rows told, and refused unless the user says otherwise."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hpc_runner.errors import RunnerError, say
from hpc_runner.formats import COLUMNS, CONVERT, KINDS, BadRow, Example, detect
from hpc_runner.plan import Data
from hpc_runner.rows import READERS, Row, read_rows

if TYPE_CHECKING:
    from datasets import Dataset

HUB_ID = re.compile(r"[\w-][\w.-]*(/[\w-][\w.-]*)?")
SHOWN = 5
"""Bad rows that are told one by one; the rest are counted."""

LOOKED_AT = 20
"""First rows in which known columns are looked for, where the plan names no format."""

LEARNERS = {
    "conversation": "supervised fine-tuning learns from alpaca or sharegpt rows",
    "preference": "preference optimisation learns from sharegpt rows with `chosen` and `rejected`",
    "corpus": "pre-training learns from rows with `text`",
}


def load_examples(path: str, data: Data, *, split: str, skip_bad_rows: bool) -> Dataset:
    """Read, check and convert all rows of ``path``.

    Args:
        path: A file, a folder, or the id of a hub data set.
        data: The plan's section on data.
        split: ``train`` or ``eval``; it chooses the split of a hub data set.
        skip_bad_rows: Leave bad rows out instead of refusing.

    Returns:
        A data set of conversations (``messages``), of preferences (``prompt``, ``chosen``, ``rejected``) or of texts
        (``text``).

    Raises:
        RunnerError: HPC521 to HPC524.
    """
    from datasets import Dataset

    rows = read_rows(Path(path)) if Path(path).exists() else _hub_rows(path, split)
    first = list(islice(rows, LOOKED_AT))
    name = _format(path, first, data)
    examples, bad = _convert(name, chain(first, rows))
    if bad:
        _tell(path, bad, total=len(examples) + len(bad), skip=skip_bad_rows and bool(examples))
    if not examples:
        raise RunnerError("HPC520", f"{path} holds no row", "give a file with at least one row")
    return Dataset.from_list(examples)


def may_be_on_hub(path: str) -> bool:
    """Whether a name that is not on this disk can be a hub id: one slash at most, and no data file's ending."""
    return bool(HUB_ID.fullmatch(path)) and Path(path).suffix.lower() not in READERS


def _format(path: str, first: list[Row], data: Data) -> str:
    found = next((name for name in (detect(row.value) for row in first) if name), None)
    if data.format is None:
        name = found
    else:
        name = "preference" if data.format == "sharegpt" and data.kind == "preference" else data.format
    if name is None:
        known = "; ".join(f"{n}: {', '.join(sorted(c))}" for n, c in COLUMNS.items())
        raise RunnerError("HPC523", f"{path}: the columns of the first rows fit no known format", f"known: {known}")
    if name == "preference" and data.kind == "conversation":
        name = "sharegpt"
    if KINDS[name] != data.kind:
        raise RunnerError("HPC523", f"{path} holds {name} rows, but {LEARNERS[data.kind]}", "give other data")
    return name


def _convert(name: str, rows: Iterable[Row]) -> tuple[list[Example], list[tuple[Row, str]]]:
    examples, bad = [], []
    for row in rows:
        try:
            examples.append(CONVERT[name](_mapping(row.value)))
        except BadRow as reason:
            bad.append((row, str(reason)))
    return examples, bad


def _mapping(value: Any) -> dict[str, Any]:
    if isinstance(value, ValueError):
        raise BadRow(f"not JSON: {value}")
    if not isinstance(value, dict):
        raise BadRow("not an object")
    return value


def _tell(path: str, bad: list[tuple[Row, str]], *, total: int, skip: bool) -> None:
    shown = [f"  {row.file}: row {row.number}: {reason}" for row, reason in bad[:SHOWN]]
    if len(bad) > SHOWN:
        shown.append(f"  … and {len(bad) - SHOWN} more")
    listing = "\n".join(shown)
    if not skip:
        raise RunnerError(
            "HPC524",
            f"{len(bad)} of {total} rows of {path} are bad:\n{listing}",
            "repair them, or leave them out with --skip-bad-rows",
        )
    say(f"warning: {len(bad)} of {total} rows of {path} are left out:\n{listing}")


def _hub_rows(path: str, split: str) -> Iterator[Row]:
    if not may_be_on_hub(path):
        raise RunnerError("HPC520", f"there is no file or folder {path}", "paths are relative to the working folder")
    import datasets

    try:
        loaded = datasets.load_dataset(path)
    except Exception as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise RunnerError(
            "HPC520",
            f"{path} is no file or folder here, and no hub data set that can be reached: {reason}",
            "paths are relative to the working folder",
        ) from error
    wanted = ("train",) if split == "train" else ("validation", "eval", "test", "dev")
    chosen = next((name for name in wanted if name in loaded), None)
    if chosen is None:
        raise RunnerError(
            "HPC520",
            f"the hub data set {path} has no split {' or '.join(wanted)}; it has {', '.join(loaded)}",
            "name another data set, or give a file of rows",
        )
    return (Row(f"{path}[{chosen}]", number, row) for number, row in enumerate(loaded[chosen], 1))
