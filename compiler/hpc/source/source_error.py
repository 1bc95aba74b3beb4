"""From what a reader found to what the user sees: file, line and column, and the rule's help."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from hpc.diagnostics import Diagnostic, HpcError, Related
from hpc.source.document import Place
from hpc.source.lines import Lines
from hpc.source.problem import Entry, Fault
from hpc.source.reading_rules import BY_CODE


class SourceError(HpcError):
    """A file that cannot be read. ``text`` is what was read of it, for excerpts; empty where nothing was."""

    def __init__(self, *diagnostics: Diagnostic, text: str = "") -> None:
        super().__init__(*diagnostics, texts={d.file: text for d in diagnostics} if text else {})
        self.text = text


class Places(Mapping[str, Place]):
    """Key → the places of it and of its value."""

    def __init__(self, text: str, entries: Iterable[Entry]) -> None:
        self._lines = Lines(text)
        self._entries = {entry.key: entry for entry in entries}

    def __getitem__(self, key: str) -> Place:
        return Place(self._lines, self._entries[key])

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, key: object) -> bool:
        return key in self._entries


def as_error(file: str, text: str, problems: Iterable[Fault]) -> SourceError:
    """The problems as diagnostics, with lines and columns."""
    lines = Lines(text)

    def diagnostic(p: Fault) -> Diagnostic:
        related = tuple(Related(message, file, lines.span(start, end)) for message, start, end in p.related)
        pointer = "" if p.key is None else "/" + p.key.replace("~", "~0").replace("/", "~1")
        help_text = p.help or BY_CODE[p.code].help
        return Diagnostic(
            p.code, "error", p.message, file, lines.span(p.start, p.end), pointer, help_text, related, p.fix
        )

    return SourceError(*map(diagnostic, problems), text=text)


def without_place(code: str, message: str, file: str, help_text: str = "") -> SourceError:
    """The error for a file whose text is not known."""
    return SourceError(Diagnostic(code, "error", message, file, help=help_text or BY_CODE[code].help))
