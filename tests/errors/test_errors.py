"""Each file in the folders beside this one, with the exact text that hpc answers (``FILE.txt``).

The first line of the text is the command. ``UPDATE_EXPECTED=1 pytest tests/errors`` rewrites the texts, also
for a new file that has none: read what changed before you commit it.
"""

from __future__ import annotations

import os
import shlex
from pathlib import Path

import pytest

from hpc.cli import main
from hpc.rules import all_rules

ERRORS = Path(__file__).parent
CASES = sorted(
    path.relative_to(ERRORS).as_posix()
    for path in ERRORS.glob("*/*.*")
    if path.suffix not in (".txt", ".pyc") and path.parent.name != "reading"
)


@pytest.mark.parametrize("case", CASES)
def test_hpc_answers_with_the_text_beside_the_file(
    case: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ERRORS / Path(case).parent)
    monkeypatch.setenv("COLUMNS", "80")
    name = Path(case).name
    expected = Path(f"{name}.txt")
    before = expected.read_text(encoding="utf-8") if expected.exists() else f"$ hpc validate {name}\n"
    command = before.splitlines()[0]
    code = main(shlex.split(command)[2:])
    printed = capsys.readouterr()
    actual = f"{command}\n{printed.out}{printed.err}exit code {code}\n"
    if os.environ.get("UPDATE_EXPECTED"):
        expected.write_text(actual, encoding="utf-8")
    assert actual == expected.read_text(encoding="utf-8")


def test_every_rule_is_in_some_expected_text() -> None:
    texts = "".join(path.read_text(encoding="utf-8") for path in ERRORS.glob("*/*.txt"))
    elsewhere = {"HPC001", "HPC002", "HPC003", "HPC005", "HPC029"}  # nothing to put into a file: tests/unit/source
    told = {code for code in all_rules() if code in texts}
    assert {
        code for code, rule in all_rules().items() if rule.kind not in ("disk", "machine", "request")
    } - elsewhere <= told


def test_every_text_belongs_to_a_case() -> None:
    texts = {path.relative_to(ERRORS).as_posix() for path in ERRORS.glob("*/*.txt") if path.parent.name != "reading"}
    assert texts == {f"{case}.txt" for case in CASES}
