"""The rows of a job without a tokenizer: their format, their number, and what is wrong with them."""

from __future__ import annotations

from dataclasses import asdict
from itertools import islice
from typing import Any

from hpc.checks.disk.needs import needs_of
from hpc.resolve import Config
from hpc_disk import data
from hpc_disk.foreign import Unreadable
from hpc_disk.formats import Format
from hpc_disk.problems import Place, Problem
from hpc_disk.readers import NoLibraryError
from hpc_disk.rows import rows
from hpc_disk.turns import Malformed

CHECKS = (*data.AT_HAND, *data.TO_RUN)


def without_tokens(config: Config, *, evaluation: bool, sample: int | None, skip: bool) -> dict[str, Any]:
    """What ``hpc data --format json`` prints where there is no model."""
    needs = needs_of(config, sample=sample, skip_bad_rows=skip)
    wanted = "eval_data" if evaluation else "train_data"
    problems = [problem for run in CHECKS for problem in run(needs) if problem.subject == wanted]
    names: list[str] = []
    bad: list[Place] = []
    read = 0
    for field, source, found in data.at_hand(needs):
        if field != wanted:
            continue
        try:
            first = list(islice(rows(found.parts), data.LOOKED_AT))
            format_ = data.choose_format(needs, source.path, first, field) if first else None
            if not isinstance(format_, Format):
                continue
            names.append(format_.name)
            for row in islice(rows(found.parts), sample):
                read += 1
                try:
                    data.example_of(row, format_)
                except Malformed as reason:
                    bad.append(Place(row.file, row.number, str(reason)))
        except (Unreadable, NoLibraryError):
            continue
    return {
        "format": ", ".join(dict.fromkeys(names)) or None,
        "rows": read,
        "malformed": [asdict(place) for place in bad],
        "problems": [plain(problem) for problem in problems],
        "lengths": None,
        "cut": None,
    }


def plain(problem: Problem) -> dict[str, Any]:
    """A problem in the words of the JSON answer."""
    place = problem.places[0] if problem.places else None
    return {
        **{key: getattr(problem, key) for key in ("code", "severity", "message", "help")},
        "file": place.file if place else None,
        "row": place.row if place else None,
        "count": problem.count,
    }
