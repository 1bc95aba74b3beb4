"""Help texts that mention the command line, in the terms of the page."""

from __future__ import annotations

from typing import Final

from hpc.diagnostics import Diagnostic
from hpc.rule import Rule

HELPS: Final = {
    "HPC524": "fix the rows, or check “Skip malformed rows”",
    "HPC540": "check “Discard an earlier run in the output folder”, choose another output folder, or set "
    "“Resume from checkpoint” to yes",
    "HPC704": "fill them in",
}


def help_of(said: Diagnostic | Rule) -> str:
    """What to do, for a user of the page."""
    return HELPS.get(said.code, said.help)
