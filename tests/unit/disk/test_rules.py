"""Every rule of the disk is tested here by its code, and no code is reported that is no rule."""

from __future__ import annotations

import re
from pathlib import Path

from hpc.checks.disk.rules import MACHINE, RULES

HERE = Path(__file__).parent
ROOT = Path(__file__).parents[3]
CHECKS = ROOT / "compiler" / "hpc"
GROUND = ROOT / "schema" / "hpc_disk"
RUNNER = ROOT / "runner" / "hpc_runner"
CODE = re.compile(r"HPC5\d\d")


def codes_in(*folders: Path) -> set[str]:
    files = (path for folder in folders for path in folder.glob("*.py") if path.name != "rules.py")
    return {code for path in files for code in CODE.findall(path.read_text())}


def test_every_rule_is_tested() -> None:
    assert {rule.code for rule in RULES} - codes_in(HERE) == set()


def test_every_reported_code_is_a_rule() -> None:
    assert codes_in(CHECKS, CHECKS / "checks" / "disk", GROUND, GROUND / "models", RUNNER) == {
        rule.code for rule in (*RULES, *MACHINE)
    }
