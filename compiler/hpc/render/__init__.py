"""How diagnostics are shown: one module per format, each with ``render(diagnostics, texts, screen) -> str``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Final, Protocol, cast

from hpc.diagnostics import Diagnostic
from hpc.render.screen import Screen

FORMATS: Final = ("full", "concise", "plain", "json", "github", "sarif")


class OutputFormat(Protocol):
    """One output format."""

    def __call__(self, diagnostics: Sequence[Diagnostic], texts: Mapping[str, str], screen: Screen) -> str:
        """The text to print. ``texts`` are the sources by file name, for excerpts."""


def renderer(name: str) -> OutputFormat:
    """The renderer of a format; only its module is imported."""
    return cast("OutputFormat", import_module(f"hpc.render.{name}").render)
