"""The keys of all tools by themselves: to import their tables takes as long as everything else about a wrong config."""

from __future__ import annotations

from functools import cache
from os.path import dirname, join
from typing import Final

FILE: Final = join(dirname(__file__), "foreign_keys.txt")  # noqa: PTH118, PTH120 (pathlib is slow to import)
"""One key a line; generated from the tables by schema/generate.py."""


@cache
def foreign_keys() -> frozenset[str]:
    """Every key that a tool's table has."""
    with open(FILE, encoding="utf-8") as stream:  # noqa: PTH123
        return frozenset(stream.read().splitlines())


def text() -> str:
    """What the file must hold."""
    from hpc.importers.tools import TOOLS

    return "".join(f"{key}\n" for key in sorted({key for tool in TOOLS for key in tool.by_key}))
