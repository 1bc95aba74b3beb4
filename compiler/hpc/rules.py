"""Every rule of hpc by its code, wherever its texts live."""

from __future__ import annotations

import json
from functools import cache

from hpc.checks import rules as checks
from hpc.checks import running
from hpc.checks.disk import rules as disk
from hpc.rule import Rule
from hpc.source import rules as reading
from hpc_schema import schema


def schema_rules() -> tuple[Rule, ...]:
    """The rules that stand in the schema itself, with their texts beside them."""
    return tuple(
        Rule(rule["code"], rule["title"], rule["why"], rule["help"], json.dumps(rule["example"]))
        for block in schema()["allOf"]
        if "title" in (rule := block.get("x-rule", {}))
    )


@cache
def all_rules() -> dict[str, Rule]:
    """Code → rule, in the order of the codes."""
    groups = (
        reading.RULES,
        checks.FIELDS,
        schema_rules(),
        checks.RELATIONS,
        checks.EFFECTS,
        disk.RULES,
        checks.PORTAL,
        checks.REQUESTS,
        running.RULES,
    )
    return {rule.code: rule for group in groups for rule in group}
