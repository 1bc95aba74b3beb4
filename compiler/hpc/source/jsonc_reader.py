"""JSONC: JSON with comments and a comma after the last entry."""

from __future__ import annotations

from typing import Any

from hpc.source.json_scanner import scan
from hpc.source.problem import Entries


def parse(text: str) -> tuple[dict[str, Any], Entries]:
    """The values and the entries of a JSONC text; raises ``Unreadable``."""
    values, entries = scan(text, comments=True)
    return values, lambda: entries
