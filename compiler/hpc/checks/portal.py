"""What the platform would reject (HPC601), reported on request only."""

from __future__ import annotations

from collections.abc import Iterator

from hpc.checks.report import diagnose
from hpc.checks.words import listing, show
from hpc.diagnostics import Diagnostic
from hpc.source.document import Document
from hpc_schema import properties


def platform_limits(document: Document) -> Iterator[Diagnostic]:
    """One diagnostic for each value beyond the platform's own limit."""
    for name, value in document.values.items():
        limit = properties()[name].get("x-portal")
        if limit is None:
            continue
        allowed = limit["enum"] if "enum" in limit else [limit["const"]]
        if value not in allowed:
            message = f"`{name}` is {show(value)}, but the platform accepts only {listing(allowed)}"
            yield diagnose(document, "HPC601", "error", message, name)
