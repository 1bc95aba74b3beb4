"""Builds the diagnostics of a document: the place of a field, and related places, from its name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from hpc.checks.notation import in_notation
from hpc.checks.words import show
from hpc.diagnostics import Diagnostic, Fix, Related, Severity, Span
from hpc.source.document import Document
from hpc_schema import properties


def diagnose(
    document: Document,
    code: str,
    message: str,
    field: str,
    *,
    severity: Severity | None = None,
    related: Iterable[str] = (),
    at_key: bool = False,
    help_: str = "",
    fix: Fix | None = None,
) -> Diagnostic:
    """A diagnostic at a field: at its value, or at its key; related fields are shown where they are written.

    Severity and help are the rule's own unless they are said. Settings in the texts are written as in the document.
    """
    from hpc.rules import rule_of  # The rules stand beside their checks, which report through here.

    rule = rule_of(code)
    file, span = place(document, field, at_key=at_key)
    return Diagnostic(
        code=code,
        severity=severity or rule.severity,
        message=in_notation(message, document.format),
        file=file,
        span=span,
        pointer="/" + field.replace("~", "~0").replace("/", "~1"),
        help=in_notation(help_ or rule.help, document.format),
        related=tuple(_because(document, n) for n in related if n != field and _is_written(document, n)),
        fix=fix,
    )


def writing(document: Document, key: str, meant: Any) -> Fix | None:
    """The fix that writes another value of a field; None where the command line gave it, or it has comments inside."""
    from hpc.edit import is_safe, set_value

    if key in document.overrides or key not in document.values or not is_safe(document, key):
        return None
    return Fix(f"write {show(meant)}", set_value(document, key, meant))


def relation(
    document: Document,
    code: str,
    message: str,
    fields: Sequence[str],
    *,
    severity: Severity | None = None,
    at_key: bool = False,
    help_: str = "",
) -> Diagnostic:
    """A diagnostic about several fields, at the first of them that was given; notes explain the others."""
    first = next((name for name in fields if name in document.values), fields[0])
    notes = tuple(filter(None, (_origin(document, name) for name in fields if name != first)))
    found = diagnose(document, code, message, first, severity=severity, related=fields, at_key=at_key, help_=help_)
    return found._replace(notes=notes)


def place(document: Document, field: str, *, at_key: bool = False) -> tuple[str, Span | None]:
    """The place of a field; the option itself for an override, the document's start for an absent field."""
    if field in document.overrides:
        return document.overrides[field], None
    if field not in document.places:
        return document.file, document.start
    found = document.places[field]
    return document.file, found.key if at_key else found.value


def _is_written(document: Document, field: str) -> bool:
    return field in document.places and field not in document.overrides


def _because(document: Document, field: str) -> Related:
    return Related(f"because of `{field}`", document.file, document.places[field].value)


def _origin(document: Document, field: str) -> str:
    """Where a field's value comes from, if there is no place to show."""
    if field in document.overrides:
        return f"because of {document.overrides[field]}"
    default = default_of(field)
    return "" if field in document.values or default is None else f"`{field}` is {show(default)} by default"


def default_of(field: str) -> Any:
    """The schema's default of a field, or None."""
    return properties()[field].get("default")
