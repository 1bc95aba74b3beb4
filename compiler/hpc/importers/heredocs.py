"""Files that a shell script writes itself: ``cat > job.yaml <<EOF``, lines, ``EOF``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_START: Final = re.compile(r"(?<!<)<<-?[ \t]*(['\"]?)([A-Za-z_]\w*)\1")
_TARGET: Final = re.compile(r"(?<![<>&\d])>{1,2}[ \t]*[\"']?([^\s\"';|&<>]+)")


@dataclass(frozen=True)
class Heredoc:
    """The text that a script writes to ``target``; ``literal``: it keeps what looks like a variable."""

    target: str
    text: str
    literal: bool


def take_heredocs(script: str) -> tuple[str, list[Heredoc]]:
    """The script with blanks in the place of such lines, which are no commands, and what it writes to files."""
    kept: list[str] = []
    found: list[Heredoc] = []
    start, head, body = None, "", list[str]()
    for line in script.splitlines(keepends=True):
        if start is None:
            kept.append(line)
            start, head = _START.search(line), line
        elif line.strip() != start[2]:
            body.append(line)
            kept.append(_blank(line))
        else:
            kept.append(_blank(line))
            if target := _TARGET.search(head):
                found.append(Heredoc(target[1], "".join(body), bool(start[1])))
            start, body = None, []
    return "".join(kept), found


def _blank(line: str) -> str:
    return re.sub(r"[^\r\n]", " ", line)
