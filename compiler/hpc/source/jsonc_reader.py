"""JSONC: JSON with comments and a comma after the last entry."""

from __future__ import annotations

from typing import Any

from hpc.source.json_scanner import scan
from hpc.source.problem import Entry


def parse(text: str) -> dict[str, Any]:
    """The values of a JSONC text; raises ``Unreadable``."""
    return scan(text, comments=True)[0]


def entries(text: str) -> list[Entry]:
    """The keys and values with their places."""
    return scan(text, comments=True)[1]
