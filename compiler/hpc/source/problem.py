"""What a reader finds wrong with a text, by offset."""

import re
from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

from hpc.diagnostics import Edit, Fix

_NEWLINE: Final = re.compile(r"[\r\n]")
MAX_DEPTH: Final = 64
"""Levels of brackets; a config needs one."""
MAX_PROBLEMS: Final = 50
"""A damaged file is not reported bracket by bracket."""


class Entry(NamedTuple):
    """One top-level key with its value, and the offsets of both."""

    key: str
    key_start: int
    key_end: int
    value: Any
    start: int
    end: int


Entries = Callable[[], Sequence[Entry]]


class Fault(NamedTuple):
    """A broken rule at the characters ``start:end``. ``key`` is the top-level key that it belongs to."""

    code: str
    message: str
    start: int
    end: int
    help: str = ""
    key: str | None = None
    related: tuple[tuple[str, int, int], ...] = ()
    fix: Fix | None = None


class FaultyText(Exception):  # noqa: N818 (it is a finding, and never leaves hpc.source)
    """The text is not a config; carries every problem found up to the point where reading had to stop."""

    def __init__(self, *problems: Fault) -> None:
        super().__init__()
        self.problems = problems


class Faults(list[Fault]):
    """Collects what can be reported together; stops the reader when that is enough."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text

    def add(self, problem: Fault) -> None:
        """Keep the problem; raise ``FaultyText`` when there are too many."""
        self.append(problem)
        if len(self) >= MAX_PROBLEMS:
            raise FaultyText(*self)

    def stop(self, problem: Fault) -> FaultyText:
        """The error to raise at a problem after which nothing can be understood.

        Where the same line already has another problem, this one only follows from it.
        """
        if self and not _NEWLINE.search(self._text, self[-1].end, problem.start):
            return FaultyText(*self)
        return FaultyText(*self, problem)

    def check(self) -> None:
        """Raise ``FaultyText`` when anything was found."""
        if self:
            raise FaultyText(*self)


def edit(description: str, start: int, end: int, replacement: str) -> Fix:
    """A fix of one edit."""
    return Fix(description, (Edit(start, end, replacement),))


def too_deep(start: int, key: str | None) -> Fault:
    """The bracket at ``start`` opens one level too many."""
    return Fault("HPC021", f"more than {MAX_DEPTH} levels of brackets", start, start + 1, key=key)


def unclosed(text: str, opening: int, bracket: str, key: str | None) -> Fault:
    """The text ends before the ``bracket`` that belongs to the one at ``opening``."""
    opened, end = text[opening], len(text.rstrip())
    related = ((f"`{opened}` is opened here", opening, opening + 1),)
    message = f"the text ends before `{opened}` is closed"
    return Fault("HPC010", message, end - 1, end, f"add `{bracket}`", key, related)


def duplicate(key: str, first: tuple[int, int], start: int, end: int, top: str | None) -> Fault:
    """The key at ``start:end`` was already written at ``first``."""
    message = f"`{shorten(key)}` is written twice"
    related = (("it is first written here", *first),)
    return Fault("HPC017", message, start, end, key=top or key, related=related)


def not_an_object(value: Any, start: int, end: int) -> Fault:
    """The whole document is ``value``, which has no keys."""
    kind = "a list" if isinstance(value, list) else "a single value"
    return Fault("HPC009", f"the config is {kind}, not an object of keys and values", start, end)


def empty(text: str) -> Fault:
    """There is nothing in the document, or nothing but comments."""
    message = "the file contains only comments" if text.strip() else "the file is empty"
    return Fault("HPC008", message, 0, 0)


def shorten(text: str) -> str:
    """The text for a message: never more than a line."""
    return text if len(text) <= 60 else text[:57] + "…"
