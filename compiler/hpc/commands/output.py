"""What the commands print, and the exit codes: 0 good, 1 the user's errors, 2 wrong usage or an unreadable file."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Final

from hpc.diagnostics import Diagnostic
from hpc.render import renderer

GOOD: Final = 0
ERRORS: Final = 1
UNUSABLE: Final = 2


def report(diagnostics: Sequence[Diagnostic], texts: Mapping[str, str], format_: str = "full") -> None:
    """Print diagnostics to standard error, where they are out of the way of a command's output."""
    if diagnostics:
        sys.stderr.write(renderer(format_)(diagnostics, texts))


def exit_code(diagnostics: Sequence[Diagnostic]) -> int:
    """2 for what cannot be read or was wrongly asked, 1 for errors in a config, 0 for none or warnings only."""
    errors = [d for d in diagnostics if d.severity == "error"]
    if any(d.code.startswith(("HPC0", "HPC7")) for d in errors):
        return UNUSABLE
    return ERRORS if errors else GOOD
