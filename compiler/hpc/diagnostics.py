"""One value for everything that hpc reports about a config: the diagnostic."""

from collections.abc import Iterable, Mapping
from typing import Final, Literal, NamedTuple

Severity = Literal["error", "warning", "note"]
LIMIT: Final = 100
"""How many diagnostics of a file are shown; the last of them stands for the rest."""


class Span(NamedTuple):
    """A half-open piece of a text: character offsets, and the same ends as 1-based lines and columns."""

    start: int
    end: int
    line: int
    column: int
    end_line: int
    end_column: int


class Edit(NamedTuple):
    """Replace the characters ``start:end`` of the document's text."""

    start: int
    end: int
    replacement: str


class Fix(NamedTuple):
    """A change that is safe to make: it says what the user meant and nothing else."""

    description: str
    edits: tuple[Edit, ...]


class Related(NamedTuple):
    """Another place that explains the diagnostic ("because of `training_type` here")."""

    message: str
    file: str
    span: Span


class Diagnostic(NamedTuple):
    """What is wrong, where, why, and what to write instead.

    ``file`` is empty where no file is at fault but what was asked of hpc (an unknown name, a wrong option).
    ``pointer`` is the JSON pointer of the value in question (``/learning_rate``), or the empty string for the
    whole document. ``span`` is None where there is no text to point at, for example an unreadable file. ``notes``
    explain it like related places, but have no place in a text (a default, an option of the command line).
    ``represents`` is the number of problems for which it stands: more than one where those
    beyond ``LIMIT`` are summed up.
    """

    code: str
    severity: Severity
    message: str
    file: str
    span: Span | None = None
    pointer: str = ""
    help: str = ""
    related: tuple[Related, ...] = ()
    fix: Fix | None = None
    notes: tuple[str, ...] = ()
    represents: int = 1

    @property
    def place(self) -> str:
        """``file:line:column``, which terminals and editors can jump to."""
        return self.file if self.span is None else f"{self.file}:{self.span.line}:{self.span.column}"


class HpcError(Exception):
    """A user's mistake that ends the command: carries diagnostics, never a traceback.

    ``texts`` are the sources by file name, as far as they are known, for excerpts.
    """

    def __init__(self, *diagnostics: Diagnostic, texts: Mapping[str, str] | None = None) -> None:
        super().__init__("; ".join(d.message for d in diagnostics))
        self.diagnostics = diagnostics
        self.texts = texts or {}


def in_file_order(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Sort by file, place and code; diagnostics without a place come first."""
    return sorted(diagnostics, key=lambda d: (d.file, d.span or Span(0, 0, 0, 0, 0, 0), d.code))


def summed(first: Diagnostic, count: int) -> Diagnostic:
    """One diagnostic for the first and all that follow it in its file."""
    message = f"{count:,} more problems in this file are not shown"
    return first._replace(
        message=message, help="fix those above first", related=(), fix=None, notes=(), represents=count
    )


def limited(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """What is shown of diagnostics in file order: at most ``LIMIT`` for each file."""
    by_file: dict[str, list[Diagnostic]] = {}
    for diagnostic in diagnostics:
        by_file.setdefault(diagnostic.file, []).append(diagnostic)
    return [shown for found in by_file.values() for shown in _limited(found)]


def _limited(found: list[Diagnostic]) -> list[Diagnostic]:
    if len(found) <= LIMIT:
        return found
    rest = sorted(found[LIMIT - 1 :], key=lambda d: d.severity != "error")
    return [*found[: LIMIT - 1], summed(rest[0], sum(d.represents for d in rest))]


def strict(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Warnings become errors (``--strict``)."""
    return [d._replace(severity="error") if d.severity == "warning" else d for d in diagnostics]
