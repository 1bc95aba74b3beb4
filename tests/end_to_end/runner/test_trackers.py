"""Weights & Biases and TensorBoard: what is really written, and what is said where one cannot be used."""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from tests.end_to_end.runner.compiled import compiled
from transformers import TrainerCallback

from hpc_runner.__main__ import main
from hpc_runner.errors import RunnerError
from hpc_runner.trackers import Guarded, lacks_a_key

pytestmark = pytest.mark.train
needs_wandb = pytest.mark.skipif(find_spec("wandb") is None, reason="SKIPPED: wandb is not installed")
needs_tensorboard = pytest.mark.skipif(find_spec("tensorboardX") is None, reason="SKIPPED: no tensorboardX")


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with rows, and none of the user's own settings."""
    for name in ("WANDB_API_KEY", "WANDB_MODE", "WANDB_BASE_URL", "WANDB_PROJECT", "WANDB_DIR", "WANDB_INIT_TIMEOUT"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    monkeypatch.setenv("TENSORBOARD_LOGGING_DIR", "")
    monkeypatch.delenv("TENSORBOARD_LOGGING_DIR")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.chdir(tmp_path)
    rows = [{"instruction": f"What is {n}?", "input": "", "output": f"{n}, of course"} for n in range(8)]
    (tmp_path / "rows.json").write_text(json.dumps(rows))
    return tmp_path


def job(place: Path, tiny: Path, *trackers: str) -> list[str]:
    values: dict[str, Any] = {"model": tiny, "train": place / "rows.json", "report_to": list(trackers)}
    return [str(compiled(place / "run", "sft", **values))]


def alone(place: Path, tiny: Path) -> subprocess.CompletedProcess[str]:
    """A run with Weights & Biases in a process of its own: the package keeps the first settings that it sees."""
    command = [sys.executable, "-m", "hpc_runner", *job(place, tiny, "wandb")]
    # wandb gives its own service 30 seconds to start, which a busy machine may need for its imports alone.
    environment = {**os.environ, "WANDB_X_SERVICE_WAIT": "300"}
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=500, check=False)


def logged(place: Path) -> dict[int, float]:
    """Step → loss, as the run's own file says."""
    lines = map(json.loads, (place / "run" / "metrics.jsonl").read_text().splitlines())
    return {line["step"]: line["loss"] for line in lines if "loss" in line}


def scalars(folder: Path, tag: str) -> Iterator[tuple[int, float]]:
    """A quantity of TensorBoard's event files, read as records: length, checksum, message, checksum."""
    from tensorboardX.proto.event_pb2 import Event

    for file in sorted(folder.glob("events.*")):
        rest = file.read_bytes()
        while rest:
            (size,) = struct.unpack("<Q", rest[:8])
            event = Event.FromString(rest[12 : 12 + size])
            rest = rest[16 + size :]
            yield from ((event.step, each.simple_value) for each in event.summary.value if each.tag == tag)


@needs_tensorboard
def test_tensorboard_has_the_losses_of_the_run(place: Path, tiny: Path) -> None:
    assert main(job(place, tiny, "tensorboard")) == 0
    found = dict(scalars(place / "run" / "tensorboard", "train/loss"))
    assert found == pytest.approx(logged(place))
    assert len(found) == 3


@needs_tensorboard
def test_a_run_that_is_overwritten_leaves_no_events(place: Path, tiny: Path) -> None:
    build = job(place, tiny, "tensorboard")
    assert main(build) == main([*build, "--overwrite"]) == 0
    assert len(list((place / "run" / "tensorboard").glob("events.*"))) == 1


@needs_wandb
def test_weights_and_biases_writes_a_run_offline(place: Path, tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANDB_MODE", "offline")
    done = alone(place, tiny)
    assert done.returncode == 0, done.stderr
    (run,) = (place / "run" / "wandb").glob("offline-run-*/run-*.wandb")
    text = run.read_bytes()
    assert all(word in text for word in (b"train/loss", b"learning_rate", b"hpc", b"test"))


@needs_wandb
def test_without_a_key_nothing_is_loaded(place: Path, tiny: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(job(place, tiny, "wandb")) == 1
    said = capsys.readouterr().err
    assert "error[HPC837]" in said
    assert "loading" not in said.split("HPC837")[1]


@needs_wandb
def test_a_server_that_does_not_answer_is_said(place: Path, tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANDB_API_KEY", "a" * 40)
    monkeypatch.setenv("WANDB_BASE_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("WANDB_INIT_TIMEOUT", "1")
    done = alone(place, tiny)
    said = done.stderr
    assert done.returncode == 1
    assert "error[HPC838]" in said
    assert "Traceback" not in said
    assert not (place / "run" / "final").exists()


def test_where_a_key_is_found(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert lacks_a_key()
    (place / "netrc").write_text("machine api.wandb.ai login user password key\n")
    assert not lacks_a_key()
    monkeypatch.setenv("WANDB_BASE_URL", "https://wandb.example.org")
    assert lacks_a_key()
    for name, value in (("WANDB_API_KEY", "key"), ("WANDB_MODE", "offline")):
        with monkeypatch.context() as set_:
            set_.setenv(name, value)
            assert not lacks_a_key()


class Failing(TrainerCallback):  # type: ignore[misc]
    def __init__(self, event: str) -> None:
        self.asked: list[str] = []
        self.event = event

    def on_train_begin(self, *_: Any, **__: Any) -> None:
        self._answer("on_train_begin")

    def on_log(self, *_: Any, **__: Any) -> None:
        self._answer("on_log")

    def _answer(self, event: str) -> None:
        self.asked.append(event)
        if event == self.event:
            raise OSError("gone\nfor good")


def test_a_tracker_that_fails_later_is_asked_no_more(capsys: pytest.CaptureFixture[str]) -> None:
    inner = Failing("on_log")
    guarded = Guarded(inner, "Weights & Biases")
    for _ in range(3):
        guarded.on_log(None, None, None)
    assert inner.asked == ["on_log"]
    assert capsys.readouterr().err.count("Weights & Biases has failed (gone); training continues without it") == 1


def test_a_tracker_that_does_not_start_ends_the_run() -> None:
    with pytest.raises(RunnerError) as found:
        Guarded(Failing("on_train_begin"), "TensorBoard").on_train_begin(None, None, None)
    assert found.value.code == "HPC838"
