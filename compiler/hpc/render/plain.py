"""Sentences without drawings, signs or colors: for a screen reader, or to be read aloud."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from hpc.diagnostics import Diagnostic, Span
from hpc.render.screen import Screen, printable


def render(diagnostics: Sequence[Diagnostic], texts: Mapping[str, str], screen: Screen) -> str:  # noqa: ARG001
    """One paragraph of one line per diagnostic."""
    return "".join(f"{' '.join(_sentences(d))}\n" for d in diagnostics)


def _sentences(diagnostic: Diagnostic) -> Iterator[str]:
    place = f", {_spoken(diagnostic.file, diagnostic.span)}" if diagnostic.file else ""
    yield f"{diagnostic.severity.capitalize()} {diagnostic.code}{place}: {_words(diagnostic.message)}"
    yield from map(_words, diagnostic.notes)
    for related in diagnostic.related:
        message = f"{related.message[0].upper()}{related.message[1:]}"
        yield _words(f"{message}, {_spoken(related.file, related.span)}")
    if diagnostic.help:
        yield f"Help: {_words(diagnostic.help)}"
    if diagnostic.fix:
        yield f"With the option fix, hpc validate can {_words(diagnostic.fix.description)}"


def _spoken(file: str, span: Span | None) -> str:
    return printable(file) if span is None else f"{printable(file)} line {span.line} column {span.column}"


def _words(text: str) -> str:
    """The end of a sentence."""
    words = printable(text).replace("`", "")
    return words if words.endswith((".", "?")) else f"{words}."
