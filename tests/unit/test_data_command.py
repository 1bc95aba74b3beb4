"""`hpc data`: rows, problems and the row as the model sees it, of a config or of data alone."""

from __future__ import annotations

import json
import tempfile
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from tests.curves import BLUE, RED, columns
from tests.end_to_end.tiny import make_tiny
from tests.unit.disk.worlds import ALPACA, write, write_lines

from hpc import rows_cache
from hpc.cli import main
from hpc.commands import data
from hpc.rules import rule_of
from hpc_runner import row_cache


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HPC_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    write_lines(Path("d.jsonl"), [ALPACA, ALPACA, {"instruction": "Only this"}])


@pytest.fixture
def in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """The runner without a process of its own, which takes seconds to start."""
    from hpc_runner.__main__ import main as runner

    monkeypatch.setattr("hpc.commands.data.in_own_process", lambda words: runner(list(words)))


def shown(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, dict[str, Any]]:
    code = main(["data", *words, "--format", "json"])
    return code, json.loads(capsys.readouterr().out)


def test_data_alone_is_judged_without_a_model(capsys: pytest.CaptureFixture[str]) -> None:
    code, answer = shown(capsys, "d.jsonl")
    assert (code, answer["format"], answer["rows"], answer["lengths"], answer["cut"]) == (1, "alpaca", 3, None, None)
    assert answer["malformed"] == [{"file": "d.jsonl", "row": 3, "reason": "`output` is missing, it must be a string"}]
    problem = next(problem for problem in answer["problems"] if problem["code"] == "HPC524")
    assert (problem["severity"], problem["file"], problem["row"], problem["count"]) == ("error", "d.jsonl", 3, 1)
    assert all(problem["help"] for problem in answer["problems"])
    assert shown(capsys, "d.jsonl", "--skip-bad-rows")[0] == 0


def test_one_row_is_counted_in_the_singular(capsys: pytest.CaptureFixture[str]) -> None:
    write_lines(Path("one.jsonl"), [ALPACA])
    main(["data", "one.jsonl"])
    assert capsys.readouterr().out.startswith("1 row, format alpaca\n")
    write_lines(Path("bad.jsonl"), [ALPACA, *[{"instruction": "a"}] * 6])
    main(["data", "bad.jsonl"])
    assert "and 1 more malformed row\n" in capsys.readouterr().out
    main(["data", "gone.jsonl"])
    assert capsys.readouterr().out.startswith("error[HPC520]"), "no count of rows that were not found"


def test_a_json_file_with_a_key_of_hpc_is_a_config(capsys: pytest.CaptureFixture[str]) -> None:
    write(Path("rows.json"), [ALPACA] * 2)
    write(Path("job.json"), {"train_data": "rows.json"})
    assert shown(capsys, "job.json")[1]["rows"] == shown(capsys, "rows.json")[1]["rows"] == 2


def test_rows_on_the_hub_are_not_passed_over_in_silence(capsys: pytest.CaptureFixture[str]) -> None:
    code, answer = shown(capsys, "owner/rows")
    assert (code, answer["rows"], [problem["code"] for problem in answer["problems"]]) == (0, 0, ["HPC528"])


@pytest.mark.parametrize(
    ("job", "words", "lacks"),
    [
        ({"train_data": "d.jsonl"}, ["--eval"], "evaluation"),
        ({"train_data": "d.jsonl", "eval_data": "d.jsonl"}, ["--eval"], "evaluation"),
        ({"trainer": "sft"}, [], "training"),
    ],
)
def test_a_job_without_the_rows_that_are_asked_for(
    job: dict[str, Any], words: list[str], lacks: str, capsys: pytest.CaptureFixture[str]
) -> None:
    write(Path("job.json"), job)
    assert main(["data", "job.json", *words]) == 2
    assert f"error[HPC735]: this job has no {lacks} data" in capsys.readouterr().err


def test_data_alone_as_evaluation_data_is_not_training_data_too(capsys: pytest.CaptureFixture[str]) -> None:
    write_lines(Path("e.jsonl"), [ALPACA])
    code, answer = shown(capsys, "e.jsonl", "--eval")
    assert (code, answer["rows"], answer["problems"]) == (0, 1, [])


def test_evaluation_data_may_be_listed_as_training_data_is_without_weights(capsys: pytest.CaptureFixture[str]) -> None:
    job = {"train_data": "d.jsonl", "eval_strategy": "epoch"}
    write_lines(Path("e.jsonl"), [ALPACA])
    write(Path("job.json"), {**job, "eval_data": [{"path": "e.jsonl"}, "e.jsonl"]})
    code, answer = shown(capsys, "job.json", "--eval")
    assert (code, answer["rows"]) == (0, 2)
    write(Path("job.json"), {**job, "eval_data": [{"path": "e.jsonl", "weight": 2}]})
    assert main(["data", "job.json", "--eval"]) == 1
    assert "it can have `path` only" in capsys.readouterr().err


@pytest.mark.parametrize("words", [[], ["d.jsonl", "--row", "1"], ["d.jsonl", "--ids"]])
def test_a_wrong_request(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data", *words]) == 2
    assert "error" in capsys.readouterr().err


def test_the_first_rows_are_shown_with_long_texts_shortened(capsys: pytest.CaptureFixture[str]) -> None:
    write_lines(Path("long.jsonl"), [{"instruction": "x" * 9000, "output": "y", "n": [1, None]}] * 9)
    first = shown(capsys, "long.jsonl")[1]["first"]
    assert [each["row"] for each in first] == [1, 2, 3, 4, 5]
    assert first[0]["value"] == {"instruction": "x" * 300 + "…", "output": "y", "n": [1, None]}


def test_every_problem_has_the_help_of_its_rule(capsys: pytest.CaptureFixture[str]) -> None:
    write_lines(Path("ids.jsonl"), [{**ALPACA, "id": 7}])
    (problem,) = shown(capsys, "ids.jsonl")[1]["problems"]
    assert (problem["code"], problem["help"]) == ("HPC564", rule_of("HPC564").help)


@pytest.mark.train
def test_a_model_that_the_hub_cannot_be_asked_for_is_told_before_anything_loads(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The libraries would try again for minutes."""
    monkeypatch.setattr(data, "_from_runner", None)
    code, answer = shown(capsys, "d.jsonl", "--set", "model=org/absent")
    assert (code, answer["rows"] > 0, answer["problems"][-1]["code"]) == (1, True, "HPC529")


def test_a_sample_is_judged_as_strictly_as_all(capsys: pytest.CaptureFixture[str]) -> None:
    assert shown(capsys, "d.jsonl", "--sample", "2")[0] == 0
    assert shown(capsys, "d.jsonl", "--sample", "3")[0] == 1


def test_no_test_uses_the_cache_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()  # As every test finds it.
    assert rows_cache.cache_folder().is_relative_to(tempfile.gettempdir())


def test_both_sides_keep_the_cache_in_the_same_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    assert rows_cache.cache_folder() == row_cache.cache_folder()
    monkeypatch.delenv("HPC_CACHE")
    assert rows_cache.cache_folder() == row_cache.cache_folder()


@pytest.mark.train
def test_rows_as_the_model_sees_them(capsys: pytest.CaptureFixture[str], request: pytest.FixtureRequest) -> None:
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
    request.getfixturevalue("in_this_process")
    assert main(["data", *words[:-3], "--row", "1", "--picture", "lengths.png"]) == 0
    assert "[2<|im_end|>]" in capsys.readouterr().out
    assert columns(Path("lengths.png"), BLUE)  # the bars
    assert columns(Path("lengths.png"), RED)  # the limit
    assert main(["data", *words[:-3], "--picture", "nowhere/lengths.png"]) == 2
    assert "error[HPC736]: cannot write nowhere/lengths.png" in capsys.readouterr().err
    assert main(["data", "--cache"]) == 0
    assert "1 tokenized data set, " in capsys.readouterr().out.splitlines()[-1]
    assert main(["data", "--cache", "clear"]) == 0
    assert list(Path("cache/rows").glob("*/")) == []


def codes(answer: dict[str, Any]) -> dict[str, str]:
    return {problem["code"]: problem["severity"] for problem in answer["problems"]}


@pytest.mark.train
@pytest.mark.usefixtures("in_this_process")
def test_what_a_run_would_refuse_is_an_answer_not_a_wrong_request(capsys: pytest.CaptureFixture[str]) -> None:
    make_tiny(Path("tiny"))
    write_lines(Path("other.jsonl"), [{"a": 1}])
    Path("empty.jsonl").write_text("")
    capsys.readouterr()
    for name, code in {"other.jsonl": "HPC523", "empty.jsonl": "HPC522", "gone.jsonl": "HPC520"}.items():
        exit_code, answer = shown(capsys, name, "--set", "model=./tiny")
        assert (exit_code, codes(answer)) == (1, {code: "error"})
    exit_code, answer = shown(capsys, "d.jsonl", "--set", "model=./nowhere", "--skip-bad-rows")
    assert (exit_code, answer["rows"]) == (1, 3)
    assert codes(answer) == {"HPC501": "error", "HPC524": "warning"}
    exit_code, answer = shown(capsys, "d.jsonl", "--set", "model=./tiny", "--row", "3", "--skip-bad-rows")
    assert (exit_code, answer["shown"]) == (0, [])
    assert "row 3 is malformed" in answer["problems"][-1]["message"]
    for words in (("--row", "4"), ("--row", "0"), ("--sample", "x")):
        with pytest.raises(SystemExit) if words[1] in "0x" else nullcontext():
            assert main(["data", "d.jsonl", "--set", "model=./tiny", *words, "--skip-bad-rows"]) == 2


@pytest.mark.train
@pytest.mark.usefixtures("in_this_process")
def test_files_that_are_trained_and_evaluated_on_are_said_with_a_model_too(capsys: pytest.CaptureFixture[str]) -> None:
    make_tiny(Path("tiny"))
    write_lines(Path("good.jsonl"), [ALPACA])
    write(
        Path("job.json"),
        {"model": "./tiny", "train_data": "good.jsonl", "eval_data": "good.jsonl", "eval_strategy": "epoch"},
    )
    capsys.readouterr()
    assert codes(shown(capsys, "job.json", "--eval")[1]) == {"HPC563": "warning"}
