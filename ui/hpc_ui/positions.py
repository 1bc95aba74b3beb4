"""Offsets for the browser: Python counts characters, JavaScript counts UTF-16 units."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from typing import Any

from hpc.diagnostics import Edit


class Positions:
    """Character offsets of one text as UTF-16 offsets."""

    def __init__(self, text: str) -> None:
        self._wide = [index for index, char in enumerate(text) if ord(char) > 0xFFFF] if not text.isascii() else []

    def __call__(self, offset: int) -> int:
        """The UTF-16 offset of a character offset."""
        return offset + bisect_left(self._wide, offset)

    def changes(self, edits: Iterable[Edit]) -> list[dict[str, Any]]:
        """Edits as the editor's changes."""
        return [{"from": self(e.start), "to": self(e.end), "insert": e.replacement} for e in edits]
