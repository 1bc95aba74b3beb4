"""Resuming from a checkpoint: the newest complete one, bit-equal, and only of the same job."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.end_to_end.forks import Forks
from tests.end_to_end.jobs import wait_until
from tests.end_to_end.runner.compiled import compiled

from hpc_disk.checkpoints import incomplete
from hpc_runner.__main__ import main

ROWS = [{"instruction": f"What is {n}?", "input": "", "output": f"{n}, of course"} for n in range(24)]


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory, tiny: Path) -> dict[str, Any]:
    rows = tmp_path_factory.mktemp("rows") / "rows.json"
    rows.write_text(json.dumps(ROWS))
    changes = {"max_steps": 6, "save_steps": 2, "lora_changes": {"lora_dropout": 0.1}}
    return {"trainer": "sft", "model": tiny, "train": rows, **changes}


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory, job: dict[str, Any]) -> Path:
    folder = tmp_path_factory.mktemp("finished")
    assert main([str(compiled(folder, **job))]) == 0
    return folder


@pytest.fixture
def interrupted(tmp_path: Path, finished: Path) -> Path:
    """The finished run as a crash after step 5 would have left it: checkpoint-6 was being written."""
    shutil.copytree(finished, tmp_path / "run")
    for name in ("final", "merged", "checkpoint-6/scheduler.pt", "checkpoint-6/hpc.json", "summary.json"):
        path = tmp_path / "run" / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    return tmp_path / "run"


def metrics(output: Path) -> list[tuple[int, float, float]]:
    lines = [json.loads(line) for line in (output / "metrics.jsonl").read_text().splitlines()]
    return [(line["step"], line["loss"], line["grad_norm"]) for line in lines if "loss" in line]


@pytest.mark.train
def test_resumes_from_the_newest_complete_checkpoint_bit_equal(
    interrupted: Path, finished: Path, job: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(compiled(interrupted, **job, resume=True))]) == 0
    said = capsys.readouterr().err
    assert "checkpoint-6 is incomplete (scheduler.pt is missing or cut off); it is left alone" in said
    assert f"resuming from {interrupted / 'checkpoint-4'}" in said
    assert metrics(interrupted) == metrics(finished)
    assert [step for step, *_ in metrics(interrupted)] == [1, 2, 3, 4, 5, 6]
    name = "final/adapter_model.safetensors"
    assert (interrupted / name).read_bytes() == (finished / name).read_bytes()


@pytest.mark.train
def test_resume_without_a_checkpoint_starts_and_says_so(
    tmp_path: Path, job: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    build = compiled(tmp_path / "run", **{**job, "max_steps": 1, "save_strategy": "no"}, resume=True)
    assert main([str(build)]) == 0
    assert "training starts from the beginning" in capsys.readouterr().err


@pytest.mark.train
def test_a_given_checkpoint(
    interrupted: Path, finished: Path, job: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(interrupted.parent)
    assert main([str(compiled(interrupted, **job, resume="run/checkpoint-2"))]) == 0
    assert metrics(interrupted) == metrics(finished)


@pytest.mark.parametrize(
    ("path", "code", "text"),
    [
        ("../outside/checkpoint-2", "HPC530", "outside the current folder"),
        ("run/checkpoint-99", "HPC530", "does not exist"),
        ("run/checkpoint-6", "HPC531", "not a complete checkpoint: scheduler.pt"),
    ],
)
def test_a_given_path_that_is_none(
    interrupted: Path,
    job: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    path: str,
    code: str,
    text: str,
) -> None:
    shutil.copytree(interrupted, interrupted.parent / "here" / "run")
    shutil.copytree(interrupted, interrupted.parent / "outside")
    monkeypatch.chdir(interrupted.parent / "here")
    assert main([str(compiled(interrupted, **job, resume=path))]) == 1
    said = capsys.readouterr().err
    assert f"error[{code}]" in said
    assert text in said


@pytest.mark.parametrize(
    ("code", "text", "changes"),
    [
        ("HPC534", '`training_type` "lora", but this job has "full"', {"lora": False}),
        ("HPC536", "`model`", {"model": "other/model"}),
        ("HPC535", "`lora_rank` 4, but this job has 8", {"lora_changes": {"r": 8, "lora_dropout": 0.1}}),
        ("HPC533", '`distributed_backend` "ddp", but this job has "deepspeed"', {"stage": 2}),
    ],
)
def test_another_job_does_not_go_on_from_it(
    interrupted: Path,
    job: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    code: str,
    text: str,
    changes: dict[str, Any],
) -> None:
    monkeypatch.chdir(interrupted.parent)
    (interrupted.parent / "other" / "model").mkdir(parents=True)
    assert main([str(compiled(interrupted, **{**job, **changes}, resume=True))]) == 1
    said = capsys.readouterr().err
    assert f"error[{code}]" in said
    assert text in said


@pytest.mark.parametrize(
    "damage",
    ["adapter_model.safetensors", "optimizer.pt", "scheduler.pt", "rng_state.pth", "trainer_state.json"],
)
def test_a_file_that_is_cut_off_makes_a_checkpoint_incomplete(tmp_path: Path, finished: Path, damage: str) -> None:
    shutil.copytree(finished / "checkpoint-4", tmp_path / "checkpoint-4")
    assert incomplete(tmp_path / "checkpoint-4") is None
    path = tmp_path / "checkpoint-4" / damage
    path.write_bytes(path.read_bytes()[:-20])
    assert damage in str(incomplete(tmp_path / "checkpoint-4"))
    path.unlink()
    assert incomplete(tmp_path / "checkpoint-4") is not None


ENDLESS = {"max_steps": 100000, "save_strategy": "no"}


@pytest.mark.train
def test_a_signal_saves_one_clean_checkpoint_and_ends(tmp_path: Path, job: dict[str, Any], forks: Forks) -> None:
    compiled(tmp_path / "run", **{**job, **ENDLESS})
    forks.start(tmp_path, "run/build")
    assert forks.kill_when(lambda: trains(tmp_path / "run"), number=signal.SIGTERM)
    assert forks.wait() == [128 + signal.SIGTERM]
    assert_stopped(tmp_path / "run", (tmp_path / "said.txt").read_text())


@pytest.mark.train
def test_ctrl_c_of_two_processes_under_torchrun(tmp_path: Path, job: dict[str, Any]) -> None:
    build = compiled(tmp_path / "run", **{**job, **ENDLESS}, world=2)
    launcher = ["-m", "hpc_runner.torchrun", "--standalone", "--nnodes=1", "--nproc-per-node=2"]
    command = [sys.executable, *launcher, "-m", "hpc_runner", str(build)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True)
    wait_until(lambda: trains(tmp_path / "run"), process)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=500)
    assert process.returncode == 128 + signal.SIGINT, said[-2000:]
    assert_stopped(tmp_path / "run", said)
    assert not children(process.pid)


def trains(output: Path) -> bool:
    """Whether three steps are logged."""
    path = output / "metrics.jsonl"
    return path.exists() and len(path.read_text().splitlines()) >= 3


def assert_stopped(output: Path, said: str) -> None:
    """What a run leaves that was asked to stop."""
    assert "Traceback" not in said
    (checkpoint,) = output.glob("checkpoint-*")
    assert incomplete(checkpoint) is None
    assert not (output / "final").exists()


def children(session: int) -> list[int]:
    """The processes of a session that still live."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if os.getsid(int(entry.name)) == session:
                    found.append(int(entry.name))
            except ProcessLookupError:
                continue
    return found
