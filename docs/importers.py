"""The pages "Coming from …": each tool's arguments and what they become, from the importers' tables."""

from __future__ import annotations

from collections.abc import Iterator

from hpc.importers.table import Row
from hpc.importers.tool import Tool
from hpc.importers.tools import TOOLS

HEADINGS = {
    "mapped": ("What becomes a field", "Argument", "Field of hpc, and how"),
    "resolved": ("What needs a decision", "Argument", "Why"),
    "implied": ("What hpc always does", "Argument", "Why"),
    "no_effect": ("What has no effect on what is trained", "Argument", "What it does"),
    "lost": ("What hpc does not do", "Argument", "Why"),
}
EXPLAINED = {
    "llamafactory": "`hpc import job.yaml -o train.yaml` reads the file that you give to `llamafactory-cli train`.",
    "llamafactory-v1": "The configs of v1 have plugins; `hpc import` tells them apart from v0 by their keys.",
    "axolotl": "`hpc import config.yaml -o train.yaml` reads the file that you give to `axolotl train`.",
    "ms-swift": "`hpc import train.sh -o train.yaml` reads the command line of `swift sft`, `pt` and `rlhf`.",
    "trl": "`hpc import` reads TRL's YAML files, transformers' argument files, and the command line of a script.",
}


def pages() -> dict[str, str]:
    """File name → text."""
    return {f"{tool.name}.md": page(tool) for tool in TOOLS}


def page(tool: Tool) -> str:
    """One tool."""
    lines = [
        f"# Coming from {tool.title}",
        "",
        EXPLAINED[tool.name],
        f"The tables below cover {tool.title} {tool.release}.",
        "Where your file does not set an argument, the import writes the tool's default if it differs from hpc's.",
        "Each value has its origin next to it as a comment.",
        "A loss is an error; `--accept-losses` writes the config anyway.",
        "",
        *(f"Mind: {note.text[0].upper()}{note.text[1:].rstrip('.')}.\n" for note in tool.notes),
    ]
    for state, (heading, left, right) in HEADINGS.items():
        rows = [row for row in tool.table if row.state == state]
        lines += [f"## {heading}", "", f"| {left} | {right} |", "|---|---|", *map(line, rows), ""]
    return "\n".join(lines).rstrip() + "\n"


def line(row: Row) -> str:
    """One row: its names, its fields, and why."""
    keys = ", ".join(f"`{key}`" for key in row.keys)
    return f"| {keys} | {': '.join(filter(None, (', '.join(_fields(row)), cell(row.why))))} |"


def _fields(row: Row) -> Iterator[str]:
    yield from (f"`{name}`" for name in row.fields if row.state == "mapped")


def cell(text: str) -> str:
    """Text that does not end the cell."""
    return text.replace("|", "\\|").replace("<", "&lt;")
