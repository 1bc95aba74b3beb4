"""Data: malformed rows are counted, and named with their file, number and reason."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.unit.disk.data_files import put
from tests.unit.disk.worlds import ALPACA, PAIR, TALK, TEXT, found


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


BAD = [
    ("sft", ALPACA, {"instruction": "Only this"}, "`output` is missing"),
    ("sft", ALPACA, {**ALPACA, "output": 2}, "`output` is a number, it must be a string"),
    ("sft", ALPACA, {**ALPACA, "instruction": " "}, "`instruction` and `input` are both empty"),
    ("sft", ALPACA, 7, "not an object"),
    ("sft", TALK, {"conversations": []}, "`conversations` is empty, not a list of turns"),
    ("sft", TALK, {"conversations": "Hello"}, "not a list"),
    ("dpo", PAIR, {**PAIR, "rejected": None}, "`rejected` is null"),
    ("dpo", PAIR, {**PAIR, "chosen": 7}, "`chosen` is a number, not a string or a list of turns"),
    ("pt", TEXT, {"text": "  "}, "`text` is empty"),
]


@pytest.mark.parametrize(("trainer", "good", "bad", "words"), BAD)
def test_bad_rows(trainer: str, good: dict[str, Any], bad: Any, words: str) -> None:
    put("d.jsonl", [good, bad, good, good, good])
    said = found({"trainer": trainer, "train_data": "d.jsonl"})["HPC524"]
    assert said.message.startswith("1 of 5 rows of d.jsonl is malformed: row 2: ")
    assert words in said.message
    assert said.severity == "warning"


@pytest.mark.parametrize("asked", [{}, {"skip_bad_rows": True}])
def test_where_no_row_would_be_left_skipping_is_no_way_on(asked: dict[str, bool]) -> None:
    put("d.jsonl", [{"instruction": "x", "output": ""}] * 3)
    said = found({"train_data": "d.jsonl"}, **asked)["HPC524"]
    assert (said.severity, said.help) == ("error", "repair them")


def test_many_bad_rows_are_counted() -> None:
    put("d.json", [ALPACA] + [{"instruction": "x"}] * 200)
    said = found({"train_data": "d.json"})["HPC524"].message
    assert said.startswith("99 of the first 100 rows of d.json are malformed: rows 2, 3, 4: ")
    assert said.endswith("and 96 more")


def test_a_malformed_row_of_a_folder_is_named_with_its_file() -> None:
    Path("d").mkdir()
    put("d/a.jsonl", [ALPACA])
    put("d/b.jsonl", [{"instruction": "x"}])
    assert "1 of 2 rows of d is malformed: d/b.jsonl row 1: " in found({"train_data": "d"})["HPC524"].message


def test_a_line_that_is_no_json() -> None:
    for line, words in (
        ("{cut", "Expecting property name enclosed in double quotes at column 2"),
        ('{"a":', "Expecting value at column 6"),
        ('{"a": "cut', "Unterminated string starting at column 7"),
        ('{"a": "x\ty"}', "Invalid control character at column 9"),
    ):
        Path("d.jsonl").write_text(json.dumps(ALPACA) + f"\n\n{line}\n")
        assert f"malformed: row 3: it is not JSON: {words}" in found({"train_data": "d.jsonl"})["HPC524"].message


@pytest.mark.parametrize("name", ["d.jsonl", "d.json"])
def test_a_key_that_a_row_has_twice_makes_it_malformed(name: str) -> None:
    good, twice = json.dumps(ALPACA), '{"instruction": "a", "output": "b", "output": "c"}'
    nested = '{"instruction": "a", "output": "b", "n": [{"x": 1, "x": 2}]}'
    lines = [good, twice, nested, good]
    Path(name).write_text("\n".join(lines) if name == "d.jsonl" else f"[{','.join(lines)}]")
    told = found({"train_data": name})["HPC524"]
    assert "2 of 4 rows" in told.message
    assert "row 2: it has the key `output` twice; row 3: " in told.message
    assert "row 3: it has the key `x` twice" in told.message
