"""A rule is one value: its checks are the ones that run, and it is reported as severely as it says."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from hpc.checks import beyond, relations, target_models, target_releases
from hpc.resolve import resolve
from hpc.rule import Rule
from hpc.rules import all_rules
from hpc.source import parse
from hpc_disk import judge
from hpc_disk.models import checks as models
from hpc_disk.models import merging

ROOT = Path(__file__).parents[2]
STAGED = [check for stage in models.STAGES for check in stage]
OF_DISK = [check for check in (*judge.AT_HAND, *judge.TO_RUN) if check is not models.model_at_hand]
RUN = (*relations.CHECKS, *beyond.CHECKS, *target_releases.CHECKS, *target_models.CHECKS, *STAGED, *OF_DISK)
"""Every check that runs over a config or over its disk."""
OF_MERGING = (merging.plan_merge, merging.judge_merge)
ORDER = ("note", "warning", "error")
CHECKED = [
    rule
    for rule in all_rules().values()
    if set(rule.checks) & {*relations.CHECKS, *beyond.CHECKS, *target_releases.CHECKS}
]


def test_every_check_that_runs_belongs_to_a_rule() -> None:
    named = {check for rule in all_rules().values() for check in rule.checks}
    assert set(RUN) - named == set()


def test_every_check_of_a_rule_runs() -> None:
    rules = [rule for rule in all_rules().values() if rule.kind in ("effect", "conflict", "disk")]
    assert {check for rule in rules for check in rule.checks} - {*RUN, *OF_MERGING} == set()


@pytest.mark.parametrize("rule", CHECKED, ids=lambda rule: rule.code)
def test_the_check_of_a_rule_finds_it_in_its_example(rule: Rule) -> None:
    config = resolve(parse(rule.example, "json", "train.json"))
    assert rule.code in {found.code for check in rule.checks for found in check(config)}


@pytest.mark.parametrize("rule", all_rules().values(), ids=lambda rule: rule.code)
def test_the_worst_that_is_reported_is_what_the_rule_says(rule: Rule) -> None:
    said = severities().get(rule.code, {rule.severity})
    assert max(said, key=ORDER.index) == rule.severity


@cache
def severities() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for code, severity in said():
        found.setdefault(code, set()).add(severity)
    return found


def said() -> Iterator[tuple[str, str]]:
    """Code and severity of every problem that the programs make, as far as both are written out."""
    for folder in ("schema/hpc_disk", "runner/hpc_runner", "compiler/hpc"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and ast.unparse(node.func) in ("Problem", "Diagnostic", "RunnerError"):
                    yield from written(node)


def written(call: ast.Call) -> Iterator[tuple[str, str]]:
    more = ["error"] if ast.unparse(call.func) == "RunnerError" else []
    words = more + [node.value for part in call.args[:2] for node in ast.walk(part) if isinstance(node, ast.Constant)]
    codes = [word for word in words if str(word).startswith("HPC")]
    yield from ((codes[0], word) for word in words if codes and word in ORDER)
