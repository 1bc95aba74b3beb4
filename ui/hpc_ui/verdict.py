"""What the compiler says about a text, as one JSON object for the page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hpc.check import check
from hpc.compile import Compilation, lower_all
from hpc.diagnostics import Diagnostic, HpcError
from hpc.here import compiles
from hpc.resolve import Config, resolve
from hpc.source import parse
from hpc.source.document import Document, Format
from hpc_schema import fields as f
from hpc_ui import lines
from hpc_ui.positions import Positions
from hpc_ui.reading import editable
from hpc_ui.summary import summary
from hpc_ui.words import help_of


def verdict(text: str, format_: Format, file: str) -> dict[str, Any]:
    """Read, check and compile a text.

    ``fields`` is None when the text cannot be read, ``artifacts`` when it has errors. Offsets are UTF-16 units.
    """
    positions = Positions(text)
    try:
        document = editable(text, format_, file)
    except HpcError as error:
        diagnostics = [_diagnostic(d, positions) for d in error.diagnostics]
        return {"diagnostics": diagnostics, "fields": None, "artifacts": None, "summary": []}
    found = _found(document)
    config = resolve(document, ignored=frozenset(d.pointer[1:] for d in found if d.code.startswith("HPC1")))
    return {
        "diagnostics": [_diagnostic(d, positions) for d in found],
        "fields": _fields(document, config),
        "artifacts": _artifacts(config, found),
        "summary": summary(config),
    }


def _found(document: Document) -> Sequence[Diagnostic]:
    """All diagnostics; for a text without any key, the reader's own."""
    try:
        return check(parse(document.text, document.format, document.file))
    except HpcError as error:
        return error.diagnostics


def _fields(document: Document, config: Config) -> dict[str, Any]:
    """Every field's value as written, or else as it holds; whether it is written, and whether it applies."""
    return {
        field.name: {
            "value": document.values.get(field.name, config.values[field.name]),
            "given": field.name in document.values,
            "active": config.acts(field),
        }
        for field in f.ALL
    }


def _artifacts(config: Config, found: Sequence[Diagnostic]) -> list[dict[str, Any]] | None:
    if not compiles(found):
        return None
    compilation = Compilation(config, lower_all(config), ())
    return [lines.artifact(compilation, name) for name in compilation.artifacts]


def _diagnostic(d: Diagnostic, positions: Positions) -> dict[str, Any]:
    span = d.span
    return {
        "code": d.code,
        "severity": d.severity,
        "message": d.message,
        "help": help_of(d),
        "field": d.pointer[1:],
        "place": f"{span.line}:{span.column}" if span else "",
        "from": positions(span.start) if span else 0,
        "to": positions(span.end) if span else 0,
        "fix": {"description": d.fix.description, "changes": positions.changes(d.fix.edits)} if d.fix else None,
        "related": [
            {"message": r.message, "place": f"{r.span.line}:{r.span.column}", "from": positions(r.span.start)}
            for r in d.related
        ],
    }
