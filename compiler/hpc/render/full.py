"""The format for a terminal: the source with the error underlined, the causes, and what to write instead."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from hpc.diagnostics import Diagnostic, Severity
from hpc.render.excerpt import ExcerptLine, Sheet, excerpt, gutter, with_gaps
from hpc.render.screen import Color, Screen, printable

COLORS: Final[dict[Severity, Color]] = {"error": "red", "warning": "yellow", "note": "cyan"}


def render(diagnostics: Sequence[Diagnostic], texts: Mapping[str, str], screen: Screen) -> str:
    """One block per diagnostic, separated by empty lines."""
    sheets = {file: Sheet(text) for file, text in texts.items() if text}
    return "\n".join("".join(f"{line}\n" for line in _block(d, sheets.get(d.file), screen)) for d in diagnostics)


def _block(diagnostic: Diagnostic, sheet: Sheet | None, screen: Screen) -> Iterator[str]:
    yield from _head(diagnostic, screen)
    source: list[ExcerptLine] = []
    if sheet and diagnostic.span:
        spans = [r.span for r in diagnostic.related if r.file == diagnostic.file]
        source = excerpt(sheet, diagnostic.span, spans, screen.width - len(str(sheet.lines.count - 1)) - 4)
    indent = " " * (gutter(source) if source else 1)
    if diagnostic.place:
        yield f"{indent}{screen.paint('-->', 'blue')} {printable(diagnostic.place)}"
    yield from _source(source, indent, COLORS[diagnostic.severity], screen)
    for label, words in _notes(diagnostic):
        yield from _note(label, words, indent, screen)


def _head(diagnostic: Diagnostic, screen: Screen) -> Iterator[str]:
    head = f"{diagnostic.severity}[{diagnostic.code}]"
    first, *rest = _wrap(f"{head}: {printable(diagnostic.message)}", screen.width)
    yield screen.paint(head, COLORS[diagnostic.severity]) + screen.paint(first[len(head) :], "bold")
    yield from (screen.paint(line, "bold") for line in rest)


def _source(lines: Sequence[ExcerptLine], indent: str, color: Color, screen: Screen) -> Iterator[str]:
    bar = screen.paint("|", "blue")
    if lines:
        yield f"{indent} {bar}"
    for line in with_gaps(lines) if lines else ():
        if line is None:
            yield screen.paint("...", "blue")
            continue
        number = screen.paint(str(line.number).rjust(len(indent)), "blue")
        yield f"{number} {bar} {line.text}".rstrip()
        if line.underline:
            yield f"{indent} {bar} {screen.paint(line.underline, color if '^' in line.underline else 'blue')}"


def _notes(diagnostic: Diagnostic) -> Iterator[tuple[str, str]]:
    yield from (("", note) for note in diagnostic.notes)
    for related in diagnostic.related:
        yield "", f"{related.message} at {related.file}:{related.span.line}:{related.span.column}"
    if diagnostic.help:
        yield "help: ", diagnostic.help
    if diagnostic.fix:
        yield "fix: ", f"hpc validate --fix can {diagnostic.fix.description}"
    yield "more: ", f"hpc explain {diagnostic.code}"


def _note(label: str, words: str, indent: str, screen: Screen) -> Iterator[str]:
    first, *rest = _wrap(printable(words), screen.width - len(indent) - 3 - len(label))
    yield f"{indent} {screen.paint('=', 'blue')} {screen.paint(label, 'bold') if label else ''}{first}"
    yield from (f"{indent}   {' ' * len(label)}{line}" for line in rest)


def _wrap(text: str, width: int) -> list[str]:
    """Lines of at most ``width``; paths and commands are never broken, so that they can be copied."""
    if len(text) <= width:
        return [text]
    import textwrap

    return textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False)
