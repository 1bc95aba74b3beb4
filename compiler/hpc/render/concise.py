"""One line per diagnostic, for a quick look and for grep."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hpc.diagnostics import Diagnostic
from hpc.render.screen import Screen, printable


def render(diagnostics: Sequence[Diagnostic], texts: Mapping[str, str], screen: Screen) -> str:  # noqa: ARG001
    """``file:line:column: error[HPC105] message; help``."""
    return "".join(f"{line(d)}\n" for d in diagnostics)


def line(diagnostic: Diagnostic) -> str:
    """One diagnostic."""
    help_ = f"; {diagnostic.help}" if diagnostic.help else ""
    place = f"{diagnostic.place}: " if diagnostic.place else ""
    return printable(f"{place}{diagnostic.severity}[{diagnostic.code}] {diagnostic.message}{help_}")
