"""What is wrong with something on the disk, as a value: the compiler puts it at a line, the runner prints it."""

from typing import Any, Literal, NamedTuple

Severity = Literal["error", "warning", "note"]


class RowPlace(NamedTuple):
    """One malformed row: the file, the row's number in it counted from 1, and why it is malformed."""

    file: str
    row: int
    reason: str


class Problem(NamedTuple):
    """One finding about the disk.

    Attributes:
        code: ``HPC…``; the same code from every command.
        severity: An error refuses the run.
        subject: The field that it is about, such as ``train_data``.
        message: What is wrong.
        help: What to write or do instead; empty where the rule's own help says it.
        also: Other fields that the reason follows from, shown as causes, with their default where they are not set.
        given: The same, but shown only where somebody set them.
        read: Fields that were only read; where one of them is wrong itself, the problem is not reported.
        places: The first few malformed rows.
        instead: The list to write as the field's value, where there is only one that is right.
        count: How many rows it is about in all; 0 where it is not about rows.
    """

    code: str
    severity: Severity
    subject: str
    message: str
    help: str = ""
    also: tuple[str, ...] = ()
    given: tuple[str, ...] = ()
    read: tuple[str, ...] = ()
    places: tuple[RowPlace, ...] = ()
    count: int = 0  # type: ignore[assignment]  # not the method of a tuple
    instead: tuple[str, ...] = ()


def to_json(problem: Problem) -> dict[str, Any]:
    """The problem in plain values."""
    return {**problem._asdict(), "places": [place._asdict() for place in problem.places]}


def problem_from(entry: dict[str, Any]) -> Problem:
    """The problem that ``to_json`` turned into plain values, read back from JSON.

    Raises:
        TypeError: It is not one.
    """
    tuples = {key: tuple(entry.get(key, ())) for key in ("also", "given", "read", "instead")}
    return Problem(**{**entry, **tuples, "places": tuple(RowPlace(**place) for place in entry.get("places", ()))})
