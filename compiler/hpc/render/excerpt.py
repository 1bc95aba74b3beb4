"""The lines of a source that a diagnostic is about, with the place underlined."""

from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Final, NamedTuple

from hpc.diagnostics import Span
from hpc.render.screen import cells, width
from hpc.source.lines import Lines

_ELLIPSIS: Final = "…"


class ExcerptLine(NamedTuple):
    """One line of an excerpt: its number, its text and its underline (``^`` the place, ``-`` a related one)."""

    number: int
    text: str
    underline: str = ""


class Shown(NamedTuple):
    """A line as it looks: what each character looks like, and where it ends, in cells from the line's start."""

    characters: list[str]
    ends: list[int]


class Sheet:
    """A text whose lines are laid out once, however many diagnostics point into them."""

    def __init__(self, text: str) -> None:
        self.lines = Lines(text)
        self._shown: dict[int, Shown] = {}

    def shown(self, number: int) -> Shown:
        """How a 1-based line looks."""
        if number not in self._shown:
            characters = cells(self.lines.text(number))
            widths = {character: width(character) for character in set(characters)}
            ends = list(accumulate(map(widths.__getitem__, characters), initial=0))
            self._shown[number] = Shown(characters, ends)
        return self._shown[number]


def excerpt(sheet: Sheet, span: Span, related: Sequence[Span], room: int) -> list[ExcerptLine]:
    """The line of the span with its neighbors, and the lines of the related spans.

    Every line is cut to ``room`` cells, around what is underlined.
    """
    lines = sheet.lines
    marks = {r.line: [mark for mark in related if mark.line == r.line] for r in (*related, span)}
    neighbors = {n for n in (span.line - 1, span.line + 1) if 1 <= n <= lines.count and lines.text(n).strip()}
    return [
        _line(sheet.shown(n), n, marks.get(n, []), span if n == span.line else None, room)
        for n in sorted(marks.keys() | neighbors)
    ]


def gutter(lines: Sequence[ExcerptLine]) -> int:
    """The width of the column of line numbers."""
    return max(len(str(line.number)) for line in lines)


def with_gaps(lines: Sequence[ExcerptLine]) -> Iterator[ExcerptLine | None]:
    """The lines, with None where lines between them are left out."""
    before = lines[0].number - 1
    for line in lines:
        if line.number != before + 1:
            yield None
        yield line
        before = line.number


def _line(shown: Shown, number: int, related: Sequence[Span], span: Span | None, room: int) -> ExcerptLine:
    marks = [(_marked(r, shown), "-") for r in related] + ([(_marked(span, shown), "^")] if span else [])
    first, visible = _window(shown, *(marks[-1][0] if marks else (0, 0)), room)
    underline: list[str] = []
    for (start, end), sign in marks:
        if end <= first + (first > 0) or start > first + len(visible):
            continue
        left = width("".join(visible[: max(0, start - first)]))
        right = max(left + 1, width("".join(visible[: max(0, end - first)])))
        underline += " " * (right - len(underline))
        underline[left:right] = sign * (right - left)
    return ExcerptLine(number, "".join(visible).rstrip(), "".join(underline).rstrip())


def _marked(span: Span, shown: Shown) -> tuple[int, int]:
    """The characters of a span's first line. A span of nothing, such as an empty value, is one character long."""
    start = span.column - 1
    return start, max(start + 1, span.end_column - 1 if span.end_line == span.line else len(shown.characters))


def _window(line: Shown, start: int, end: int, room: int) -> tuple[int, list[str]]:
    """The characters that fit, the marked ones among them, and the index of the first (an ellipsis counts as one)."""
    shown, ends = line.characters, line.ends
    if ends[-1] <= room:
        return 0, shown
    first = _first(ends, min(start, len(shown)), min(end, len(shown)), room)
    last = first
    while last < len(shown) and ends[last + 1] - ends[first] <= room - 2:
        last += 1
    left = [_ELLIPSIS] if first else []
    right = [_ELLIPSIS] if last < len(shown) else []
    return first - len(left), [*left, *shown[first:last], *right]


def _first(ends: list[int], start: int, end: int, room: int) -> int:
    """Where a window must begin: at the line's start if that shows the mark, else a little before the mark."""
    if ends[end] <= room - 2:
        return 0
    before = (room - 2 - min(ends[end] - ends[start], room - 2)) // 2
    first = start
    while first and ends[start] - ends[first - 1] <= before:
        first -= 1
    return first
