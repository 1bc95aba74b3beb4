"""What the commands print, and the exit codes: 0 good, 1 the user's errors, 2 wrong usage or an unreadable file."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Final, TextIO

from hpc.diagnostics import Diagnostic, limited

GOOD: Final = 0
ERRORS: Final = 1
UNUSABLE: Final = 2


def show(stream: TextIO, diagnostics: Sequence[Diagnostic], texts: Mapping[str, str], format_: str = "full") -> None:
    """Write diagnostics as the stream can show them; characters that its encoding lacks become escapes."""
    if format_ == "full" and not diagnostics:
        return
    from hpc.render import renderer
    from hpc.render.screen import screen_of

    text = renderer(format_)(limited(diagnostics), texts, screen_of(stream))
    encoding = stream.encoding or "utf-8"
    stream.write(text.encode(encoding, "backslashreplace").decode(encoding))


def say(*lines: str) -> None:
    """Print lines; what is not text in a name is shown escaped."""
    from hpc.render.screen import printable

    for line in "\n".join(lines).split("\n"):
        print(printable(line))


def report(diagnostics: Sequence[Diagnostic], texts: Mapping[str, str]) -> None:
    """Print diagnostics to standard error, so that they do not mix with a command's output."""
    if diagnostics:
        show(sys.stderr, diagnostics, texts)


def exit_code(diagnostics: Sequence[Diagnostic]) -> int:
    """2 for an unreadable file or a wrong request, 1 for errors in a config, 0 for none or warnings only."""
    errors = [d for d in diagnostics if d.severity == "error"]
    if not errors:
        return GOOD
    from hpc.rules import rule_of

    return UNUSABLE if any(rule_of(d.code).kind in ("reading", "request") for d in errors) else ERRORS
