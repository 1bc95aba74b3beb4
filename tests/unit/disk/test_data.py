"""Data: each rule reports the file that breaks it, in every kind of file, and is silent about the one that does not."""

from __future__ import annotations

import json
import os
import zipfile
from pathlib import Path
from typing import Any

import pytest
from tests.pace import beats
from tests.unit.disk.data_files import put, said
from tests.unit.disk.worlds import ALPACA, PAIR, TALK, TEXT, found, write, write_lines

from hpc.check import check
from hpc.edit import apply
from hpc.source import parse
from hpc_disk import rows, sampling
from hpc_disk.rows import listing
from hpc_disk.sampling import Sample


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def sample(path: str) -> Sample:
    there = listing(path)
    return sampling.sample(there.parts, whole=there.whole)


@pytest.mark.parametrize(
    ("name", "trainer", "row"),
    [
        ("d.json", "sft", ALPACA),
        ("d.jsonl", "sft", TALK),
        ("d.csv", "sft", ALPACA),
        ("d.zip", "dpo", PAIR),
        ("d.json", "dpo", PAIR),
        ("d.txt", "pt", TEXT),
        ("d.jsonl", "pt", TEXT),
    ],
)
def test_good_rows_are_passed_over_and_counted(name: str, trainer: str, row: dict[str, Any]) -> None:
    put(name, [row] * 120)
    assert said({"trainer": trainer, "train_data": name}) == set()
    assert sample(name).count == 120
    assert len(sample(name).first) == 100


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("d.json", b'[{"text": "a"}, {"te', "line 1 column"),
        ("d.json", b"[" * 100_000, "nested too deeply"),
        ("d.jsonl", b'{"text": "\xff"}', "byte 10 is not UTF-8"),
        ("d.csv", b'a,b\n"open,1\n', "d.csv: "),
        ("d.zip", b"PK nothing", "d.zip: "),
        ("d.docx", b"", "hpc does not read `.docx` files"),
    ],
)
def test_unreadable(name: str, content: bytes, words: str) -> None:
    Path(name).write_bytes(content)
    assert words in found({"train_data": name})["HPC521"].message


@pytest.mark.parametrize(
    ("name", "content"), [("d.jsonl", "\n \n"), ("d.json", "[]"), ("d.json", ""), ("d.csv", "a,b\n")]
)
def test_empty(name: str, content: str) -> None:
    Path(name).write_text(content)
    assert set(found({"train_data": name}, must_exist=True)) == {"HPC522"}


def test_evaluation_data() -> None:
    put("d.json", [ALPACA] * 9)
    Path("e.json").write_text("[]")
    config = {"train_data": "d.json", "eval_data": "e.json"}
    assert found(config | {"eval_strategy": "epoch"})["HPC522"].pointer == "/eval_data"
    assert found(config, must_exist=True) == {}


def test_a_folder() -> None:
    Path("data/.cache").mkdir(parents=True)
    put("data/a.jsonl", [ALPACA] * 3)
    put("data/b.json", [ALPACA] * 4)
    put("data/.cache/c.jsonl", [TEXT])
    assert sample("data").count == 7
    assert found({"train_data": "data"}, must_exist=True) == {}
    Path("none").mkdir()
    assert "no data files" in found({"train_data": "none"})["HPC521"].message


def test_a_changed_file_is_read_again() -> None:
    put("d.jsonl", [ALPACA] * 3)
    assert sample("d.jsonl").count == 3
    put("d.jsonl", [ALPACA] * 4)
    assert sample("d.jsonl").count == 4


def test_parquet_is_read_where_pyarrow_is_installed() -> None:
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    parquet.write_table(pyarrow.Table.from_pylist([ALPACA] * 120), "d.parquet")
    assert (len(sample("d.parquet").first), sample("d.parquet").count) == (100, 120)
    assert found({"train_data": "d.parquet"}) == {}
    Path("d.parquet").write_bytes(b"PAR1")
    assert "d.parquet: " in found({"train_data": "d.parquet"})["HPC521"].message


@pytest.mark.parametrize(
    ("path", "severity"),
    [
        ("d.jsonl", "error"),
        ("./data", "error"),
        ("a/b/c", "error"),
        ("near/data", "warning"),
        ("owner/data", None),
        ("squad", None),
    ],
)
def test_missing_data(path: str, severity: str | None) -> None:
    Path("near").mkdir()
    said = found({"train_data": path}, must_exist=True).get("HPC520")
    assert (said.severity if said else None) == severity
    assert found({"train_data": path}) == {}


def test_a_folder_of_very_many_files_is_not_walked_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "MOST", 7)
    for name in "abcdef":
        Path("data", name).mkdir(parents=True)
        put(f"data/{name}/d.jsonl", [ALPACA])
    assert (len(sample("data").first), sample("data").count) == (2, None)
    assert found({"train_data": "data"}) == {}
    for path in Path("data").rglob("*.jsonl"):
        path.rename(path.with_suffix(".log"))
    assert sample("data") == sampling.Sample()


def test_a_file_that_vanishes_during_the_walk(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("data").mkdir()
    put("data/a.jsonl", [ALPACA])
    put("data/b.jsonl", [ALPACA])
    look = rows.kind

    def vanishing(path: str | Path) -> Any:
        seen = look(path)
        if Path(path).name == "b.jsonl":
            Path(path).unlink()
        return seen

    monkeypatch.setattr(rows, "kind", vanishing)
    assert sample("data").count == 1


def test_the_root_folder_is_answered_about(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "MOST", 1000)
    assert found({"train_data": "/"}).keys() <= {"HPC521", "HPC522", "HPC523", "HPC524", "HPC560"}


def test_hidden_files_and_folders_are_no_data() -> None:
    Path("data/.cache").mkdir(parents=True)
    put("data/.cache/d.jsonl", [ALPACA])
    put("data/.d.jsonl", [ALPACA])
    put("data/d.jsonl", [ALPACA] * 2)
    assert sample("data").count == 2


@pytest.mark.parametrize("name", ["d.json", "d.jsonl", "d.csv"])
def test_a_large_file_takes_no_time(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only a beginning is read; lines are counted all the same."""
    monkeypatch.setattr(sampling, "WHOLE", 100_000)
    put(name, [{**ALPACA, "output": "word " * 20}] * 20_000)
    took = sample(name)
    assert beats(lambda: sample(name)) < 500
    assert len(took.first) == 100
    assert took.first[99].value["instruction"] == ALPACA["instruction"]
    assert took.count == (20_000 if name == "d.jsonl" else None)


def test_too_many_lines_are_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sampling, "WHOLE", 1000)
    monkeypatch.setattr(sampling, "COUNTED", 2000)
    write_lines(Path("d.jsonl"), [ALPACA] * 60_000)
    assert sample("d.jsonl").count is None
    assert found({"train_data": "d.jsonl", "lr_warmup_steps": 10**9}) == {}


def test_a_bomb_is_not_unpacked() -> None:
    with zipfile.ZipFile("d.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("d.json", b"[" + b" " * 300_000_000)
    assert "looks like a zip bomb" in found({"train_data": "d.zip"})["HPC521"].message
    assert beats(lambda: found({"train_data": "d.zip"})) < 2000


def test_a_pipe_is_refused_and_never_waited_for() -> None:
    """A run reads its data several times: for the format, for the digest and for the rows."""
    os.mkfifo("d.jsonl")
    assert "is a pipe or a device" in found({"train_data": "d.jsonl"}, must_exist=True)["HPC521"].message


def test_a_link_to_nothing_is_no_file() -> None:
    Path("data").mkdir()
    Path("data/a.jsonl").symlink_to("gone.jsonl")
    put("data/b.jsonl", [ALPACA] * 9)
    assert sample("data").count == 9


def test_one_object_a_line_may_be_called_json() -> None:
    write_lines(Path("d.json"), [ALPACA] * 9)
    assert sample("d.json").count == 9
    write(Path("one.json"), ALPACA)
    assert sample("one.json").count == 1


def test_a_folder_yields_the_split_that_is_needed() -> None:
    Path("data").mkdir()
    for name, count in (("train-00000-of-00002", 3), ("train-00001-of-00002", 2), ("test", 7), ("validation", 5)):
        put(f"data/{name}.jsonl", [{**ALPACA, "output": name}] * count)
    assert sample("data").count == 5
    assert sampling.sample(listing("data", "eval").parts).count == 5
    config = {"train_data": "data", "eval_data": "data", "eval_strategy": "epoch"}
    told = found(config, must_exist=True)
    assert "data/test.jsonl" in told["HPC562"].message
    assert "HPC563" not in told
    Path("only").mkdir()
    put("only/test.jsonl", [ALPACA])
    assert "has no training split; it has test" in found({"train_data": "only"})["HPC521"].message
    put("only/devices.jsonl", [ALPACA] * 4)
    assert sample("only").count == 4, "a name that only begins like a split"


def test_a_split_in_files_of_several_names_is_told() -> None:
    """As UltraChat: its generations would be trained on beside its conversations."""
    Path("data").mkdir()
    for name in ("train_sft-00000-of-00002", "train_sft-00001-of-00002-0a3d", "test_sft-00000-of-00001"):
        put(f"data/{name}.jsonl", [ALPACA])
    assert "HPC561" not in found({"train_data": "data"}, must_exist=True)
    put("data/train_gen-00000-of-00001.jsonl", [ALPACA])
    told = found({"train_data": "data"}, must_exist=True)["HPC561"]
    assert "the train split has files called `train_gen` and `train_sft`; all are used" in told.message


def test_data_of_other_forms_in_a_folder_is_named() -> None:
    Path("data").mkdir()
    Path("data/b.jsonl.gz").write_bytes(b"\x1f\x8b")
    assert found({"train_data": "data"})["HPC521"].help == "decompress it: gunzip data/b.jsonl.gz"
    put("data/a.jsonl", [ALPACA])
    told = found({"train_data": "data"}, must_exist=True)["HPC562"].message
    assert "data/b.jsonl.gz is of a kind that hpc does not read" in told


@pytest.mark.parametrize("folders", ["train/a.jsonl test/a.jsonl", "sets/train/a.jsonl sets/test/a.jsonl"])
def test_folders_may_be_named_for_splits(folders: str) -> None:
    first, second = folders.split()
    for name, count in ((first, 2), (second, 3)):
        Path("data", name).parent.mkdir(parents=True)
        put(f"data/{name}", [ALPACA] * count)
    assert sample("data").count == 2
    assert sampling.sample(listing("data", "eval").parts).count == 3


def test_files_beside_the_data_are_left_out_and_named() -> None:
    Path("data").mkdir()
    put("data/a.jsonl", [ALPACA] * 3)
    write(Path("data/dataset_info.json"), {"my": {"file_name": "a.jsonl"}})
    write(Path("data/about.json"), {"author": "me", "year": 2026})
    Path("data/LICENSE.txt").write_text("Do what you like.\n")
    assert sample("data").count == 3
    told = found({"train_data": "data"}, must_exist=True)["HPC562"]
    assert all(name in told.message for name in ("LICENSE.txt", "dataset_info.json", "about.json"))
    assert told.severity == "note"


def test_the_output_of_a_run_inside_the_data_is_left_out() -> None:
    put("a.jsonl", [ALPACA] * 3)
    write(Path("out/checkpoint-1/trainer_state.json"), {})
    put("out/metrics.jsonl", [ALPACA] * 9)
    write(Path("runs/old/plan.json"), {})
    write(Path("runs/old/training_arguments.json"), {})
    put("runs/old/metrics.jsonl", [ALPACA] * 9)
    assert [part.name for part in listing(".", output="out").parts] == ["a.jsonl"]


def test_evaluation_on_training_rows_is_warned_of() -> None:
    put("d.jsonl", [ALPACA] * 9)
    config = {"train_data": "d.jsonl", "eval_data": "./d.jsonl", "eval_strategy": "epoch"}
    assert found(config)["HPC563"].severity == "warning"


def test_a_copy_of_the_training_rows_under_another_name_is_warned_of() -> None:
    put("train.jsonl", [ALPACA] * 3)
    put("eval.jsonl", [ALPACA] * 3)
    put("other.jsonl", [{**ALPACA, "output": "x" * len(ALPACA["output"])}] * 3)
    config = {"train_data": "train.jsonl", "eval_strategy": "epoch"}
    assert "eval.jsonl (a copy of train.jsonl)" in found({**config, "eval_data": "eval.jsonl"})["HPC563"].message
    assert "HPC563" not in found({**config, "eval_data": "other.jsonl"})


def test_a_text_file_says_how_many_documents_it_makes() -> None:
    Path("d.txt").write_text("One.\n\nTwo words here.\n")
    told = found({"trainer": "pt", "train_data": "d.txt"}, must_exist=True)
    assert told["HPC565"].message == "d.txt makes 2 documents: each line that is not blank is one"
    assert "HPC566" not in told


def test_lines_wrapped_by_hand_are_warned_of() -> None:
    words = (
        "Once upon a time there was a",
        "compiler that turned a page of",
        "numbers into a trained model",
        "to the end.",
    )
    text = "\n".join(words) + "\n\nAnd so on.\n"
    Path("d.txt").write_text(text)
    assert found({"trainer": "pt", "train_data": "d.txt"})["HPC566"].severity == "warning"
    Path("d.txt").write_text("".join(f"{'A sentence of its own. ' * n}\n" for n in range(1, 9)))
    assert found({"trainer": "pt", "train_data": "d.txt"}) == {}


@pytest.mark.parametrize(
    "text", ["a.jsonl, b.jsonl", "a.jsonl;b.jsonl,", '["a.jsonl", "b.jsonl"]', "['a.jsonl','b.jsonl']"]
)
def test_several_data_sets_in_one_text(text: str) -> None:
    told = found({"train_data": text})["HPC567"]
    assert told.help == 'write a list: "train_data": ["a.jsonl", "b.jsonl"]'
    assert told.fix is not None
    written = apply(json.dumps({"train_data": text}), told.fix.edits)
    assert json.loads(written) == {"train_data": ["a.jsonl", "b.jsonl"]}
    put("a,b.jsonl", [ALPACA] * 4)
    assert found({"train_data": "a,b.jsonl"}) == {}


@pytest.mark.parametrize(
    "value", [[], [""], [7], [{"weight": 2}], [{"path": "a", "weight": 0}], [{"path": "a", "x": 1}]]
)
def test_a_list_of_anything_else_is_wrong(value: list[Any]) -> None:
    document = parse(json.dumps({"train_data": value}), "json", "job.json")
    assert [d.code for d in check(document).diagnostics] == ["HPC105"]
