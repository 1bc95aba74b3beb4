"""SARIF 2.1.0, which code-scanning services and editors read (OASIS standard, 27 March 2020)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from hpc import __version__
from hpc.diagnostics import Diagnostic, Edit, Fix, Span
from hpc.render.screen import Screen
from hpc.rules import rule_of
from hpc.source.lines import Lines

SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"


def render(diagnostics: Sequence[Diagnostic], texts: Mapping[str, str], screen: Screen) -> str:  # noqa: ARG001
    """One run with the rules that were broken, the results and their fixes."""
    codes = sorted({d.code for d in diagnostics})
    lines = {file: Lines(text) for file, text in texts.items()}
    driver = {"name": "hpc", "semanticVersion": __version__, "rules": [_rule(code) for code in codes]}
    run: dict[str, Any] = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(d, codes.index(d.code), lines) for d in diagnostics],
    }
    if truncated := sum(d.represents for d in diagnostics if d.represents > 1):
        run["properties"] = {"truncated": truncated}
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2, ensure_ascii=False) + "\n"


def _rule(code: str) -> dict[str, Any]:
    rule = rule_of(code)
    return {
        "id": code,
        "shortDescription": {"text": rule.heading},
        "fullDescription": {"text": rule.why},
        "help": {"text": rule.help},
    }


def _result(diagnostic: Diagnostic, index: int, lines: Mapping[str, Lines]) -> dict[str, Any]:
    help_ = [f"help: {diagnostic.help}"] if diagnostic.help else []
    result: dict[str, Any] = {
        "ruleId": diagnostic.code,
        "ruleIndex": index,
        "level": diagnostic.severity,
        "message": {"text": "\n".join([diagnostic.message, *diagnostic.notes, *help_])},
    }
    if diagnostic.file:
        result["locations"] = [_location(diagnostic.file, diagnostic.span, diagnostic.pointer)]
    if diagnostic.related:
        places = enumerate(diagnostic.related, 1)
        result["relatedLocations"] = [
            {"id": i, "message": {"text": r.message}, **_location(r.file, r.span)} for i, r in places
        ]
    if diagnostic.fix:
        result["fixes"] = [_fix(diagnostic.fix, diagnostic.file, lines[diagnostic.file])]
    return result


def _location(file: str, span: Span | None, pointer: str = "") -> dict[str, Any]:
    physical: dict[str, Any] = {"artifactLocation": {"uri": _uri(file)}}
    if span is not None:
        physical["region"] = _region(span)
    location: dict[str, Any] = {"physicalLocation": physical}
    if pointer:
        location["logicalLocations"] = [{"fullyQualifiedName": pointer, "kind": "member"}]
    return location


def _region(span: Span) -> dict[str, int]:
    return {
        "startLine": span.line,
        "startColumn": span.column,
        "endLine": span.end_line,
        "endColumn": span.end_column,
    }


def _fix(fix: Fix, file: str, lines: Lines) -> dict[str, Any]:
    change = {
        "artifactLocation": {"uri": _uri(file)},
        "replacements": [_replacement(edit, lines) for edit in fix.edits],
    }
    return {"description": {"text": fix.description}, "artifactChanges": [change]}


def _replacement(edit: Edit, lines: Lines) -> dict[str, Any]:
    region = _region(lines.span(edit.start, edit.end))
    return {"deletedRegion": region, "insertedContent": {"text": edit.replacement}}


def _uri(file: str) -> str:
    path = Path(file)
    return path.as_uri() if path.is_absolute() else quote(path.as_posix())
