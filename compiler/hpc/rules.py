"""Every rule of hpc by its code."""

from __future__ import annotations

import json
from functools import cache
from typing import Final

from hpc.checks import beyond_rules as beyond
from hpc.checks import rules as checks
from hpc.checks import running
from hpc.checks.disk import rules as disk
from hpc.diagnostics import Diagnostic, HpcError
from hpc.forecast import rules as planning
from hpc.importers import rules as importing
from hpc.rule import Kind, Rule
from hpc.source import rules as reading
from hpc_schema import schema

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
        Rule(rule["code"], rule["title"], rule["why"], rule["help"], json.dumps(rule["example"]))
        for block in schema()["allOf"]
        if "title" in (rule := block.get("x-rule", {}))
    )


def refused(code: str, message: str, help_: str = "", file: str = "") -> HpcError:
    """The error of a request that cannot be met: it has no place in a text."""
    return HpcError(Diagnostic(code, "error", message, file, help=help_ or all_rules()[code].help))


@cache
def all_rules() -> dict[str, Rule]:
    """Code → rule, in the order of the codes."""
    return {rule.code: rule for _, rules in _groups() for rule in rules}


@cache
def kinds() -> dict[str, Kind]:
    """Code → what the rule is about."""
    return {rule.code: kind for kind, rules in _groups() for rule in rules}


def _groups() -> tuple[tuple[Kind, tuple[Rule, ...]], ...]:
    """Every list of rules, with what they are about. A new list has a line here."""
    return (
        ("reading", reading.RULES),
        ("field", checks.FIELDS),
        ("field", importing.FOREIGN),
        ("conflict", schema_rules()),
        ("conflict", checks.RELATIONS),
        ("effect", checks.EFFECTS),
        ("effect", beyond.RULES),
        ("disk", disk.RULES),
        ("machine", disk.MACHINE),
        ("machine", planning.RULES),
        ("field", checks.PORTAL),
        ("field", beyond.PORTAL),
        ("request", checks.REQUESTS),
        ("request", planning.REQUESTS),
        ("request", importing.REQUESTS),
        ("machine", running.RULES),
        ("machine", beyond.MACHINE),
    )
