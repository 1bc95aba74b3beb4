"""A list of objects, for machines."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from hpc.diagnostics import Diagnostic


def render(diagnostics: Sequence[Diagnostic], texts: Mapping[str, str]) -> str:  # noqa: ARG001 (a renderer's form)
    """A JSON list; ``line`` and ``column`` are 1-based, null where there is no place."""
    return json.dumps([entry(d) for d in diagnostics], indent=2, ensure_ascii=False) + "\n"


def entry(diagnostic: Diagnostic) -> dict[str, Any]:
    """One diagnostic as an object."""
    span = diagnostic.span
    return {
        "code": diagnostic.code,
        "severity": diagnostic.severity,
        "message": diagnostic.message,
        "file": diagnostic.file,
        "line": span.line if span else None,
        "column": span.column if span else None,
        "end_line": span.end_line if span else None,
        "end_column": span.end_column if span else None,
        "pointer": diagnostic.pointer,
        "help": diagnostic.help,
        "url": diagnostic.url,
        "fix": diagnostic.fix.description if diagnostic.fix else None,
    }
