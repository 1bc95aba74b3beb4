"""The tools whose configs hpc imports, and how a config of one of them is recognized."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from hpc.importers import axolotl, llamafactory, llamafactory_v1, swift, trl
from hpc.importers.tool import Tool
from hpc_schema import properties

TOOLS: Final[tuple[Tool, ...]] = (llamafactory_v1.TOOL, llamafactory.TOOL, axolotl.TOOL, swift.TOOL, trl.TOOL)
"""In the order in which their signatures are tried: the most particular first."""

BY_NAME: Final = {tool.name: tool for tool in TOOLS}
FILES: Final = (".py", ".yaml", ".yml", ".json")
MODULES: Final = {"llamafactory": "llamafactory-cli"}
PROGRAMS: Final = {"swift": swift.TOOL, "trl": trl.TOOL, "llamafactory-cli": llamafactory.TOOL, "axolotl": axolotl.TOOL}


def recognize(keys: Collection[str], command: Collection[str] = ()) -> Tool | None:
    """The tool whose config has these keys, or whose program the command calls; None where it is no tool's."""
    called = next((tool for word in command if (tool := _called(word))), None)
    written = set(keys)
    found = [tool for tool in TOOLS if any(signature <= written for signature in tool.signature)]
    if called is not None:
        return llamafactory_v1.TOOL if called is llamafactory.TOOL and llamafactory_v1.TOOL in found else called
    return found[0] if found else None


def _called(word: str) -> Tool | None:
    """The tool whose program or module a word names: ``axolotl``, ``axolotl.cli.train``."""
    package = word.partition(".")[0]
    is_module = "." in word and not word.endswith(FILES)
    return PROGRAMS.get(word) or (PROGRAMS.get(MODULES.get(package, package)) if is_module else None)


def foreign(keys: Collection[str]) -> Tool | None:
    """The tool of a config that has the tool's signature, and no key that only hpc has."""
    tool = recognize(keys)
    if tool is None:
        return None
    known = {key for each in TOOLS for key in each.by_key}
    only_hpc = {key for key in keys if key in properties() and key not in known and key != "$schema"}
    return None if only_hpc else tool
