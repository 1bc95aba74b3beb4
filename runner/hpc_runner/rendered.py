"""A conversation's row as text, and the parts of an answer."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

THOUGHT: Final = re.compile(r"\s*<think>(.*?)</think>\s*", re.DOTALL)


@dataclass(frozen=True)
class Rendered:
    """One row.

    Attributes:
        text: All of it.
        spans: The learned characters, as pairs of start and end.
        missing: Roles whose text the template left out, and ``reasoning`` or ``assistant`` for parts of an answer.
        unended: True where the template writes no end of turn, so that the end of sequence must follow.
    """

    text: str
    spans: tuple[tuple[int, int], ...]
    missing: tuple[str, ...] = ()
    unended: bool = False


def split_reasoning(turn: dict[str, Any]) -> tuple[str, str]:
    """The reasoning of an answer, wherever it is written, and the rest of its content."""
    content: str = turn.get("content") or ""
    if turn.get("reasoning_content"):
        return str(turn["reasoning_content"]).strip(), content
    found = THOUGHT.match(content)
    return (found[1].strip(), content[found.end() :]) if found else ("", content)
