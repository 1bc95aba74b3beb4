"""How diagnostics are shown: one module a format, each with ``render(diagnostics, texts) -> str``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Final, Protocol, cast

from hpc.diagnostics import Diagnostic

FORMATS: Final = ("full", "concise", "json", "github", "sarif")


class Renderer(Protocol):
    """One output format."""

    def __call__(self, diagnostics: Sequence[Diagnostic], texts: Mapping[str, str]) -> str:
        """The text to print. ``texts`` are the sources by file name, for excerpts."""


def renderer(name: str) -> Renderer:
    """The renderer of a format; only its module is imported."""
    return cast("Renderer", import_module(f"hpc.render.{name}").render)
