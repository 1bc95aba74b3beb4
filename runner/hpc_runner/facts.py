"""What was seen while tokens were made: counts that add up over parts, and that JSON can keep."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Final

from hpc_disk.data import LISTED
from hpc_disk.problems import RowPlace
from hpc_disk.readers import DataRow
from hpc_disk.turns import Malformed
from hpc_runner.lengths import Lengths


@dataclass
class Count:
    """How many rows something is true of, and the first of them."""

    rows: int = 0
    first: tuple[str, int] = ("", 0)
    about: str = ""

    def add(self, row: DataRow, about: str = "") -> None:
        """One more."""
        if not self.rows:
            self.first, self.about = (row.file, row.number), about
        self.rows += 1

    def merge(self, other: Count) -> None:
        """Rows that come later."""
        if not self.rows:
            self.first, self.about = other.first, other.about
        self.rows += other.rows


@dataclass
class Facts:
    """What was seen while tokens were made.

    Attributes:
        read: Rows that were read.
        bad: The first malformed rows; ``malformed`` is how many there are.
        made: Rows that were made, and ``lengths`` how many of them have so many tokens before they are cut; a pair has
            those of its longer answer with the prompt.
        start: The fewest tokens before the first learned one of a row; None before there is a row.
        cut: Rows longer than the limit that lose a part of an answer.
        lost: Tokens of answers that were cut off.
        dropped: Rows of which no token is learned within the limit.
        learned: Learned tokens within the limit; ``kept`` counts all tokens within it.
        several: Conversations that became several rows.
        missing: By role, rows from which the template left text out.
        control: Rows whose text has a special token of the tokenizer.
        beyond: Rows with a token that the model has no embedding for.
        unended: Rows whose answer the template does not end, so that the end of sequence was appended.
        endless: Rows that have no end at all, because the tokenizer has no end of sequence either.
        equal: Pairs whose answers are equal after the cut.
        ends: By special token, the learned answers that it ends, except where it is cut off.
        day: The day that the chat template writes into the rows; empty where it writes none.
        given_system: Conversations that were given the job's system prompt.
        ignored: By column that the format does not use, the rows that have it.
        parts: Well-formed rows of each part.
    """

    read: int = 0
    malformed: int = 0
    bad: list[RowPlace] = field(default_factory=list)
    made: int = 0
    lengths: Lengths = field(default_factory=dict)
    start: int | None = None
    cut: Count = field(default_factory=Count)
    lost: int = 0
    dropped: Count = field(default_factory=Count)
    learned: int = 0
    kept: int = 0
    several: Count = field(default_factory=Count)
    missing: dict[str, Count] = field(default_factory=dict)
    control: Count = field(default_factory=Count)
    beyond: Count = field(default_factory=Count)
    unended: Count = field(default_factory=Count)
    endless: Count = field(default_factory=Count)
    equal: Count = field(default_factory=Count)
    ends: dict[int, int] = field(default_factory=dict)
    day: str = ""
    given_system: int = 0
    ignored: dict[str, int] = field(default_factory=dict)
    parts: list[int] = field(default_factory=list)

    def refuse(self, row: DataRow, reason: Malformed) -> None:
        """Note a malformed row."""
        self.malformed += 1
        if len(self.bad) < LISTED:
            self.bad.append(RowPlace(row.file, row.number, str(reason)))

    def count(self, length: int, kept: int, learned: int, start: int = 0) -> None:
        """Note the tokens of a made row."""
        self.start = start if self.start is None else min(self.start, start)
        self.made += 1
        self.lengths[length] = self.lengths.get(length, 0) + 1
        self.kept += kept
        self.learned += learned


NUMBERS: Final = ("read", "made", "malformed", "lost", "learned", "kept", "given_system")
COUNTS: Final = ("cut", "dropped", "several", "control", "beyond", "unended", "endless", "equal")


def merge(facts: Facts, later: Facts) -> None:
    """Add what was seen in later rows."""
    for name in NUMBERS:
        setattr(facts, name, getattr(facts, name) + getattr(later, name))
    starts = [each.start for each in (facts, later) if each.start is not None]
    facts.start = min(starts, default=None)
    facts.parts += later.parts
    facts.day = facts.day or later.day
    facts.bad += later.bad[: LISTED - len(facts.bad)]
    for length, rows in later.lengths.items():
        facts.lengths[length] = facts.lengths.get(length, 0) + rows
    for token, answers in later.ends.items():
        facts.ends[token] = facts.ends.get(token, 0) + answers
    for name in COUNTS:
        getattr(facts, name).merge(getattr(later, name))
    for role, count in later.missing.items():
        facts.missing.setdefault(role, Count()).merge(count)
    for column, number in later.ignored.items():
        facts.ignored[column] = facts.ignored.get(column, 0) + number


def to_json(facts: Facts) -> dict[str, Any]:
    """Facts in plain values."""
    return {**asdict(facts), "bad": [place._asdict() for place in facts.bad]}


def facts_from(entry: dict[str, Any]) -> Facts:
    """Facts read back from JSON.

    Raises:
        TypeError: They are of another version; also AttributeError, KeyError or ValueError.
    """
    read = {name: _count_from(entry[name]) for name in COUNTS}
    missing = {role: _count_from(each) for role, each in entry["missing"].items()}
    lengths = {int(length): rows for length, rows in entry["lengths"].items()}
    ends = {int(token): answers for token, answers in entry["ends"].items()}
    bad = [RowPlace(**place) for place in entry["bad"]]
    return Facts(**{**entry, **read, "missing": missing, "lengths": lengths, "ends": ends, "bad": bad})


def _count_from(entry: dict[str, Any]) -> Count:
    return Count(entry["rows"], (entry["first"][0], entry["first"][1]), entry["about"])
