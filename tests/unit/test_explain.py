"""The way back from an emitted value, also from inside what one row wrote; and no origin points at nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hpc.cli import main
from hpc.compile import compile_document
from hpc.source import parse

ROOT = Path(__file__).resolve().parents[2]
CONFIG = """{
  "quantization_bit": "int4",
  "target_modules": "q_proj,v_proj"
}
"""


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    Path("job.json").write_text(CONFIG)
    return "job.json"


@pytest.mark.parametrize(
    ("thing", "value", "place"),
    [
        ("plan.json:model.quantization.load_in_4bit", "= true", "job.json:2:23"),
        ("plan.json:/model/quantization/load_in_4bit", "= true", "job.json:2:23"),
        ("peft.json:target_modules.1", '= "v_proj"', "job.json:3:21"),
        ("plan.json:versions.trl", "= ", "target = null"),
        ("plan.json:artifacts/peft.json", '= "sha256:', "always"),
        ("plan.json:artifacts.peft.json", '= "sha256:', "always"),
    ],
)
def test_a_value_inside_a_row(
    thing: str, value: str, place: str, config: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["explain", config, thing]) == 0
    said = capsys.readouterr().out
    assert value in said.splitlines()[0]
    assert place in said


@pytest.mark.parametrize("thing", ["peft.json:target_modules.7", "plan.json:model.nothing", "origins.json:fields"])
def test_what_is_not_there(thing: str, config: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", config, thing]) == 2
    said = capsys.readouterr().err
    assert "HPC707" in said
    assert "did you mean origins.json" not in said


@pytest.mark.parametrize(
    ("thing", "help_"),
    [
        ("", "name a field, for example learning_rate, or ARTIFACT:KEY"),
        ("plan.json", "write plan.json:KEY, for example plan.json:format"),
        ("plan.json:", "write plan.json:KEY, for example plan.json:format"),
        (":trainer", "name a field, for example learning_rate, or ARTIFACT:KEY"),
        ("xyzzy", "name a field, for example learning_rate, or ARTIFACT:KEY"),
    ],
)
def test_what_can_be_asked(thing: str, help_: str, config: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", config, thing]) == 2
    said = capsys.readouterr().err
    assert f"help: {help_}" in said
    assert "called  to" not in said


def test_the_examples_of_the_help_can_be_asked(config: str) -> None:
    assert main(["explain", config, "learning_rate", "training_arguments.json:learning_rate", "plan.json:format"]) == 0


def test_every_default_has_its_place_in_the_schema() -> None:
    origins = json.loads(compile_document(parse("{}", "json", "job.json")).artifacts["origins.json"].text)
    schema = json.loads((ROOT / "schema/hpc_schema/hpc.schema.json").read_text())
    pointers = set(defaulted(origins))
    assert len(pointers) > 40
    for pointer in pointers:
        node: Any = schema
        for part in pointer.removeprefix("hpc.schema.json#/").split("/"):
            node = node[part]


def defaulted(value: Any) -> list[str]:
    """Every pointer of a default, wherever it stands."""
    if isinstance(value, list):
        return [pointer for item in value for pointer in defaulted(item)]
    if not isinstance(value, dict):
        return []
    found = [value["defaulted"]] if isinstance(value.get("defaulted"), str) else []
    return found + [pointer for item in value.values() for pointer in defaulted(item)]
