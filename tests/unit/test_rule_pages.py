"""Every rule has texts, an example that breaks it, and a current page."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from hpc.cli import main
from hpc.render.page import wrapped
from hpc.rule import Rule
from hpc.rule_page import demonstrate, page
from hpc.rules import all_rules

ROOT = Path(__file__).parents[2]
# Their examples are descriptions: the mistake is in bytes, in nesting, or beside the text.
NOT_IN_A_TEXT = {"HPC006", "HPC007", "HPC021", "HPC704"}
RULES = [rule for rule in all_rules().values() if rule.kind not in ("disk", "machine")]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_the_example_breaks_the_rule(rule: Rule) -> None:
    if rule.example.startswith("$ ") or rule.code in NOT_IN_A_TEXT:
        assert demonstrate(rule) is None
    else:
        assert demonstrate(rule) is not None


@pytest.mark.parametrize("rule", all_rules().values(), ids=lambda rule: rule.code)
def test_the_texts_are_sentences(rule: Rule) -> None:
    assert rule.why.endswith(".")
    assert not rule.help.endswith(".")
    assert not rule.title.endswith(".")
    assert len(rule.title) <= 80


def test_explain_prints_the_page(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert main(["explain", "hpc203"]) == 0
    assert capsys.readouterr().out == wrapped(page(all_rules()["HPC203"]), 80)


def test_pages_are_current() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "docs" / "generate.py"), "--check"], capture_output=True, text=True, cwd=ROOT
    )
    assert done.returncode == 0, done.stdout + done.stderr
