"""Each file in tests/errors/reading/ is refused with exactly the text beside it (``FILE.txt``).

``UPDATE_EXPECTED=1 pytest`` on this file writes the texts: read what changed before you commit it.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from hpc.diagnostics import Diagnostic, HpcError
from hpc.rule import Rule
from hpc.source import Format, parse, read
from hpc.source.reading_rules import RULES

FOLDER = Path(__file__).parents[2] / "errors" / "reading"
CASES = sorted(path.name for path in FOLDER.iterdir() if path.suffix != ".txt")
# These have no text to put into a file; test_load.py makes what they need.
ELSEWHERE = {"HPC001", "HPC002", "HPC003", "HPC005", "HPC029"}


def concise(diagnostic: Diagnostic) -> str:
    related = [f"  {r.file}:{r.span.line}:{r.span.column}: {r.message}\n" for r in diagnostic.related]
    fix = f"  fix: {diagnostic.fix.description}\n" if diagnostic.fix else ""
    head = f"{diagnostic.place}: {diagnostic.code} {diagnostic.message}\n"
    return head + "".join(related) + f"  help: {diagnostic.help}\n" + fix


@pytest.mark.parametrize("name", CASES)
def test_the_error_is_the_text_beside_the_file(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(FOLDER)
    with pytest.raises(HpcError) as caught:
        read(name)
    actual = "".join(map(concise, caught.value.diagnostics))
    expected = Path(f"{name}.txt")
    if os.environ.get("UPDATE_EXPECTED"):
        expected.write_text(actual, encoding="utf-8")
    assert actual == expected.read_text(encoding="utf-8")


def test_every_rule_of_reading_has_a_file() -> None:
    texts = "".join(path.read_text(encoding="utf-8") for path in FOLDER.glob("*.txt"))
    codes = {rule.code for rule in RULES} - ELSEWHERE
    assert codes == {code for code in codes if f": {code} " in texts}


def test_codes_are_unique_and_in_order() -> None:
    assert [rule.code for rule in RULES] == [f"HPC{n:03}" for n in range(1, len(RULES) + 1)]


# Their examples are commands, or bytes that a page cannot show.
NOT_TEXT = ELSEWHERE | {"HPC004", "HPC006", "HPC007", "HPC021"}


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.code not in NOT_TEXT], ids=lambda rule: rule.code)
def test_the_example_of_a_rule_breaks_it_alone(rule: Rule) -> None:
    assert any(codes(rule.example, format_) == {rule.code} for format_ in ("json", "yaml", "toml"))


def codes(text: str, format_: Format) -> set[str]:
    try:
        parse(text, format_, "x")
    except HpcError as error:
        return {diagnostic.code for diagnostic in error.diagnostics}
    return set()
