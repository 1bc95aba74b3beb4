"""What a stream can show: its width, whether it has colors, and how wide text is on it.

The full format paints with a handful of ANSI codes of its own: importing rich.console costs 53 ms, more than
everything else that ``hpc validate`` does, and it would still leave the excerpts to be laid out here.
"""

import os
import unicodedata
from typing import IO, Final, Literal, NamedTuple

Color = Literal["red", "yellow", "cyan", "blue", "bold"]

_CODES: Final[dict[Color, str]] = {"red": "1;31", "yellow": "1;33", "cyan": "1;36", "blue": "1;34", "bold": "1"}
_NARROWEST: Final = 30
_NOT_A_TERMINAL: Final = 100
_TAB: Final = 4


class Screen(NamedTuple):
    """The width in cells of a character each, and whether colors may be used."""

    width: int = _NOT_A_TERMINAL
    color: bool = False

    def paint(self, text: str, color: Color) -> str:
        """The text in a color, where there are colors."""
        return f"\x1b[{_CODES[color]}m{text}\x1b[0m" if self.color else text


def screen_of(stream: IO[str]) -> Screen:
    """Colors only on a terminal that has them, and never with NO_COLOR (https://no-color.org)."""
    terminal = stream.isatty() and os.environ.get("TERM") != "dumb"
    return Screen(max(_NARROWEST, _width(stream)), terminal and not os.environ.get("NO_COLOR"))


def _width(stream: IO[str]) -> int:
    columns = os.environ.get("COLUMNS", "")
    if columns.isdecimal() and int(columns[:6]):
        return int(columns[:6])
    try:
        return os.get_terminal_size(stream.fileno()).columns or _NOT_A_TERMINAL
    except (OSError, ValueError):
        return _NOT_A_TERMINAL


def printable(text: str) -> str:
    """The text with escapes for what would move the cursor, hide, or reverse the letters around it."""
    return text if text.isprintable() else "".join(map(_shown, text))


def cells(text: str) -> list[str]:
    """What each character of a line looks like: tabs are spaces, what cannot be printed is an escape."""
    if text.isprintable():
        return list(text)
    shown: list[str] = []
    column = 0
    for character in text:
        shown.append(" " * (_TAB - column % _TAB) if character == "\t" else _shown(character))
        column += width(shown[-1])
    return shown


def width(text: str) -> int:
    """The number of cells that a printable text takes: East Asian characters take two, accents none."""
    return len(text) if text.isascii() else sum(map(_cell_width, text))


def _shown(character: str) -> str:
    return character if character.isprintable() else character.encode("unicode_escape").decode()


def _cell_width(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
