"""What the rows of a job's data say: there, readable, in a format of this trainer, well formed, and how many."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, Final, Literal, NamedTuple

from hpc_disk.files import kind
from hpc_disk.foreign import Unreadable
from hpc_disk.format_choice import FORMAT, NAMED, choose_format
from hpc_disk.formats import KINDS, Format, ignored_columns
from hpc_disk.needs import Needs
from hpc_disk.overlap import shared
from hpc_disk.paths import local
from hpc_disk.problems import Problem, RowPlace
from hpc_disk.readers import DataRow, NoLibraryError
from hpc_disk.rows import Listing, Part, Split, listing, rows
from hpc_disk.sampling import Sample, sample
from hpc_disk.turns import Example, Malformed

SHOWN: Final = 5
"""Malformed rows that are named; the others are counted."""
LISTED: Final = 1000
"""Malformed rows that are kept by name."""
NARROW: Final = 0.15
"""Lines whose lengths differ by less than this share of their median were probably wrapped by hand."""


class DataSet(NamedTuple):
    """One data set of a job; ``weight`` is how often a row is seen in an epoch."""

    path: str
    weight: float = 1.0


def sources(value: Any) -> tuple[DataSet, ...]:
    """The data sets that ``train_data`` or ``eval_data`` names: a path, or a list of paths and weighted paths."""
    items = value if isinstance(value, list | tuple) else [value] if value else []
    return tuple(
        DataSet(str(item["path"]), float(item.get("weight", 1))) if isinstance(item, Mapping) else DataSet(str(item))
        for item in items
    )


def named(value: Any) -> str:
    """The data sets in words: their paths, with their weights."""
    return ", ".join(each.path + (f" × {each.weight:g}" if each.weight != 1 else "") for each in sources(value))


def data_sets(needs: Needs) -> Iterator[tuple[str, Split, DataSet]]:
    """Every data set of a job: the field that names it, its split, and itself."""
    yield from (("train_data", "train", source) for source in sources(needs.train_data))
    yield from (("eval_data", "eval", source) for source in sources(needs.eval_data))


def at_hand(needs: Needs) -> Iterator[tuple[str, DataSet, Listing]]:
    """The data sets whose files are on this disk and can be listed."""
    for field, split, source in data_sets(needs):
        if kind(source.path) in ("file", "folder"):
            try:
                yield field, source, listed(needs, source, split)
            except Unreadable:
                continue


def listed(needs: Needs, source: DataSet, split: Split) -> Listing:
    """The data files of a data set.

    Raises:
        Unreadable: Where there is nothing to read.
    """
    return listing(source.path, split, output=needs.output_dir, texts=KINDS[needs.trainer] == "corpus")


def weighed(count: int, weight: float, seed: int) -> list[int]:
    """The rows of an epoch, by index: 2 is every row twice, 0.5 the same half of them in every epoch."""
    whole = int(weight)
    part = round(count * (weight - whole))
    return list(range(count)) * whole + chosen(count, part, seed)


def chosen(count: int, number: int, seed: int) -> list[int]:
    """So many of the rows, by index and in order, drawn by the seed; all where there are not more."""
    import random

    return sorted(random.Random(seed).sample(range(count), min(number, count)))  # noqa: S311 - not for secrets


def seen(count: int, weight: float) -> int:
    """How many rows an epoch sees of a data set."""
    return count * int(weight) + round(count * (weight - int(weight)))


def example_of(row: DataRow, format_: Format) -> Example:
    """What is learned from a row.

    Raises:
        Malformed: With the reason why nothing can be.
    """
    if isinstance(row.value, ValueError):
        raise Malformed(str(row.value))
    if not isinstance(row.value, Mapping):
        raise Malformed("it is not an object")
    return format_.read(row.value)


def malformed(
    name: str, bad: list[RowPlace], *, total: int, count: int, skip: bool, field: str, sampled: bool
) -> Problem:
    """HPC524. ``bad`` are the first few of ``count`` malformed rows among ``total``.

    Where none is left, skipping them does not help, and nothing can be trained.
    """
    none_left = count == total and not sampled
    which = f"the first {total}" if sampled else f"{total}"
    message = f"{count} of {which} rows of {name} {'is' if count == 1 else 'are'} malformed"
    severity: Literal["error", "warning"] = "warning" if (skip or sampled) and not none_left else "error"
    of_template = bad and all("chat template" in place.reason for place in bad)
    them = "it" if count == 1 else "them"
    repair = f"change {them}, or use another `chat_template`" if of_template else f"repair {them}"
    help_ = repair if none_left else f"{repair}, or skip {them} with --skip-bad-rows"
    return Problem("HPC524", severity, field, message, help_, read=FORMAT, places=tuple(bad[:SHOWN]), count=count)


def missing(needs: Needs) -> Iterator[Problem]:
    """HPC520: data that is not there. What may be the name of something on a hub is not refused."""
    for field, _, source in data_sets(needs):
        if not kind(source.path) and (certainty := local(source.path)) and not _list_as_text(source.path):
            message = f"there is no file or folder {source.path}"
            yield Problem("HPC520", "error" if certainty == "surely" else "warning", field, message)


def several_in_one_text(needs: Needs) -> Iterator[Problem]:
    """HPC567: paths separated by commas in one text."""
    for field, _, source in data_sets(needs):
        paths = _list_as_text(source.path)
        if paths:
            message = f"`{field}` names {len(paths)} data set{'s' * (len(paths) != 1)} in one string"
            help_ = f'write a list: "{field}": {json.dumps(paths)}'
            yield Problem("HPC567", "error", field, message, help_, instead=tuple(paths))


def _list_as_text(text: str) -> list[str]:
    """The paths in a text, between commas or semicolons, or in a list that was written as text."""
    paths = [path.strip(" []\"'") for path in re.split("[,;]", text)]
    several = len(paths) > 1 or text.strip().startswith("[")
    return [path for path in paths if path] if several and not kind(text) else []


def readable(needs: Needs) -> Iterator[Problem]:
    """HPC521 and HPC522: files that cannot be read, and empty ones."""
    for field, split, source in data_sets(needs):
        if not kind(source.path):
            continue
        try:
            found = listed(needs, source, split)
            rows_ = sample(found.parts, whole=found.whole)
        except Unreadable as fault:
            yield Problem("HPC521", "error", field, str(fault), fault.help)
            continue
        if rows_.count == 0:
            yield Problem("HPC522", "error", field, f"{source.path} is empty", "provide a file with at least one row")


def right_rows(needs: Needs) -> Iterator[Problem]:
    """HPC523 and HPC560 where no format or two fit, HPC524 for malformed rows."""
    for field, source, found, first in _samples(needs):
        format_ = choose_format(needs, source.path, first.first, field)
        if isinstance(format_, Problem):
            yield format_
            continue
        yield from _judged(needs, field, source, found, first, format_)


def _samples(needs: Needs) -> Iterator[tuple[str, DataSet, Listing, Sample]]:
    for field, source, found in at_hand(needs):
        try:
            first = sample(found.parts, whole=found.whole)
        except Unreadable:
            continue
        if first.first:
            yield field, source, found, first


def _chosen(needs: Needs, found: Listing, first: Sample) -> Iterable[DataRow]:
    """The rows to judge: all of them, or as many first ones as were asked for."""
    if needs.sample is None:
        return rows(found.parts)
    if needs.sample <= len(first.first) or first.count == len(first.first):
        return first.first[: needs.sample]
    return islice(rows(found.parts), needs.sample)


def _judged(
    needs: Needs, field: str, source: DataSet, found: Listing, first: Sample, format_: Format
) -> Iterator[Problem]:
    sampled = needs.sample is not None and (first.count is None or first.count > needs.sample)
    total, bad = 0, list[RowPlace]()
    try:
        for row in _chosen(needs, found, first):
            total += 1
            try:
                example_of(row, format_)
            except Malformed as reason:
                bad.append(RowPlace(row.file, row.number, str(reason)))
    except NoLibraryError:
        return
    except Unreadable as fault:
        yield Problem("HPC521", "error", field, str(fault), fault.help)
        return
    if bad:
        skip = needs.skip_bad_rows or needs.sample is not None
        yield malformed(source.path, bad, total=total, count=len(bad), skip=skip, field=field, sampled=sampled)


def unused_columns(needs: Needs) -> Iterator[Problem]:
    """HPC564: columns of the first rows that this format does not use."""
    for field, source, _, first in _samples(needs):
        format_ = choose_format(needs, source.path, first.first, field)
        ignored: dict[str, int] = {}
        if isinstance(format_, Format):
            for row in first.first:
                count_ignored(ignored, row, format_)
        if ignored:
            known = len(first.first)
            yield ignored_note(source.path, ignored, field, first=None if first.count == known else known)


def count_ignored(ignored: dict[str, int], row: DataRow, format_: Format) -> None:
    """Count the columns of a row that its format does not use."""
    columns = ignored_columns(row.value, format_) if isinstance(row.value, Mapping) else ()
    for column in (*columns, *row.unread):
        ignored[column] = ignored.get(column, 0) + 1


def ignored_note(name: str, ignored: Mapping[str, int], field: str, first: int | None = None) -> Problem:
    """HPC564: columns that are not used, each named once with the number of its rows; of the ``first`` ones only."""
    of = f" of the first {first}" if first else ""
    columns = [
        f"{f'`{column}`' if column else 'one without a name'} ({number}{of} row{'s' * ((first or number) != 1)})"
        for column, number in ignored.items()
    ]
    shown = ", ".join(columns[:NAMED]) + (f" and {len(columns) - NAMED} more" if len(columns) > NAMED else "")
    what = "a column that is" if len(columns) == 1 else "columns that are"
    message = f"{name} has {what} not used: {shown}"
    return Problem("HPC564", "note", field, message, read=FORMAT, count=max(ignored.values()))


def files_left_out(needs: Needs) -> Iterator[Problem]:
    """HPC562: files of a folder that are not data, or belong to another split."""
    for field, source, found in at_hand(needs):
        told = []
        if found.left_out:
            told.append(f"{_names(found.left_out)} {_is(found.left_out)} not data")
        if found.other_splits:
            told.append(f"{_names(found.other_splits)} {_is(found.other_splits)} of another split")
        if found.unread:
            told.append(f"{_names(found.unread)} {_is(found.unread)} of a kind that hpc does not read")
        if told:
            message = f"{source.path}: {', and '.join(told)}; not used for `{field}`"
            yield Problem("HPC562", "note", field, message, count=0)


def parts_of_a_split(needs: Needs) -> Iterator[Problem]:
    """HPC561: a split whose files have several names; all of them are taken."""
    for field, source, found in at_hand(needs):
        if found.names:
            names = " and ".join(f"`{name}`" for name in found.names[:NAMED])
            message = f"{source.path}: the {found.splits[0]} split has files called {names}; all are used for `{field}`"
            yield Problem("HPC561", "note", field, message, "name one of the files to use it alone", count=0)


def _names(files: tuple[str, ...]) -> str:
    more = f" and {len(files) - NAMED} more" if len(files) > NAMED else ""
    return ", ".join(files[:NAMED]) + more


def _is(items: tuple[str, ...]) -> str:
    return "is" if len(items) == 1 else "are"


def shared_files(needs: Needs) -> Iterator[Problem]:
    """HPC563: a file, or a copy of one, that is both trained on and evaluated on."""
    used: dict[str, list[Part]] = {"train_data": [], "eval_data": []}
    for field, _, found in at_hand(needs):
        used[field] += found.parts
    both = shared(used["train_data"], used["eval_data"])
    if both:
        names = _names(both)
        message = f"`train_data` and `eval_data` share {names}: evaluation measures rows that were trained on"
        yield Problem("HPC563", "warning", "eval_data", message, "evaluate on other rows", also=("train_data",))


def _texts(needs: Needs) -> Iterator[tuple[str, DataSet, Sample]]:
    for field, source, found in at_hand(needs):
        texts = tuple(part for part in found.parts if part.suffix == ".txt")
        if texts and KINDS[needs.trainer] == "corpus":
            try:
                yield field, source, sample(texts)
            except Unreadable:
                continue


def documents(needs: Needs) -> Iterator[Problem]:
    """HPC565: how many documents a text file makes."""
    for field, source, first in _texts(needs):
        if first.count:
            number = f"{first.count} document{'s' * (first.count != 1)}"
            message = f"{source.path} makes {number}: each line that is not blank is one"
            yield Problem("HPC565", "note", field, message, count=first.count)


def wrapped_by_hand(needs: Needs) -> Iterator[Problem]:
    """HPC566: text whose lines were wrapped at one width."""
    for field, source, first in _texts(needs):
        if _hard_wrapped([str(row.value["text"]) for row in first.first]):
            message = f"the lines of {source.path} have nearly equal lengths: they were probably wrapped by hand"
            yield Problem("HPC566", "warning", field, message)


def _hard_wrapped(lines: list[str]) -> bool:
    """Whether most lines end near one width, and in the middle of a sentence."""
    lengths = sorted(len(line.rstrip()) for line in lines)
    if len(lines) < 5:
        return False
    width = lengths[int(len(lengths) * 0.9)]
    near = sum(1 for length in lengths if length >= width * (1 - NARROW))
    ended = sum(1 for line in lines if line.rstrip().endswith((".", "!", "?", '"', "”")))
    return near >= 0.5 * len(lines) and ended < 0.5 * len(lines) and width > 20


AT_HAND: Final = (several_in_one_text, readable, right_rows, shared_files, wrapped_by_hand)
"""Checks of the rows that are there."""
TO_RUN: Final = (missing, files_left_out, parts_of_a_split, unused_columns, documents)
"""What a run must find, and what it is told about the rows."""
CHECKS: Final = (*AT_HAND, *TO_RUN)
"""All of them."""
