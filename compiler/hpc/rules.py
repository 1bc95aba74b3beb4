"""Every rule of hpc by its code."""

from __future__ import annotations

import json
from functools import cache
from typing import Final

from hpc.checks import beyond_rules, field_rules, machine_rules, relation_rules
from hpc.checks.disk import checkpoint_rules, data_rules, folder_rules, merge_rules, model_rules, token_rules
from hpc.commands import request_rules
from hpc.diagnostics import Diagnostic, HpcError
from hpc.forecast import memory_rules
from hpc.importers import import_rules
from hpc.rule import Rule
from hpc.source import reading_rules
from hpc_schema import schema

FILES: Final = (
    reading_rules,
    field_rules,
    import_rules,
    relation_rules,
    beyond_rules,
    model_rules,
    merge_rules,
    data_rules,
    token_rules,
    checkpoint_rules,
    folder_rules,
    memory_rules,
    machine_rules,
    request_rules,
)
"""Every file with a tuple of rules, each beside the checks that find them."""
FORMERLY: Final = {
    "HPC817": "HPC550",
    "HPC818": "HPC501",
    "HPC820": "HPC521",
    "HPC821": "HPC520",
    "HPC822": "HPC523",
    "HPC823": "HPC524",
    "HPC826": "HPC520",
    "HPC827": "HPC506",
    "HPC831": "HPC540",
    "HPC832": "HPC541",
    "HPC840": "HPC530",
    "HPC841": "HPC534",
    "HPC842": "HPC536",
    "HPC843": "HPC535",
    "HPC844": "HPC533",
    "HPC845": "HPC537",
}
"""Codes that the runner used for mistakes that have another code: only `hpc explain` still knows them."""


def schema_rules() -> tuple[Rule, ...]:
    """The rules that are stated in the schema itself, with their texts."""
    return tuple(
        Rule(rule["code"], "conflict", "error", rule["title"], rule["why"], rule["help"], json.dumps(rule["example"]))
        for block in schema()["allOf"]
        if "title" in (rule := block.get("x-rule", {}))
    )


def refused(code: str, message: str, help_: str = "", file: str = "") -> HpcError:
    """The error of a request that cannot be met: it has no place in a text."""
    return HpcError(Diagnostic(code, "error", message, file, help=help_ or all_rules()[code].help))


@cache
def all_rules() -> dict[str, Rule]:
    """Code → rule."""
    return {rule.code: rule for rule in (*schema_rules(), *(rule for file in FILES for rule in file.RULES))}
