"""Which format some rows have, and the way to one where they have none."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from hpc_disk.formats import FORMATS, KINDS, Format, fitting, formats_of
from hpc_disk.near_columns import in_words, renaming, tidied
from hpc_disk.needs import Needs
from hpc_disk.problems import Problem
from hpc_disk.readers import DataRow
from hpc_disk.turns import Malformed, described

FORMAT: Final = ("trainer", "data_format")
"""What decides which columns are right."""
LOOKED_AT: Final = 20
"""First rows in which a format is looked for."""
NAMED: Final = 8
"""Columns and files that a message names."""
LEARNS: Final = {
    "sft": "supervised fine-tuning learns from conversations",
    "pt": "pre-training learns from text",
    "dpo": "preference optimization learns from pairs of answers",
}


def choose_format(needs: Needs, name: str, first: tuple[DataRow, ...] | list[DataRow], field: str) -> Format | Problem:
    """The format of some rows, by the trainer and ``data_format``, or what is wrong with them."""
    allowed = formats_of(needs.trainer, needs.data_format) or formats_of(needs.trainer)
    for row in first[:LOOKED_AT]:
        found = fitting(row.value, allowed)
        if len(found) == 1 or (found and len({each.name for each in found}) == 1):
            return _miswritten(name, first, field, found[0]) or found[0]
        if found:
            names = " and ".join(each.name for each in found)
            listed_ = " and ".join(_columns(each) for each in found)
            message = f"the columns of {name} fit {len(found)} formats, {names} ({listed_})"
            first_read = next((each for each in found if _reads(each, row.value)), found[0])
            help_ = f'choose one: "data_format": "{first_read.name}"'
            return Problem("HPC560", "error", field, message, help_, given=FORMAT, read=FORMAT)
    return _no_format(needs, name, first, field, allowed)


def _reads(format_: Format, value: Mapping[str, Any]) -> bool:
    try:
        format_.read(value)
    except Malformed:
        return False
    return True


def _miswritten(name: str, first: tuple[DataRow, ...] | list[DataRow], field: str, format_: Format) -> Problem | None:
    """HPC523 for columns that the format would use under their names in lower case, and that are filled."""
    rows_ = [row.value for row in first[:LOOKED_AT] if isinstance(row.value, Mapping)]
    names = dict(change for row in rows_ for change in tidied(row, format_) if row[change[0]] not in (None, "", []))
    if not names:
        return None
    message = f"{name} has {_listing(names)}, but {format_.name} rows call {'it' if len(names) == 1 else 'them'} "
    message += _listing(names.values())
    return Problem("HPC523", "error", field, message, in_words(tuple(names.items())), given=FORMAT, read=FORMAT)


def _no_format(
    needs: Needs, name: str, first: tuple[DataRow, ...] | list[DataRow], field: str, allowed: tuple[Format, ...]
) -> Problem:
    row = next((row for row in first if isinstance(row.value, Mapping)), first[0])
    wanted = " or ".join(_columns(each) for each in allowed)
    message = f"{name} has {_found(row.value)}, but {needs.trainer} needs {wanted}"
    return Problem("HPC523", "error", field, message, _advice(needs, row, allowed), given=FORMAT, read=FORMAT)


def _found(value: Any) -> str:
    if isinstance(value, ValueError):
        return f"no row that can be read ({value})"
    if not isinstance(value, Mapping):
        return f"rows without columns (the first is {described(value)})"
    return _listing(value) if value else "no columns"


def _listing(columns: Iterable[Any]) -> str:
    """Columns as they are named in messages; pandas writes its index under an empty name."""
    names = [f"`{column}`" if column != "" else "one without a name" for column in columns]
    return ", ".join(names[:NAMED]) + (f" and {len(names) - NAMED} more" if len(names) > NAMED else "")


def _columns(format_: Format) -> str:
    return " + ".join(f"`{column}`" for column in format_.columns)


def _advice(needs: Needs, row: DataRow, allowed: tuple[Format, ...]) -> str:
    """The nearest way to rows that can be learned: another trainer, other names, or the columns that are missing."""
    value = row.value
    if not isinstance(value, Mapping) or not value:
        return _model_row(row, allowed[0])
    others = [each for each in fitting(value, FORMATS) if each not in allowed]
    for other in others:
        if other.kind == KINDS[needs.trainer]:
            return f'these are {other.name} rows: "data_format": "{other.name}" or "auto"'
    if others and (needs.trainer != "dpo" or "label" not in value):
        trainer = next(name for name, learned in KINDS.items() if learned == others[0].kind)
        return f'{LEARNS[needs.trainer]}; these are rows for "trainer": "{trainer}" ({others[0].name})'
    near = renaming(value, allowed)
    nearest = near[0] if near else max(allowed, key=lambda each: sum(column in value for column in each.used))
    lacks = " and ".join(f"`{column}`" for column in nearest.columns if column not in value)
    shown = json.dumps(value, ensure_ascii=False, default=str)
    shown = shown if len(shown) <= 160 else shown[:157] + "…"
    then = in_words(near[1]) if near else _model_row(row, nearest)
    return f"the first row, {shown}, has no {lacks} ({nearest.name}); {then}"


def _model_row(row: DataRow, format_: Format) -> str:
    """How to write rows of this format, in a file like that of this row."""
    if row.file.endswith(".csv"):
        return f"name the columns in the first line: {','.join(format_.columns)}"
    return f"write rows like {json.dumps(dict(format_.example))}"
