"""A list of objects, for machines."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from hpc.diagnostics import Diagnostic, Fix, Span
from hpc.render.screen import Screen


def render(diagnostics: Sequence[Diagnostic], texts: Mapping[str, str], screen: Screen) -> str:  # noqa: ARG001
    """A JSON list. Lines and columns are 1-based and null where there is no place; the end is exclusive.

    An entry with `truncated` stands for so many problems that are not listed.
    """
    return json.dumps([entry(d) for d in diagnostics], indent=2, ensure_ascii=False) + "\n"


def entry(diagnostic: Diagnostic) -> dict[str, Any]:
    """One diagnostic as an object."""
    return {
        "code": diagnostic.code,
        "severity": diagnostic.severity,
        "message": diagnostic.message,
        "file": diagnostic.file or None,
        **_place(diagnostic.span),
        "pointer": diagnostic.pointer,
        "help": diagnostic.help,
        "related": [{"message": r.message, "file": r.file, **_place(r.span)} for r in diagnostic.related],
        "notes": list(diagnostic.notes),
        "fix": _fix(diagnostic.fix) if diagnostic.fix else None,
        **({"truncated": diagnostic.represents} if diagnostic.represents > 1 else {}),
    }


def _place(span: Span | None) -> dict[str, int | None]:
    return {key: getattr(span, key, None) for key in ("line", "column", "end_line", "end_column")}


def _fix(fix: Fix) -> dict[str, Any]:
    edits = [{"start": e.start, "end": e.end, "replacement": e.replacement} for e in fix.edits]
    return {"description": fix.description, "edits": edits}
