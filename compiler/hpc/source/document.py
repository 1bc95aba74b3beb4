"""A config as it was written: its values, and the place of each of them."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from hpc.diagnostics import Span

if TYPE_CHECKING:
    from hpc.source.lines import Lines
    from hpc.source.problem import Entry

Format = Literal["json", "jsonc", "yaml", "toml"]


class Place:
    """The place of one top-level entry: its key and its value. Lines and columns are counted when asked for."""

    def __init__(self, lines: "Lines", entry: "Entry") -> None:
        self._lines = lines
        self._entry = entry

    @property
    def key(self) -> Span:
        """The characters of the key."""
        return self._lines.span(self._entry.key_start, self._entry.key_end)

    @property
    def value(self) -> Span:
        """The characters of the value."""
        return self._lines.span(self._entry.start, self._entry.end)


class Document(NamedTuple):
    """Plain values beside the text they came from. ``locate`` finds their places, once, when they are needed.

    ``overrides`` names the fields whose value the command line gave, with the option as it was typed.
    """

    file: str
    format: Format
    text: str
    values: Mapping[str, Any]
    locate: Callable[[], Mapping[str, Place]]
    overrides: Mapping[str, str] = MappingProxyType({})

    @property
    def places(self) -> Mapping[str, Place]:
        """Key → place, for every top-level key."""
        return self.locate()

    @property
    def start(self) -> Span:
        """The first character: the place of what concerns the whole document."""
        return Span(0, min(1, len(self.text)), 1, 1, 1, 2 if self.text else 1)
