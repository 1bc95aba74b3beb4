"""What `hpc data` and the page show of a job's rows before they are tokens, as plain values of JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from math import isfinite
from typing import Any, Final

from hpc_disk import data
from hpc_disk.foreign import Unreadable
from hpc_disk.needs import Needs
from hpc_disk.problems import Problem
from hpc_disk.readers import DataRow, NoLibraryError
from hpc_disk.rows import rows

OF_FILES: Final = tuple(check for check in data.CHECKS if check not in (data.right_rows, data.unused_columns))
"""The checks that the making of tokens does not repeat for every row."""
SHOWN: Final = 5
"""First rows that are shown."""
LONG: Final = 300
"""Characters of a text in a row that is shown."""
NO_DATA: Final = {
    "train_data": ("this job has no training data", "set `train_data`"),
    "eval_data": ("this job has no evaluation data of its own", "set `eval_data` and `eval_strategy`"),
}
"""What a job lacks whose rows are asked for, and what to write (HPC735)."""


def plain(problem: Problem) -> dict[str, Any]:
    """A problem in the words of the JSON answer."""
    place = problem.places[0] if problem.places else None
    return {
        **{key: getattr(problem, key) for key in ("code", "severity", "message", "help")},
        "file": place.file if place else None,
        "row": place.row if place else None,
        "count": problem.count,
    }


def of_files(needs: Needs, field: str) -> list[Problem]:
    """What is wrong with the files that a field names, and what is worth knowing of them."""
    return [problem for check in OF_FILES for problem in check(needs) if field in (problem.subject, *problem.also)]


def first_rows(needs: Needs, field: str) -> list[dict[str, Any]]:
    """The first rows of a field's files, each with ``file``, ``row`` and ``value``; long texts are shortened."""
    return [
        {"file": row.file, "row": row.number, "value": _shortened(row.value)}
        for row in islice(_rows(needs, field), SHOWN)
    ]


def _rows(needs: Needs, field: str) -> Iterator[DataRow]:
    for of_field, _, found in data.at_hand(needs):
        if of_field == field:
            try:
                yield from rows(found.parts)
            except (Unreadable, NoLibraryError):
                return


def _shortened(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _shortened(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_shortened(each) for each in value]
    if isinstance(value, bool | int | None) or (isinstance(value, float) and isfinite(value)):
        return value
    text = str(value)
    return text if len(text) <= LONG else f"{text[:LONG]}…"
