"""Every rule of the disk is expected by some test, and no code is reported that is no rule."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from hpc.rules import FORMERLY, all_rules

ROOT = Path(__file__).parents[3]
PRODUCT = [ROOT / "schema" / "hpc_disk", ROOT / "runner" / "hpc_runner", ROOT / "compiler" / "hpc"]
CODE = re.compile(r"HPC\d\d\d")
CODES = {code for code, rule in all_rules().items() if rule.kind in ("disk", "machine")}


def codes_in(*folders: Path) -> set[str]:
    """The codes in the strings of the programs; what only a comment or a docstring names does not count."""
    paths = (path for folder in folders for path in folder.rglob("*.py") if not path.name.endswith("rules.py"))
    texts = (text for path in paths for text in strings(ast.parse(path.read_text(encoding="utf-8"))))
    return {code for text in texts for code in CODE.findall(text)}


def strings(tree: ast.AST) -> Iterator[str]:
    """Every string of a program that is not a docstring or another text that nothing reads."""
    unread = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in unread:
            yield node.value


def test_a_docstring_is_no_test() -> None:
    assert list(strings(ast.parse('"""HPC501"""\nassert "HPC502"  # HPC503\n"HPC504"\n'))) == ["HPC502"]


def test_every_rule_is_expected_by_a_test() -> None:
    assert CODES - codes_in(ROOT / "tests") == set()


def test_every_reported_code_is_a_rule_and_every_rule_of_the_disk_is_reported() -> None:
    reported = codes_in(*PRODUCT)
    assert reported >= CODES
    assert reported - set(FORMERLY) <= all_rules().keys()
