"""The page of a rule, for ``hpc explain HPC203`` and for the reference: title, reason, example, what to do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final, NamedTuple

from hpc.check import check
from hpc.diagnostics import Diagnostic, HpcError
from hpc.render.full import render
from hpc.render.screen import Screen
from hpc.rule import Rule
from hpc.source import Format, parse

FORMATS: Final[tuple[Format, ...]] = ("json", "yaml", "toml")
SCREEN: Final = Screen(width=80)


class Demonstration(NamedTuple):
    """A rule's example as a config, and what hpc says about it."""

    file: str
    text: str
    diagnostics: list[Diagnostic]


def page(rule: Rule) -> str:
    """The page in Markdown."""
    return (
        f"# {rule.code}: {rule.heading}\n\n{rule.why}\n\n"
        f"## Example\n\n{''.join(_example(rule))}\n## What to do\n\n{rule.help[0].upper()}{rule.help[1:]}.\n"
    )


def demonstrate(rule: Rule) -> Demonstration | None:
    """The example in the first format in which it breaks the rule; None where a text alone cannot break it."""
    if rule.example.startswith("$") or rule.kind in ("disk", "machine"):
        return None
    for format_ in FORMATS:
        file, text = f"train.{format_}", _laid_out(rule.example)
        if found := [d for d in _said(file, format_, text) if d.code == rule.code]:
            return Demonstration(file, text, found)
    return None


def _example(rule: Rule) -> Iterator[str]:
    shown = demonstrate(rule)
    if shown is None:
        yield f"```\n{_laid_out(rule.example)}\n```\n"
        return
    yield f"```{shown.file.partition('.')[2]}\n{shown.text}\n```\n\nhpc says:\n\n```text\n"
    yield f"{render(shown.diagnostics, {shown.file: shown.text}, SCREEN)}```\n"


def _said(file: str, format_: Format, text: str) -> list[Diagnostic]:
    try:
        return list(check(parse(text, format_, file), portal=True).diagnostics)
    except HpcError as error:
        return list(error.diagnostics)


def _laid_out(example: str) -> str:
    """An example in JSON gets a line for each key; others are kept as they are."""
    try:
        values = json.loads(example)
    except ValueError:
        return example
    lossless = isinstance(values, dict) and json.dumps(values) == example
    return json.dumps(values, indent=2) if lossless else example
