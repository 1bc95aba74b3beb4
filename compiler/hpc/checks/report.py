"""Builds the diagnostics of a document: the place of a field, and related places, from its name."""

from __future__ import annotations

from collections.abc import Iterable

from hpc.diagnostics import Diagnostic, Fix, Related, Severity, Span
from hpc.rules import all_rules
from hpc.source.document import Document


def diagnose(
    document: Document,
    code: str,
    severity: Severity,
    message: str,
    field: str,
    *,
    related: Iterable[str] = (),
    at_key: bool = False,
    help_: str = "",
    fix: Fix | None = None,
) -> Diagnostic:
    """A diagnostic at a field: at its value, or at its key; related fields are shown where they are written."""
    file, span = place(document, field, at_key=at_key)
    return Diagnostic(
        code=code,
        severity=severity,
        message=message,
        file=file,
        span=span,
        pointer=f"/{field}" if field else "",
        help=help_ or all_rules()[code].help,
        related=tuple(_because(document, name) for name in related if name in document.places),
        fix=fix,
    )


def place(document: Document, field: str, *, at_key: bool = False) -> tuple[str, Span | None]:
    """Where a field stands; the option itself for an override, the document's start for an absent field."""
    if field in document.overrides:
        return document.overrides[field], None
    if field not in document.places:
        return document.file, document.start
    found = document.places[field]
    return document.file, found.key if at_key else found.value


def _because(document: Document, field: str) -> Related:
    span = document.places[field]
    return Related(f"because of `{field}` here", document.file, span.value)
