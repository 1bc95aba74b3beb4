"""Columns under other names than a format's: which renaming would make rows of that format of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from hpc_disk.formats import Format
from hpc_disk.readers import tidy
from hpc_disk.turns import parsed

MEANINGS: Final = (
    ("instruction", "question", "prompt", "query", "input", "inputs", "request", "problem", "task", "user", "human"),
    ("output", "outputs", "response", "answer", "completion", "reply", "target", "solution", "assistant", "result"),
    ("conversations", "messages", "conversation", "message", "dialog", "dialogue", "dialogs", "chat", "turns"),
    ("chosen", "accepted", "preferred", "better", "positive", "winner"),
    ("rejected", "refused", "dispreferred", "worse", "negative", "loser"),
    ("text", "content", "contents", "document", "body", "article", "passage"),
)
"""What people call columns, by what they mean; each may also be a word of a longer name (``response_chosen``)."""
LISTED: Final = {"conversations": "from", "messages": "role"}
"""The columns that hold turns, and who speaks in them."""
SPEAKS: Final = {"from", "role"}
SAYS: Final = {"value", "content"}
"""The keys of a turn: who speaks, and what is said."""
ALIKE: Final = 0.8
"""From this share of equal letters on, a name is taken for a misspelled one."""
Renaming = tuple[tuple[str, str], ...]


def renaming(row: Mapping[str, Any], formats: Iterable[Format]) -> tuple[Format, Renaming] | None:
    """The format that the fewest changes of names make of a row, and the changes; None where none would do."""
    found = [(cost, each, names) for each in formats for cost, names in (_renaming(row, each),) if names]
    return min(found, key=lambda each: each[0])[1:] if found else None


def tidied(row: Mapping[str, Any], format_: Format) -> Renaming:
    """Columns that this format uses, under names in upper case or with blanks; those that are there are not meant."""
    named = ((str(column), tidy(column)) for column in row)
    return tuple((old, new) for old, new in named if old != new and new in format_.used and new not in row)


def in_words(names: Renaming) -> str:
    """What to rename."""
    changes = ", ".join(f"`{old}` to `{new}`" for old, new in names)
    only_tidied = all(tidy(old) == new for old, new in names)
    return f"rename {changes}" + (": columns are written in lower case without blanks" if only_tidied else "")


def _renaming(row: Mapping[str, Any], format_: Format) -> tuple[int, Renaming]:
    total, names = 0, list[tuple[str, str]]()
    for wanted in (column for column in format_.columns if column not in row):
        free = (str(column) for column in row if column not in format_.columns)
        taken = {old for old, _ in names}
        costs = [(cost, old) for old in free if old not in taken and (cost := _unlike(old, wanted, row.get(old)))]
        if not costs:
            return 0, ()
        cost, old = min(costs, key=lambda each: each[0])
        total += cost
        names.append((old, wanted))
    return total, tuple(names)


def _unlike(column: str, wanted: str, value: Any) -> int:
    """How far a name is from the wanted one: 1 to 4; 0 where it is another column."""
    if wanted in LISTED:
        turns = parsed(value)
        first = turns[0] if isinstance(turns, list) and turns else None
        if not isinstance(first, Mapping) or len(turns) < 2 or not (SPEAKS & first.keys() and SAYS & first.keys()):
            return 0
        return 3 if LISTED[wanted] in first else 4
    if isinstance(value, bool | int | float):
        return 0
    from difflib import SequenceMatcher

    name = tidy(column)
    if name == wanted:
        return 1
    if SequenceMatcher(None, name, wanted).ratio() >= ALIKE:
        return 2
    meaning = next((names for names in MEANINGS if wanted in names), ())
    return 3 if any(word in meaning for word in (name, *name.replace("-", "_").replace(" ", "_").split("_"))) else 0
