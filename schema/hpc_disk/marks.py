"""Columns that forbid to learn from a row: it holds more than text, or it is marked as a whole."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from hpc_disk.turns import Malformed

UNUSABLE: Final = frozenset(("images", "image", "videos", "video", "audios", "audio"))
"""Columns that carry meaning and that no format uses: a row in which one of them is filled is malformed."""
MARKS: Final = ("kto_tag", "loss", "train", "weight")
"""Columns that may mark a whole row as one that is not to be learned; another value than false says nothing."""
LABELED: Final = ("completion", "messages", "sharegpt")
"""Formats in which a row may have a label that says whether its answer is a good one, as KTO's rows have."""
TO_PAIR: Final = "rows that are to be avoided need pairs (`chosen`, `rejected`)"
TO_AVOID: Final = (False, "false", "0", "rejected", "undesirable")
"""Values of ``label`` beside a completion (as KTO's) that mark it as a bad one; 0 is False."""


def check_usable(row: Mapping[str, Any]) -> None:
    """A row with more than text would be learned without what its text is about.

    Raises:
        Malformed: With the column.
    """
    if UNUSABLE.isdisjoint(row):
        return
    filled = next((column for column in row if column in UNUSABLE and row[column]), None)
    if filled:
        raise Malformed(f"it has `{filled}`, but hpc trains on text only")


def check_marks(row: Mapping[str, Any]) -> None:
    """A row that is marked as a whole must not be learned all the same.

    Raises:
        Malformed: With the mark.
    """
    mark = next((column for column in MARKS if row.get(column) is False), None)
    if mark is None and row.get("weight") == 0:
        mark = "weight"
    if mark:
        why = TO_PAIR if mark == "kto_tag" else "the row is marked as not to be learned"
        raise Malformed(f"`{mark}` is {_written(row[mark])}: {why}")


def check_label(row: Mapping[str, Any]) -> None:
    """An answer that is marked as a bad one. A label that repeats the completion is that of a classification.

    Beside turns only ``false`` is such a mark: other labels are of classes.

    Raises:
        Malformed: With the label.
    """
    label = row.get("label")
    if "completion" not in row:
        bad = label is False
    else:
        bad = (label.strip().lower() if isinstance(label, str) else label) in TO_AVOID and str(label) != row[
            "completion"
        ]
    if bad:
        raise Malformed(f"`label` is {_written(label)}: {TO_PAIR}")


def marks(row: Mapping[str, Any], column: Any, *, label: bool) -> bool:
    """Whether a column marks the row with yes or no; ``label`` does so only beside a completion or turns."""
    return (column in MARKS or (label and column == "label")) and isinstance(row[column], bool)


def _written(value: Any) -> str:
    """A value as JSON writes it; a string as it is."""
    return value if isinstance(value, str) else json.dumps(value)
