"""Every rule of hpc by its code."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from typing import Final

from hpc.diagnostics import Diagnostic, HpcError
from hpc.rule import Rule
from hpc_schema import schema

FILES: Final = (
    "hpc.source.reading_rules",
    "hpc.checks.field_rules",
    "hpc.checks.relation_rules",
    "hpc.checks.beyond_rules",
    "hpc.checks.release_rules",
    "hpc.commands.request_rules",
    "hpc.checks.machine_rules",
    "hpc.importers.import_rules",
    "hpc.checks.disk.model_rules",
    "hpc.checks.disk.merge_rules",
    "hpc.checks.disk.data_rules",
    "hpc.checks.disk.token_rules",
    "hpc.checks.disk.checkpoint_rules",
    "hpc.checks.disk.folder_rules",
    "hpc.forecast.memory_rules",
)
"""Every file with a tuple of rules, each beside the checks that find them; last those whose checks import much."""
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


@cache
def schema_rules() -> tuple[Rule, ...]:
    """The rules that are stated in the schema itself, with their texts."""
    return tuple(
        Rule(rule["code"], "conflict", "error", rule["title"], rule["why"], rule["help"], json.dumps(rule["example"]))
        for block in schema()["allOf"]
        if "title" in (rule := block.get("x-rule", {}))
    )


def refused(code: str, message: str, help_: str = "", file: str = "") -> HpcError:
    """The error of a request that cannot be met: it has no place in a text."""
    return HpcError(Diagnostic(code, "error", message, file, help=help_ or rule_of(code).help))


@cache
def rule_of(code: str) -> Rule:
    """The rule of a code: files are imported only until it is found."""
    return next(rule for rule in _rules() if rule.code == code)


@cache
def all_rules() -> dict[str, Rule]:
    """Code → rule."""
    return {rule.code: rule for rule in _rules()}


def _rules() -> Iterator[Rule]:
    yield from schema_rules()
    for file in FILES:
        yield from import_module(file).RULES
