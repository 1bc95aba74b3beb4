"""``hpc runs``: the runs in a folder, a line each, from what they left on the disk, whole or not."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from pathlib import Path
from typing import Any

import pytest

from hpc.cli import main
from hpc_disk import runs


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(None, "-"), (0.3, "under 1s"), (40, "40s"), (59.7, "1m00s"), (1420, "23m40s"), (7500, "2h05m")],
)
def test_time_is_shown_as_people_say_it(seconds: float | None, shown: str) -> None:
    assert runs.time_taken(seconds) == shown


def run(name: str, *losses: float, summary: bool = False, checkpoint: int = 0, folder: str = "runs") -> Path:
    """The output folder of a run, as the runner leaves it."""
    output = Path(folder, name)
    (output / "build").mkdir(parents=True)
    plan = {"hpc": "0.1.0", "name": name, "source": f"configs/{name}.json"}
    (output / "build" / "plan.json").write_text(json.dumps(plan))
    lines = [{"step": 5 * (n + 1), "epoch": n, "time": 1000 + 60 * n, "loss": loss} for n, loss in enumerate(losses)]
    (output / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    if checkpoint:
        (output / f"checkpoint-{checkpoint}").mkdir()
    if summary:
        (output / "final").mkdir()
        found = {"steps": 5 * len(losses), "last_loss": losses[-1], "last_eval_loss": 0.5, "seconds": 61.0}
        found["results"] = {"final": str(output / "final")}
        (output / "summary.json").write_text(json.dumps(found))
    return output


def listed(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, dict[str, Any]]:
    assert main(["runs", *words, "--format", "json"]) == 0
    return {entry["name"]: entry for entry in json.loads(capsys.readouterr().out)}


def test_what_became_of_each_run(capsys: pytest.CaptureFixture[str]) -> None:
    run("done", 2.0, 1.0, summary=True)
    run("stopped", 2.0, 1.5, checkpoint=10)
    run("young")
    broken = run("broken", 2.0)
    (broken / "summary.json").write_text(json.dumps({"ended": "the loss is NaN", "steps": 5, "results": {}}))
    busy = run("busy", 3.0)
    with (busy / ".lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        found = listed(capsys)
    assert {name: entry["state"] for name, entry in found.items()} == {
        "done": "finished",
        "stopped": "stopped",
        "young": "stopped",
        "broken": "failed",
        "busy": "running",
    }
    assert found["done"] == {
        "folder": "runs/done",
        "name": "done",
        "config": "configs/done.json",
        "state": "finished",
        "steps": 10,
        "loss": 1.0,
        "eval_loss": 0.5,
        "seconds": 61.0,
        "started": found["done"]["started"],
        "result": "runs/done/final",
    }
    assert (found["stopped"]["steps"], found["stopped"]["loss"], found["stopped"]["seconds"]) == (10, 1.5, 60)
    assert found["stopped"]["result"] == "runs/stopped/checkpoint-10"
    assert (found["young"]["steps"], found["young"]["loss"], found["young"]["result"]) == (0, None, None)


def test_a_run_that_went_on_after_its_end_is_not_finished(capsys: pytest.CaptureFixture[str]) -> None:
    output = run("more", 2.0, 1.0, summary=True, checkpoint=15)
    with (output / "metrics.jsonl").open("a") as file:
        file.write('{"step": 15, "epoch": 3, "time": 2000, "loss": 0.9}\n')
    assert listed(capsys)["more"]["state"] == "stopped"


def test_a_line_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    run("done", 2.0, 1.0, summary=True)
    run("long_name_of_a_run", 2.0, checkpoint=5)
    assert main(["runs"]) == 0
    head, *lines = capsys.readouterr().out.splitlines()
    assert head.split() == ["FOLDER", "CONFIG", "STATE", "STEPS", "LOSS", "TIME", "RESULT"]
    assert sorted(line.split()[0] for line in lines) == ["runs/done", "runs/long_name_of_a_run"]
    done = next(line for line in lines if "runs/done " in line)
    assert done.split() == ["runs/done", "configs/done.json", "finished", "10", "1.0000", "1m01s", "runs/done/final"]
    starts = {line.index("configs/") for line in lines}
    assert starts == {head.index("CONFIG")}


def test_one_folder_nothing_and_no_folder(capsys: pytest.CaptureFixture[str]) -> None:
    run("a", 1.0, folder="here")
    run("b", 1.0, folder="there/deep/down")
    assert set(listed(capsys)) == {"a", "b"}
    assert set(listed(capsys, "there")) == {"b"}
    assert set(listed(capsys, "here/a")) == {"a"}
    Path("empty").mkdir()
    assert main(["runs", "empty"]) == 0
    assert capsys.readouterr().out == "No runs in empty.\n"
    assert listed(capsys, "empty") == {}
    with contextlib.chdir("empty"):
        assert main(["runs"]) == 0
    assert capsys.readouterr().out == "No runs in the current folder.\n"
    assert main(["runs", "nowhere"]) == 2
    assert "HPC001" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["", "{", "[1]", '{"step": "x"}', '{"step": 5, "loss": "nan"}', "\x00", '{"step": 1}'])
def test_damaged_files_are_no_reason_to_fail(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    output = run("damaged", 1.0, summary=True)
    for name in ("metrics.jsonl", "summary.json"):
        (output / name).write_text(text)
    assert set(listed(capsys)) == {"damaged"}
    assert main(["runs"]) == 0
    (output / "metrics.jsonl").unlink()
    os.mkfifo(output / "metrics.jsonl")
    assert main(["runs"]) == 0


def test_many_runs_are_bounded_and_it_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(runs, "MOST", 2)
    for name in ("a", "b", "c"):
        run(name, 1.0)
    assert main(["runs"]) == 0
    printed = capsys.readouterr()
    assert len(printed.out.splitlines()) == 3
    assert "only the first 2 runs" in printed.err


def test_the_files_that_mlflow_keeps_of_a_run_are_not_another_run(capsys: pytest.CaptureFixture[str]) -> None:
    run("mine", 2.0)
    run("artifacts", 2.0, folder="runs/mlflow_artifacts/ab12")
    assert set(listed(capsys)) == {"mine"}


def test_other_folders_are_not_runs(capsys: pytest.CaptureFixture[str]) -> None:
    Path("web/build").mkdir(parents=True)
    Path("web/build/plan.json").write_text('{"floors": 3}')
    Path("loop").symlink_to(".")
    run("a", 1.0)
    assert set(listed(capsys)) == {"a"}
