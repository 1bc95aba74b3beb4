"""Helps that speak of the command line, in the page's own terms."""

from __future__ import annotations

from typing import Final

from hpc.diagnostics import Diagnostic
from hpc.rule import Rule

HELPS: Final = {
    "HPC524": "repair the rows, or tick “Train without rows that cannot be read”",
    "HPC540": "tick “Throw an earlier run in the output folder away”, name another output folder, or choose yes for "
    "“Resume from checkpoint” to go on",
    "HPC704": "fill them in",
}


def help_of(said: Diagnostic | Rule) -> str:
    """What to do, said to somebody who looks at the page."""
    return HELPS.get(said.code, said.help)
