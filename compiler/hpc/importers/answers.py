"""Keys and values of other tools inside a config of hpc: what they become, from the importers' tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from hpc.checks.words import show
from hpc.importers import axolotl, huggingface, llamafactory, llamafactory_v1, swift, trl
from hpc.importers.reading import fitted, judged
from hpc.importers.table import ForeignJob, Outcome, Row
from hpc.importers.tool import Tool
from hpc_schema import fields as f
from hpc_schema import properties

ASKED: Final = (trl.TOOL, llamafactory.TOOL, swift.TOOL, axolotl.TOOL, llamafactory_v1.TOOL)
"""In the order in which they are asked what a key means: first the meaning that most tools take from transformers."""


@dataclass(frozen=True)
class Answer:
    """What a foreign key is here, in words. ``values``: what it becomes; ``exact``: nothing else could be meant."""

    help: str
    values: Mapping[str, Any] = field(default_factory=dict)
    exact: bool = False


def answer(key: str, value: Any) -> Answer | None:
    """What the key of another tool becomes; None where no tool has such a key."""
    plain = key.lower().replace("-", "_")
    if plain in properties():
        return None
    key = key if any(key in tool.by_key for tool in ASKED) else plain
    found = [(tool, row, _outcome(tool, row, key, value)) for tool in ASKED if (row := tool.by_key.get(key))]
    if not found:
        return None
    tool, row, outcome = next((one for one in found if one[2].values), found[0])
    title = "transformers" if row in huggingface.TABLE else tool.title
    if outcome.values and _alone(row, key, value, outcome):
        text = ", ".join(f'"{name}": {show(each)}' for name, each in outcome.values.items())
        exact = outcome.state == "mapped" and len(outcome.values) == 1
        return Answer(f"the {title} argument `{key}`: write {text}", outcome.values, exact)
    return Answer(f"the {title} argument `{key}`: {_words(row, outcome)}")


def _outcome(tool: Tool, row: Row, key: str, value: Any) -> Outcome:
    job = ForeignJob({key: value}, {**tool.defaults, "devices": 1})
    job = tool.adapt(job, ()) if tool.adapt else job
    return fitted(judged(row, job))


def _alone(row: Row, key: str, value: Any, outcome: Outcome) -> bool:
    """Whether this key alone decides: it has a row of its own, or switches on or changes something."""
    changes = key == row.keys[0] or any(each != f.BY_NAME[name].default for name, each in outcome.values.items())
    return row.single or (changes and value not in (None, False, 0, "", "false"))


def _words(row: Row, outcome: Outcome) -> str:
    fields = [f"`{name}`" for name in row.fields if name in properties()]
    if outcome.state == "lost":
        return "; ".join(filter(None, (outcome.why, outcome.instead)))
    if outcome.state == "implied":
        return f"remove it: {outcome.why}"
    if outcome.state == "resolved" and not fields:
        return outcome.why
    if outcome.state == "no_effect" or not fields:
        return f"remove it: it has no effect on what is trained ({outcome.why})"
    return f"use {' and '.join(fields)}" + (f": {row.why}" if row.why else "")
