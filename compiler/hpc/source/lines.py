"""From character offsets to lines and columns."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import Final

from hpc.diagnostics import Span

NEWLINE: Final = re.compile(r"\r\n|\n|\r")


class Lines:
    """The lines of a text as editors count them: broken at LF, CRLF or CR, and nowhere else."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._starts = [0, *[match.end() for match in NEWLINE.finditer(text)]]

    def span(self, start: int, end: int) -> Span:
        """The characters ``start:end`` with 1-based lines and columns, counted in characters."""
        return Span(start, end, *self._position(start), *self._position(end))

    def offset(self, line: int, column: int) -> int:
        """The offset of a 1-based line and column."""
        return self._starts[min(line, len(self._starts)) - 1] + column - 1

    @property
    def count(self) -> int:
        """How many lines there are; an empty text has one."""
        return len(self._starts)

    def text(self, line: int) -> str:
        """The text of a 1-based line, without its line break."""
        start = self._starts[line - 1]
        end = self._starts[line] if line < len(self._starts) else len(self._text)
        return self._text[start:end].rstrip("\r\n")

    def _position(self, offset: int) -> tuple[int, int]:
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1
