"""The runner knows no rules, only their codes: each one has a page in the compiler, and no page is unused."""

import re
from pathlib import Path

import pytest

from hpc.checks import machine_rules
from hpc.checks.disk import token_rules
from hpc.cli import main
from hpc.rules import FORMERLY, all_rules

ROOT = Path(__file__).resolve().parents[2]
ASKED_BY_THE_COMPILER = {"HPC551"}
"""That the runner gave no answer, the runner cannot say."""


def codes(*folders: str) -> set[str]:
    paths = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    return {code for path in paths for code in re.findall(r'"(HPC\d\d\d)"', path.read_text())}


def test_every_code_of_the_runner_and_the_ground_floor_has_a_page() -> None:
    assert codes("runner/hpc_runner", "schema/hpc_disk") <= all_rules().keys()


def test_no_page_of_the_runner_is_unused() -> None:
    rules = (*machine_rules.RULES, *token_rules.RULES)
    assert {rule.code for rule in rules} - ASKED_BY_THE_COMPILER <= codes("runner/hpc_runner")


def test_a_code_of_a_former_twin_is_in_use_nowhere() -> None:
    assert codes("runner/hpc_runner", "schema/hpc_disk", "ui/hpc_ui").isdisjoint(FORMERLY)
    assert all_rules().keys().isdisjoint(FORMERLY)


@pytest.mark.parametrize(("old", "new"), FORMERLY.items())
def test_a_former_code_explains_the_code_of_today(old: str, new: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", old]) == 0
    said = capsys.readouterr().out
    assert said.startswith(f"{old} is now {new}.\n\n# {new}: ")
