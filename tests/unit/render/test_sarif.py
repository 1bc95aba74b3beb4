"""SARIF against the official schema, and its fixes against the text."""

from __future__ import annotations

import json
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator, FormatChecker
from jsonschema.validators import validator_for
from tests.once import CACHE, made
from tests.unit.render.test_machines import FOUND, NASTY, TEXT

from hpc.check import check
from hpc.diagnostics import Diagnostic
from hpc.fix import ConfigText, fix
from hpc.render.sarif import render
from hpc.render.screen import Screen
from hpc.source import parse
from hpc.source.lines import Lines

PACKAGE = "@microsoft/sarif-multitool-linux@5.7.0"
CACHED = CACHE / "sarif" / "sarif-2.1.0.json"


@pytest.fixture(scope="session")
def official() -> Draft7Validator:
    """The official schema, as npm's package of the SARIF tool carries it; kept for the next time."""
    if not CACHED.exists():
        if shutil.which("npm") is None:
            pytest.skip("no npm here: SARIF was not checked against the official schema")
        _fetch()
    schema = json.loads(CACHED.read_text(encoding="utf-8"))
    return validator_for(schema)(schema, format_checker=FormatChecker())


def _fetch() -> None:
    with tempfile.TemporaryDirectory() as folder, made(CACHED.parent) as new:
        packed = subprocess.run(["npm", "pack", "--silent", PACKAGE], cwd=folder, capture_output=True, text=True)
        if packed.returncode:
            pytest.skip(f"npm cannot fetch {PACKAGE}: SARIF was not checked against the official schema")
        with tarfile.open(Path(folder) / packed.stdout.split()[-1]) as archive:
            member = archive.extractfile("package/sarif-2.1.0.json")
            assert member is not None
            (new / CACHED.name).write_bytes(member.read())


def sarif(*diagnostics: Diagnostic) -> dict[str, Any]:
    log: dict[str, Any] = json.loads(render(diagnostics, {"train.json": TEXT}, Screen()))
    return log


NOWHERE = Diagnostic("HPC001", "error", "the file does not exist", "/absolute/path of/ä.json")


@pytest.mark.parametrize("found", [FOUND, [NASTY], [NOWHERE], []], ids=["usual", "nasty", "nowhere", "nothing"])
def test_the_official_schema_finds_nothing(official: Draft7Validator, found: list[Diagnostic]) -> None:
    assert [error.message for error in official.iter_errors(sarif(*found))] == []


def test_the_official_schema_would_find_something(official: Draft7Validator) -> None:
    log = sarif(*FOUND)
    log["runs"][0]["results"][0]["level"] = "fatal"
    assert not official.is_valid(log)


def test_results_name_their_rules() -> None:
    (run,) = sarif(*FOUND)["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [rules[result["ruleIndex"]]["id"] for result in run["results"]] == [d.code for d in FOUND]


def test_fixes_change_the_text_as_hpc_does() -> None:
    (run,) = sarif(*FOUND)["runs"]
    text, lines = TEXT, Lines(TEXT)
    replacements = [
        replacement
        for result in run["results"]
        for each in result.get("fixes", [])
        for change in each["artifactChanges"]
        for replacement in change["replacements"]
    ]
    for replacement in sorted(replacements, key=lambda r: _offset(r, lines, "start"), reverse=True):
        start, end = _offset(replacement, lines, "start"), _offset(replacement, lines, "end")
        text = text[:start] + replacement["insertedContent"]["text"] + text[end:]
    assert replacements
    assert text == fix(ConfigText("train.json", "json", TEXT), [], portal=False).text


def test_columns_are_counted_in_characters() -> None:
    text = '{"model": "🙂🙂", "epochs": 0}'
    log = json.loads(render(check(parse(text, "json", "a.json")).diagnostics, {"a.json": text}, Screen()))
    (run,) = log["runs"]
    assert run["columnKind"] == "unicodeCodePoints"
    region = run["results"][0]["locations"][0]["physicalLocation"]["region"]
    assert region["startColumn"] == text.index("0}") + 1


def _offset(replacement: dict[str, Any], lines: Lines, end: str) -> int:
    region = replacement["deletedRegion"]
    return lines.offset(region[f"{end}Line"], region[f"{end}Column"])
