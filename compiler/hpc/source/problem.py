"""What a reader finds wrong with a text, by offset; and the error that a caller sees, by file and place."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from hpc.diagnostics import Diagnostic, Edit, Fix, HpcError, Related
from hpc.source.document import Place
from hpc.source.lines import NEWLINE, Lines
from hpc.source.rules import BY_CODE

MAX_DEPTH = 64
"""Levels of brackets; a config needs one."""
MAX_PROBLEMS = 50
"""A damaged file is not reported bracket by bracket."""


class Entry(NamedTuple):
    """One top-level key with its value, and the offsets of both."""

    key: str
    key_start: int
    key_end: int
    value: Any
    start: int
    end: int


@dataclass(frozen=True)
class Problem:
    """A broken rule at the characters ``start:end``. ``key`` is the top-level key that it belongs to."""

    code: str
    message: str
    start: int
    end: int
    help: str = ""
    key: str | None = None
    related: tuple[tuple[str, int, int], ...] = ()
    fix: Fix | None = None


class Unreadable(Exception):  # noqa: N818 (it is a finding, and never leaves hpc.source)
    """The text is no config; carries every problem found up to the point where reading had to stop."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__()
        self.problems = problems


class SourceError(HpcError):
    """A file that cannot be read. ``text`` is what was read of it, for excerpts; empty where nothing was."""

    def __init__(self, *diagnostics: Diagnostic, text: str = "") -> None:
        super().__init__(*diagnostics)
        self.text = text


class Problems(list[Problem]):
    """Collects what can be reported together; stops the reader when that is enough."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text

    def add(self, problem: Problem) -> None:
        """Keep the problem; raise ``Unreadable`` when there are too many."""
        self.append(problem)
        if len(self) >= MAX_PROBLEMS:
            raise Unreadable(*self)

    def stop(self, problem: Problem) -> Unreadable:
        """The error to raise at a problem after which nothing can be understood.

        Where the same line holds another problem already, this one only follows from it.
        """
        if self and not NEWLINE.search(self._text, self[-1].end, problem.start):
            return Unreadable(*self)
        return Unreadable(*self, problem)

    def check(self) -> None:
        """Raise ``Unreadable`` when anything was found."""
        if self:
            raise Unreadable(*self)


def edit(description: str, start: int, end: int, replacement: str) -> Fix:
    """A fix of one edit."""
    return Fix(description, (Edit(start, end, replacement),))


def too_deep(start: int, key: str | None) -> Problem:
    """The bracket at ``start`` opens one level too many."""
    return Problem("HPC021", f"more than {MAX_DEPTH} levels of brackets", start, start + 1, key=key)


def duplicate(key: str, first: tuple[int, int], start: int, end: int, top: str | None) -> Problem:
    """The key at ``start:end`` was already written at ``first``."""
    message = f"`{shorten(key)}` is written twice"
    related = (("it is written here first", *first),)
    return Problem("HPC017", message, start, end, key=top or key, related=related)


def not_an_object(value: Any, start: int, end: int) -> Problem:
    """The whole document is ``value``, which has no keys."""
    kind = "a list" if isinstance(value, list) else "a single value"
    return Problem("HPC009", f"the config is {kind}, not an object of keys and values", start, end)


def empty(text: str) -> Problem:
    """There is nothing in the document, or nothing but comments."""
    message = "the file holds nothing but comments" if text.strip() else "the file is empty"
    return Problem("HPC008", message, 0, 0)


def shorten(text: str) -> str:
    """The text for a message: never more than a line."""
    return text if len(text) <= 60 else text[:57] + "…"


def as_places(text: str, entries: Iterable[Entry]) -> dict[str, Place]:
    """Key → where it and its value stand."""
    lines = Lines(text)
    return {e.key: Place(lines.span(e.key_start, e.key_end), lines.span(e.start, e.end)) for e in entries}


def as_error(file: str, text: str, problems: Iterable[Problem]) -> SourceError:
    """The problems as diagnostics, with lines and columns."""
    lines = Lines(text)

    def diagnostic(p: Problem) -> Diagnostic:
        related = tuple(Related(message, file, lines.span(start, end)) for message, start, end in p.related)
        pointer = "" if p.key is None else "/" + p.key.replace("~", "~0").replace("/", "~1")
        help_text = p.help or BY_CODE[p.code].help
        return Diagnostic(
            p.code, "error", p.message, file, lines.span(p.start, p.end), pointer, help_text, related, p.fix
        )

    return SourceError(*map(diagnostic, problems), text=text)


def without_place(code: str, message: str, file: str, help_text: str = "") -> SourceError:
    """The error for a file of which no text is known."""
    return SourceError(Diagnostic(code, "error", message, file, help=help_text or BY_CODE[code].help))
