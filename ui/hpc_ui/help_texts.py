"""Help texts that mention the command line, in the terms of the page."""

from __future__ import annotations

from typing import Final

from hpc.diagnostics import Diagnostic
from hpc.rule import Rule

HELPS: Final = {
    "HPC524": "fix the rows, or check “Skip malformed rows”",
    "HPC540": "resume it, overwrite it, or use another output folder",
    "HPC704": "choose them",
}


def help_of(said: Diagnostic | Rule) -> str:
    """What to do, for a user of the page."""
    return HELPS.get(said.code, said.help)
