"""Columns: which format they are, and what is said about those that fit none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.unit.disk.data_files import put
from tests.unit.disk.worlds import ALPACA, PAIR, TALK, TEXT, found

from hpc_disk.rows import listing, rows


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("trainer", "row", "format_"),
    [
        ("dpo", ALPACA, "auto"),
        ("sft", TEXT, "auto"),
        ("pt", TALK, "auto"),
        ("sft", ALPACA, "sharegpt"),
        ("sft", TALK, "alpaca"),
        ("sft", {"chosen": "a"}, "auto"),
    ],
)
def test_wrong_columns(trainer: str, row: dict[str, Any], format_: str) -> None:
    put("d.jsonl", [row] * 9)
    said = found({"trainer": trainer, "train_data": "d.jsonl", "data_format": format_})["HPC523"]
    assert f"`{next(iter(row))}`" in said.message
    assert said.severity == "error"


def test_an_instruction_may_stand_in_the_input() -> None:
    put("d.json", [{"instruction": "", "input": "1 + 1", "output": "2"}] * 9)
    assert found({"train_data": "d.json"}) == {}


def test_two_formats_that_fit_are_both_named() -> None:
    row = {"instruction": "a", "output": "b", "response": "c"}
    put("d.jsonl", [row] * 4)
    told = found({"train_data": "d.jsonl"})["HPC560"]
    assert told.severity == "error"
    assert "alpaca and dolly" in told.message
    assert found({"train_data": "d.jsonl", "data_format": "dolly"}) == {}
    assert "HPC560" not in found({"train_data": "d.jsonl", "trainer": "dpo"})


def test_rows_of_another_trainer_name_it() -> None:
    put("d.jsonl", [PAIR] * 3)
    assert '"trainer": "dpo"' in found({"train_data": "d.jsonl", "trainer": "pt"})["HPC523"].help
    put("d.jsonl", [TEXT] * 3)
    assert '"trainer": "pt"' in found({"train_data": "d.jsonl"})["HPC523"].help


def test_no_known_format_shows_the_first_row_and_what_it_lacks() -> None:
    put("d.jsonl", [{"question": "Who?", "reply": "I."}])
    told = found({"train_data": "d.jsonl"})["HPC523"].help
    assert '{"question": "Who?", "reply": "I."}' in told
    assert "has no `answer` (qa)" in told


ROLES = [{"role": "user", "content": "Who?"}, {"role": "assistant", "content": "I."}]
NEAR = [
    ("sft", {"instuction": "a", "output": "b"}, "rename `instuction` to `instruction`"),
    ("sft", {"Prompt": "a", "Response": "b"}, "rename `Prompt` to `prompt`, `Response` to `completion`"),
    ("sft", {"prompt": "a", "response": "b"}, "rename `response` to `completion`"),
    ("sft", {"input": "a", "output": "b"}, "rename `input` to `instruction`"),
    ("sft", {"id": 1, "query": "a", "response": "b"}, "rename `query` to `instruction`"),
    ("sft", {"dialog": ROLES}, "rename `dialog` to `messages`"),
    ("sft", {"talk": json.dumps(TALK["conversations"])}, "rename `talk` to `conversations`"),
    ("dpo", {"prompt": "a", "choosen": "b", "rejected": "c"}, "rename `choosen` to `chosen`"),
    (
        "dpo",
        {"question": "a", "response_chosen": "b", "response_rejected": "c"},
        "rename `response_chosen` to `chosen`, `response_rejected` to `rejected`",
    ),
    ("dpo", {"prompt": "a", "completion": "b", "label": True}, 'write rows like {"prompt": '),
    ("pt", {"content": "a"}, "rename `content` to `text`"),
    ("sft", {"Instruction": "a", "Input": "b", "Output": "c"}, "rename `Instruction` to `instruction`, `Output` to"),
    ("sft", {"title": "a", "year": 1}, "write rows like"),
]


@pytest.mark.parametrize(("trainer", "row", "advice"), NEAR)
def test_near_names_are_named_beside_the_first_row(trainer: str, row: dict[str, Any], advice: str) -> None:
    put("d.jsonl", [row] * 3)
    told = found({"trainer": trainer, "train_data": "d.jsonl"})["HPC523"].help
    assert "the first row, {" in told
    assert advice in told


@pytest.mark.parametrize("content", ["title,year\na,1\n", "title\na\n"])
def test_a_table_is_told_its_first_line(content: str) -> None:
    Path("d.csv").write_text(content)
    told = found({"train_data": "d.csv"})["HPC523"].help
    assert told.endswith("name the columns in the first line: instruction,output")


def test_a_column_that_would_be_used_in_lower_case_is_not_ignored() -> None:
    put("d.jsonl", [{"instruction": "a", "Input": "b", "output": "c"}] * 3)
    told = found({"train_data": "d.jsonl"})["HPC523"]
    assert told.message == "d.jsonl has `Input`, but alpaca rows call it `input`"
    assert told.help.startswith("rename `Input` to `input`: ")
    put("d.jsonl", [{"instruction": "a", "Input": "", "output": "c"}] * 3)
    assert "HPC523" not in found({"train_data": "d.jsonl"})
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    pq.write_table(pa.table({"instruction": ["a"], "Input": ["b"], "output": ["c"], "id": [1]}), "d.parquet")
    assert "rename `Input` to `input`" in found({"train_data": "d.parquet"})["HPC523"].help


@pytest.mark.parametrize("rows", [["one", "two"], [[1, 2]], [7]])
def test_rows_without_columns_are_called_so(rows: list[Any]) -> None:
    Path("d.json").write_text(json.dumps(rows))
    told = found({"train_data": "d.json"})["HPC523"].message
    assert "d.json has rows without columns (the first is a" in told


@pytest.mark.parametrize("column", ["Instruction", " instruction", "INSTRUCTION "])
def test_columns_in_another_case_or_with_blanks(column: str) -> None:
    put("d.csv", [{column: "Who?", "output": "I."}])
    assert f"rename `{column}` to `instruction`" in found({"train_data": "d.csv"})["HPC523"].help


def test_columns_without_use_are_named_once_with_their_count() -> None:
    put("d.jsonl", [{**ALPACA, "id": n} for n in range(9)])
    told = found({"train_data": "d.jsonl"}, must_exist=True)["HPC564"]
    assert told.message == "d.jsonl has a column that is not used: `id` (9 rows)"
    put("d.jsonl", [{**ALPACA, "id": n} for n in range(300)])
    told = found({"train_data": "d.jsonl"}, must_exist=True)["HPC564"]
    assert told.message == "d.jsonl has a column that is not used: `id` (100 of the first 100 rows)"
    put("d.csv", [{"": n, **ALPACA, "source": "web"} for n in range(3)])
    told = found({"train_data": "d.csv"}, must_exist=True)["HPC564"]
    assert told.message == "d.csv has columns that are not used: one without a name (3 rows), `source` (3 rows)"
    put("d.jsonl", [{**ALPACA, "a": 1}, {**ALPACA, "b": 1}, {**ALPACA, "a": 1}])
    told = found({"train_data": "d.jsonl"}, must_exist=True)["HPC564"]
    assert told.message == "d.jsonl has columns that are not used: `a` (2 rows), `b` (1 row)"


def test_of_two_formats_the_one_that_reads_the_first_row_is_suggested() -> None:
    """As UltraFeedback: `messages` repeats the whole conversation with the chosen answer."""
    said = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]
    put("d.jsonl", [{"prompt": "a", "chosen": "b", "rejected": "c", "messages": said}] * 9)
    assert found({"trainer": "dpo", "train_data": "d.jsonl"})["HPC560"].help == (
        'choose one: "data_format": "preference"'
    )


@pytest.mark.parametrize(
    "column",
    [{"answers": '[{"name": "f"}, {"name": "g"}]'}, {"contents": [{"role": "user", "parts": []}] * 2}],
    ids=["calls", "parts"],
)
def test_lists_of_other_things_are_not_taken_for_turns(column: dict[str, Any]) -> None:
    put("d.jsonl", [{"id": "a", **column}] * 9)
    assert "rename" not in found({"train_data": "d.jsonl"})["HPC523"].help


def test_the_objects_of_a_table_have_no_nulls() -> None:
    """A table gives each call the arguments of all calls: hpc learned `"day": null`, which no row had."""
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    calls = [{"role": "assistant", "tool_calls": [{"name": "f", "arguments": {key: "a"}}]} for key in ("city", "day")]
    asked = {"role": "user", "content": "b"}
    pq.write_table(pa.Table.from_pylist([{"messages": [asked, call], "system": None} for call in calls]), "d.parquet")
    expected = [{"messages": [asked, call], "system": None} for call in calls]
    assert [row.value for row in rows(listing("d.parquet").parts)] == expected
