"""Each file in tests/errors/reading/ is refused with exactly the text beside it (``FILE.txt``)."""

from __future__ import annotations

from pathlib import Path

import pytest

from hpc.diagnostics import Diagnostic, HpcError
from hpc.source import read
from hpc.source.rules import RULES

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
    assert actual == Path(f"{name}.txt").read_text(encoding="utf-8")


def test_every_rule_of_reading_has_a_file() -> None:
    texts = "".join(path.read_text(encoding="utf-8") for path in FOLDER.glob("*.txt"))
    assert {rule.code for rule in RULES} - ELSEWHERE == {c for c in map(str, _codes()) if c in texts}


def _codes() -> list[str]:
    return [rule.code for rule in RULES if rule.code not in ELSEWHERE]
