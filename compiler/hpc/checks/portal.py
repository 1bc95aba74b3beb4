"""What the platform would reject (HPC601), reported on request only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from hpc.checks.diagnose import diagnose
from hpc.checks.words import listing, show
from hpc.diagnostics import Diagnostic
from hpc.source.document import Document
from hpc_schema import properties


def platform_limits(document: Document, date: str | None = None) -> Iterator[Diagnostic]:
    """One diagnostic for each value beyond the platform's own limit.

    A limit holds from its ``since`` to the day before its ``until``, both ISO dates: the days on which the platform was
    seen to do so, because it publishes none. ``date`` is the day that is asked for, or None for today's platform.
    """
    for name, value in document.values.items():
        if properties()[name].get("x-beyond") and value != properties()[name].get("default"):
            yield diagnose(document, "HPC602", f"the platform has no field `{name}`", name, at_key=True)
        limit = properties()[name].get("x-portal")
        if limit is not None and _holds(limit, date) and not _is_allowed(value, limit):
            message = f"`{name}` is {show(value)}, but the platform accepts {_words(limit)}"
            yield diagnose(document, "HPC601", message, name)


def _holds(limit: Mapping[str, Any], date: str | None) -> bool:
    if date is None:
        return "until" not in limit
    return bool(limit.get("since", date) <= date < limit.get("until", f"{date}~"))


def _is_allowed(value: Any, limit: Mapping[str, Any]) -> bool:
    return bool(value <= limit["maximum"] if "maximum" in limit else value in _allowed(limit))


def _words(limit: Mapping[str, Any]) -> str:
    return f"at most {limit['maximum']}" if "maximum" in limit else f"only {listing(_allowed(limit))}"


def _allowed(limit: Mapping[str, Any]) -> list[Any]:
    return limit["enum"] if "enum" in limit else [limit["const"]]
