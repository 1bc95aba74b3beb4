"""A config as it was written: its values, and the place of each of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from hpc.diagnostics import Span

Format = Literal["json", "jsonc", "yaml", "toml"]


@dataclass(frozen=True)
class Place:
    """The place of one top-level entry: its key and its value."""

    key: Span
    value: Span


@dataclass(frozen=True)
class Document:
    """Plain values beside the text they came from; places are computed when they are needed.

    ``overrides`` names the fields whose value the command line gave, with the option as it was typed.
    """

    file: str
    format: Format
    text: str
    values: Mapping[str, Any]
    locate: Callable[[str], Mapping[str, Place]]
    overrides: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def places(self) -> Mapping[str, Place]:
        """Key → place, for every top-level key."""
        return self.locate(self.text)

    @cached_property
    def start(self) -> Span:
        """The first character: the place of what concerns the whole document."""
        return Span(0, min(1, len(self.text)), 1, 1, 1, 2 if self.text else 1)
