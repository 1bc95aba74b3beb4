"""`hpc data`: rows, problems and the row as the model sees it, of a config or of data alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.end_to_end.tiny import make_tiny
from tests.unit.disk.worlds import ALPACA, write, write_lines

from hpc import rows_cache
from hpc.cli import main
from hpc_runner import row_cache


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HPC_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    write_lines(Path("d.jsonl"), [ALPACA, ALPACA, {"instruction": "Only this"}])


def shown(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, dict[str, Any]]:
    code = main(["data", *words, "--format", "json"])
    return code, json.loads(capsys.readouterr().out)


def test_data_alone_is_judged_without_a_model(capsys: pytest.CaptureFixture[str]) -> None:
    code, answer = shown(capsys, "d.jsonl")
    assert (code, answer["format"], answer["rows"], answer["lengths"], answer["cut"]) == (1, "alpaca", 3, None, None)
    assert answer["malformed"] == [{"file": "d.jsonl", "row": 3, "reason": "`output` is missing, it must be a string"}]
    problem = next(problem for problem in answer["problems"] if problem["code"] == "HPC524")
    assert (problem["severity"], problem["file"], problem["row"], problem["count"]) == ("error", "d.jsonl", 3, 1)
    assert shown(capsys, "d.jsonl", "--skip-bad-rows")[0] == 0


def test_a_json_file_with_a_key_of_hpc_is_a_config(capsys: pytest.CaptureFixture[str]) -> None:
    write(Path("rows.json"), [ALPACA] * 2)
    write(Path("job.json"), {"train_data": "rows.json"})
    assert shown(capsys, "job.json")[1]["rows"] == shown(capsys, "rows.json")[1]["rows"] == 2


@pytest.mark.parametrize("words", [[], ["d.jsonl", "--row", "1"]])
def test_a_wrong_request(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data", *words]) == 2
    assert "error" in capsys.readouterr().err


def test_both_sides_keep_the_cache_in_the_same_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    assert rows_cache.cache_folder() == row_cache.cache_folder()
    monkeypatch.delenv("HPC_CACHE")
    assert rows_cache.cache_folder() == row_cache.cache_folder()


@pytest.mark.train
def test_rows_as_the_model_sees_them(capsys: pytest.CaptureFixture[str]) -> None:
    make_tiny(Path("tiny"))
    capsys.readouterr()  # Libraries speak while they are loaded.
    words = ("d.jsonl", "--set", "model=./tiny", "--skip-bad-rows", "--row", "2", "--ids")
    code, answer = shown(capsys, *words)
    assert code == 0
    (entry,) = answer["shown"]
    assert entry["learned"] == ["2<|im_end|>"]
    assert entry["text"].startswith("<|im_start|>user\nAdd 1 and 1.<|im_end|>")
    assert [token for token in entry["labels"] if token != -100] == entry["input_ids"][-3:-1]
    assert set(answer["lengths"]) == {"min", "median", "p95", "p99", "max"}
    assert answer["cut"] == {"rows": 0, "tokens": 0}
    assert {"HPC524", "HPC577"} <= {problem["code"] for problem in answer["problems"]}
    assert main(["data", *words[:-3], "--row", "1", "--picture", "lengths.png"]) == 0
    assert "[2<|im_end|>]" in capsys.readouterr().out
    assert Path("lengths.png").read_bytes().startswith(b"\x89PNG")
    assert main(["data", "--cache", "clear"]) == 0
    assert list(Path("cache/rows").glob("*/")) == []
