"""JSONC: JSON with comments and a comma after the last entry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hpc.source.document import Place
from hpc.source.json_scanner import scan
from hpc.source.problem import as_places


def parse(text: str) -> dict[str, Any]:
    """The values of a JSONC text; raises ``Unreadable``."""
    return scan(text, comments=True)[0]


def locate(text: str) -> Mapping[str, Place]:
    """Key → place."""
    return as_places(text, scan(text, comments=True)[1])
