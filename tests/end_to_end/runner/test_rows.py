"""Files of rows: every format from every kind of file, and every malformed row reported by file, number and reason."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import datasets
import pyarrow as pa
import pyarrow.parquet
import pytest

from hpc.checks.disk.needs import needs_of
from hpc.resolve import resolve
from hpc.source import parse
from hpc_disk.data import DataSet
from hpc_runner.data import examples, find, rows_of, tell
from hpc_runner.errors import RunnerError
from hpc_runner.facts import Facts
from hpc_runner.row_problems import problems_of

ALPACA = [{"instruction": f"say {n}", "input": "", "output": f"{n}"} for n in range(3)]
CHAT = [
    {
        "conversations": [
            {"from": "system", "value": "be brief"},
            {"from": "human", "value": "hi"},
            {"from": "gpt", "value": "yes?"},
        ]
    }
]
PAIRS = [
    {
        "conversations": [{"from": "human", "value": "hi"}],
        "chosen": {"from": "gpt", "value": "good"},
        "rejected": {"from": "gpt", "value": "bad"},
    }
]


TRAINERS = {"conversation": "sft", "preference": "dpo", "corpus": "pt"}


def load(path: object, kind: str = "conversation", *, skip: bool = False, data_format: str = "auto", split="train"):  # type: ignore[no-untyped-def]
    """The examples of a data set, as a run reads them."""
    values = {"trainer": TRAINERS[kind], "train_data": str(path), "data_format": data_format}
    needs = needs_of(resolve(parse(json.dumps(values), "json", "job.json")), skip_bad_rows=skip)
    found = find(needs, "train_data", split, DataSet(str(path)))
    facts = Facts()
    read = [example for _, example in examples(rows_of(needs, found.source, split), found.format, facts)]
    tell(problems_of(facts, str(path), "train_data", 64, skip=skip))
    return read


def texts(examples: list[Any]) -> list[list[str]]:
    return [[turn["content"] for turn in example["messages"]] for example in examples]


def write(path: Path, rows: list[dict]) -> Path:  # type: ignore[type-arg]
    if path.suffix == ".json":
        path.write_text(json.dumps(rows))
    elif path.suffix in (".jsonl", ".jsonlines"):
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    elif path.suffix == ".csv":
        with path.open("w", newline="") as file:
            writer = csv.DictWriter(file, rows[0])
            writer.writeheader()
            writer.writerows(rows)
    elif path.suffix == ".parquet":
        pyarrow.parquet.write_table(pa.Table.from_pylist(rows), path)
    else:
        inner = write(path.with_name("inner.json"), rows)
        with zipfile.ZipFile(path, "w") as archive:
            archive.write(inner, "folder/inner.json")
            archive.writestr("__MACOSX/._inner.json", b"\0")
        inner.unlink()
    return path


@pytest.mark.parametrize("suffix", [".json", ".jsonl", ".jsonlines", ".csv", ".parquet", ".zip"])
def test_alpaca_reads_the_same_from_every_kind_of_file(tmp_path: Path, suffix: str) -> None:
    rows = load(write(tmp_path / f"data{suffix}", ALPACA))
    assert rows[1]["messages"] == [{"role": "user", "content": "say 1"}, {"role": "assistant", "content": "1"}]
    assert len(rows) == 3


@pytest.mark.parametrize("suffix", [".json", ".jsonl", ".parquet", ".zip"])
def test_sharegpt_and_preferences_read_from_nested_files(tmp_path: Path, suffix: str) -> None:
    chat = load(write(tmp_path / f"chat{suffix}", CHAT))
    assert [m["role"] for m in chat[0]["messages"]] == ["system", "user", "assistant"]
    pairs = load(write(tmp_path / f"pairs{suffix}", PAIRS), "preference")
    assert pairs[0]["chosen"] == [{"role": "assistant", "content": "good"}]
    assert pairs[0]["prompt"] == [{"role": "user", "content": "hi"}]


def test_alpaca_input_follows_the_instruction_on_a_line_of_its_own(tmp_path: Path) -> None:
    rows = load(write(tmp_path / "a.json", [{"instruction": "add", "input": "1 2", "output": "3"}]))
    assert rows[0]["messages"][0]["content"] == "add\n1 2"


def test_a_text_file_holds_one_document_a_line(tmp_path: Path) -> None:
    (tmp_path / "c.txt").write_text("one\r\n\n  two\u2028still two\n")
    assert [row["text"] for row in load(tmp_path / "c.txt", "corpus")] == ["one", "  two\u2028still two"]


def test_a_folder_is_read_in_the_order_of_names(tmp_path: Path) -> None:
    write(tmp_path / "b.jsonl", ALPACA[2:])
    write(tmp_path / "a.json", ALPACA[:2])
    (tmp_path / "README.md").write_text("not data")
    assert [m[1] for m in texts(load(tmp_path))] == ["0", "1", "2"]


def test_json_lines_under_the_name_json(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text("".join(json.dumps(row) + "\n" for row in ALPACA))
    assert len(load(tmp_path / "x.json")) == 3


def damaged_zip() -> bytes:
    """An archive whose compressed bytes, not its directory, are damaged."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.json", json.dumps(ALPACA * 20))
    content = bytearray(whole.getvalue())
    content[40:60] = b"\xff" * 20
    return bytes(content)


@pytest.mark.parametrize(
    "empty", [{"instruction": "a", "output": ""}, {**PAIRS[0], "rejected": {"from": "gpt", "value": ""}}]
)
def test_an_empty_answer_is_a_bad_row(tmp_path: Path, empty: dict) -> None:  # type: ignore[type-arg]
    kind, good = ("conversation", ALPACA) if "output" in empty else ("preference", PAIRS)
    with pytest.raises(RunnerError, match="empty answer"):
        load(write(tmp_path / "d.json", [*good, empty]), kind)


@pytest.mark.parametrize(("split", "there"), [("eval", "train"), ("train", "test")])
def test_a_hub_data_set_without_the_split_is_explained(split: str, there: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Evaluation on the training rows would look too good; the hub itself cannot be reached from a test."""
    rows = datasets.DatasetDict({there: datasets.Dataset.from_list(ALPACA)})
    monkeypatch.setattr(datasets, "load_dataset", lambda _path: rows)
    with pytest.raises(RunnerError, match=f"it has {there}"):
        load("some/rows", split=split)


BAD = [
    ({"conversations": [{"from": "string", "value": "string"}]}, "turn 1 is from 'string'"),
    ({"conversations": []}, "`conversations` is empty"),
    ({"conversations": [{"from": "gpt", "value": "x"}]}, "human comes first"),
    ({"conversations": [{"from": "human", "value": 3}]}, "`value` is a number, not a string"),
    ({"conversations": [{"from": "human", "value": "x"}]}, "no turn from `gpt`"),
    ({"conversations": "x"}, "not a list"),
    ({"conversations": [{"from": "human", "value": "a\ud83d"}]}, "character 2 of a text is half"),
    ({"conversations": [{"from": "human", "value": "x"}, {"from": "gpt", "value": " "}]}, "empty answer"),
    ([1], "not an object"),
]


@pytest.mark.parametrize(("row", "reason"), BAD)
def test_a_bad_row_is_told_with_its_place_and_left_out_on_request(
    tmp_path: Path, row: object, reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path / "d.json", [*CHAT, row])  # type: ignore[list-item]
    with pytest.raises(RunnerError) as caught:
        load(path)
    assert caught.value.code == "HPC524"
    assert f"{path}: row 2: " in caught.value.message
    assert reason in caught.value.message
    assert len(load(path, skip=True)) == 1
    assert "1 of 2 rows" in capsys.readouterr().err


def test_only_the_first_few_bad_rows_are_listed_and_the_rest_counted(tmp_path: Path) -> None:
    path = write(tmp_path / "d.jsonl", [{"instruction": "a", "output": None}] * 9 + ALPACA)
    with pytest.raises(RunnerError) as caught:
        load(path)
    assert caught.value.message.count("row ") == 5
    assert "9 of 12 rows" in caught.value.message
    assert "… and 4 more" in caught.value.message


def test_a_broken_line_is_one_bad_row(tmp_path: Path) -> None:
    (tmp_path / "d.jsonl").write_text(json.dumps(ALPACA[0]) + '\n{"instruction": \n')
    with pytest.raises(RunnerError, match=r"row 2: it is not JSON"):
        load(tmp_path / "d.jsonl")


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("x.json", b"{", "HPC521"),
        ("x.json", b"\xff\xfe", "HPC521"),
        ("x.json", b"[]", "HPC522"),
        ("x.json", b'[{"question": "a"}]', "HPC523"),
        ("x.json", b'[{"text": "a"}]', "HPC523"),
        ("x.parquet", b"PAR1", "HPC521"),
        ("x.zip", b"PK", "HPC521"),
        ("x.md", b"x", "HPC521"),
        ("x.json", b"[" * 100_000, "HPC521"),
        ("x.jsonl", b"[" * 100_000, "HPC523"),
        ("x.zip", damaged_zip(), "HPC521"),
    ],
)
def test_a_file_that_is_not_what_it_says_is_explained(tmp_path: Path, name: str, content: bytes, code: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(RunnerError) as caught:
        load(tmp_path / name)
    assert caught.value.code == code
    assert str(tmp_path / name) in caught.value.message


def test_what_is_missing_is_explained(tmp_path: Path) -> None:
    with pytest.raises(RunnerError, match="no file or folder"):
        load(tmp_path / "nowhere.json")
    with pytest.raises(RunnerError, match="nor a hub data set that can be reached"):
        load("nobody/nothing")


@pytest.mark.parametrize("member", ["../up.json", "/etc/up.json", "a/../../up.json", "C:/up.json", "..\\up.json"])
def test_a_zip_member_that_climbs_out_is_refused(tmp_path: Path, member: str) -> None:
    with zipfile.ZipFile(tmp_path / "z.zip", "w") as archive:
        archive.writestr(member, json.dumps(ALPACA))
    with pytest.raises(RunnerError, match="points out of the archive"):
        load(tmp_path / "z.zip")


def test_a_zip_bomb_is_refused_before_it_unpacks(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "z.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb.json", b" " * 80 * 2**20)
    with pytest.raises(RunnerError, match="zip bomb"):
        load(tmp_path / "z.zip")


def test_a_zip_in_a_zip_is_not_opened(tmp_path: Path) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("a.json", json.dumps(ALPACA))
    with zipfile.ZipFile(tmp_path / "z.zip", "w") as archive:
        archive.writestr("inner.zip", inner.getvalue())
    with pytest.raises(RunnerError, match="no files of a known kind"):
        load(tmp_path / "z.zip")


@pytest.mark.parametrize(
    ("file", "kind", "rows"),
    [
        ("alpaca/alpaca_train_mini.json", "conversation", 500),
        ("sharegpt/sharegpt_chat_train_mini.json", "conversation", 500),
        ("sharegpt-dpo/dpo_agrilla_en_train_sharegpt_mini.json", "preference", 500),
        ("corpus/corpus_wiki_en_val_mini.json", "corpus", 100),
    ],
)
def test_the_real_files_are_good(real_data: Path, file: str, kind: str, rows: int) -> None:
    assert len(load(real_data / file, kind)) == rows


def test_the_real_file_with_bad_rows(real_data: Path) -> None:
    path = real_data / "sharegpt-dpo" / "dpo_agrilla_en_val_sharegpt_mini.json"
    with pytest.raises(RunnerError, match=r"2 of 100 rows") as caught:
        load(path, "preference")
    assert "row 1: turn 1 is from 'string'" in caught.value.message
    assert len(load(path, "preference", skip=True)) == 98
