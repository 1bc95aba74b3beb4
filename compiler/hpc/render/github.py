"""Workflow commands: GitHub shows them beside the lines of a pull request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from hpc.diagnostics import Diagnostic, Severity
from hpc.render.screen import Screen

LEVELS: Final[dict[Severity, str]] = {"error": "error", "warning": "warning", "note": "notice"}


def render(diagnostics: Sequence[Diagnostic], texts: Mapping[str, str], screen: Screen) -> str:  # noqa: ARG001
    """``::error file=…,line=…,col=…,title=…::message``, one line each."""
    return "".join(f"{_command(d)}\n" for d in diagnostics)


def _command(diagnostic: Diagnostic) -> str:
    properties = {"file": diagnostic.file} if diagnostic.file else {}
    if span := diagnostic.span:
        properties |= {"line": str(span.line), "endLine": str(span.end_line)}
        if span.line == span.end_line:
            # GitHub rejects columns for more than one line.
            properties |= {"col": str(span.column), "endColumn": str(span.end_column)}
    properties["title"] = f"hpc {diagnostic.code}"
    listed = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    related = [f"{r.message} at {r.file}:{r.span.line}:{r.span.column}" for r in diagnostic.related]
    lines = [
        diagnostic.message,
        *diagnostic.notes,
        *related,
        *([f"help: {diagnostic.help}"] if diagnostic.help else []),
    ]
    return f"::{LEVELS[diagnostic.severity]} {listed}::{_data(chr(10).join(lines))}"


def _data(text: str) -> str:
    """As ``escapeData`` of GitHub's actions/toolkit does it."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    """As ``escapeProperty`` of GitHub's actions/toolkit does it."""
    return _data(text).replace(":", "%3A").replace(",", "%2C")
