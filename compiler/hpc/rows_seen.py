"""The rows of a job without a tokenizer: their format, their number, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from hpc.checks.disk.needs import needs_of
from hpc.resolve import Config
from hpc.rules import refused
from hpc_disk import data
from hpc_disk.files import kind
from hpc_disk.foreign import Unreadable
from hpc_disk.format_choice import LOOKED_AT, choose_format
from hpc_disk.formats import Format
from hpc_disk.needs import Needs
from hpc_disk.paths import local
from hpc_disk.problems import Problem, RowPlace
from hpc_disk.readers import NoLibraryError
from hpc_disk.rows import Listing, rows
from hpc_disk.seen import NO_DATA, first_rows, of_files, plain
from hpc_disk.turns import Malformed


@dataclass
class Read:
    """What was seen of one data set."""

    format: Format | None = None
    rows: int = 0
    malformed: int = 0
    bad: list[RowPlace] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def without_tokens(config: Config, *, evaluation: bool, sample: int | None, skip: bool) -> dict[str, Any]:
    """What ``hpc data --format json`` prints where there is no model.

    Raises:
        HpcError: HPC735 where the job names no such data.
    """
    needs = needs_of(config, sample=sample, skip_bad_rows=skip)
    wanted = "eval_data" if evaluation else "train_data"
    if not data.sources(getattr(needs, wanted)):
        raise refused("HPC735", *NO_DATA[wanted])
    read = [_read(needs, wanted, source, found) for of, source, found in data.at_hand(needs) if of == wanted]
    problems = [
        *of_files(needs, wanted),
        *_on_the_hub(needs, wanted),
        *(problem for each in read for problem in each.problems),
    ]
    return {
        "format": ", ".join(dict.fromkeys(each.format.name for each in read if each.format)) or None,
        "rows": sum(each.rows for each in read),
        "malformed": [place._asdict() for each in read for place in each.bad],
        "problems": [plain(problem) for problem in problems],
        "lengths": None,
        "cut": None,
        "first": first_rows(needs, wanted),
    }


def _on_the_hub(needs: Needs, wanted: str) -> Iterator[Problem]:
    for field_, _, source in data.data_sets(needs):
        if field_ == wanted and kind(source.path) is None and local(source.path) is None:
            message = f"{source.path} was not checked: without a model, hpc reads rows on this disk only"
            yield Problem("HPC528", "note", wanted, message, "name a model: --set model=MODEL")


def _read(needs: Needs, wanted: str, source: data.DataSet, found: Listing) -> Read:
    """Every row of a data set, or as many as were asked for; what cannot be read at all, the checks of files say."""
    seen = Read()
    try:
        first = list(islice(rows(found.parts), LOOKED_AT))
        chosen = choose_format(needs, source.path, first, wanted) if first else None
        if isinstance(chosen, Problem):
            seen.problems.append(chosen)
        elif chosen:
            seen.problems += _judge(seen, needs, wanted, source, found, chosen)
    except Unreadable as fault:
        if seen.format:  # The first rows could be read, a later one cannot.
            seen.problems.append(Problem("HPC521", "error", wanted, str(fault), fault.help))
    except NoLibraryError:
        pass
    return seen


def _judge(
    seen: Read, needs: Needs, wanted: str, source: data.DataSet, found: Listing, format_: Format
) -> Iterator[Problem]:
    seen.format = format_
    ignored: dict[str, int] = {}
    for row in islice(rows(found.parts), needs.sample):
        seen.rows += 1
        data.count_ignored(ignored, row, format_)
        try:
            data.example_of(row, format_)
        except Malformed as reason:
            seen.malformed += 1
            if len(seen.bad) < data.LISTED:
                seen.bad.append(RowPlace(row.file, row.number, str(reason)))
    if seen.malformed:
        yield data.malformed(
            source.path,
            seen.bad,
            total=seen.rows,
            count=seen.malformed,
            skip=needs.skip_bad_rows,
            field=wanted,
            sampled=False,
        )
    if ignored:
        yield data.ignored_note(source.path, ignored, wanted)
