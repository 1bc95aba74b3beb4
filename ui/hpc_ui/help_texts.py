"""What the page does about a rule: its own words where the rule speaks of the command line, and its own buttons."""

from __future__ import annotations

from typing import Final

from hpc.diagnostics import Diagnostic
from hpc.rule import Rule

EARLIER_RUN: Final = "earlier run"

HELPS: Final = {
    "HPC524": ("fix the rows, or check “Skip malformed rows”", "malformed rows"),
    "HPC540": ("resume it, overwrite it, or use another output folder", EARLIER_RUN),
    "HPC704": ("choose what is missing, or type it into the field", "nothing chosen"),
}
"""Code → help, and the name by which the page knows its buttons (problem.js)."""


def help_of(said: Diagnostic | Rule) -> str:
    """What to do, for a user of the page."""
    return HELPS[said.code][0] if said.code in HELPS else said.help


def situation(said: Diagnostic) -> str:
    """What the page has buttons of its own for; empty for all else."""
    return HELPS[said.code][1] if said.code in HELPS else ""
