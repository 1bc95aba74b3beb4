"""kill -9 at chosen moments, then the same command: the run ends as if nothing had happened."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import pytest
from tests.end_to_end.crash.conftest import JOB, STEPS, WHOLE, compiled
from tests.end_to_end.forks import Forks, state
from tests.end_to_end.jobs import CLOSE, losses

pytestmark = pytest.mark.train

IN_A_STEP = (r"out/metrics\.jsonl$", 10)
"""Beyond checkpoint 8: a line is written in each step."""
MOMENTS = {
    "in a checkpoint write: its weights are there, its state is not": ("checkpoint-8/adapter_config.json", 1),
    "in the final save": (r"\.final\.\w+\.partial/", 1),
    "in the merge": (r"\.merged\.\w+\.partial/", 1),
    "in a step": IN_A_STEP,
}
"""The path whose touch ends the process, and which touch."""


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory, forks: Forks) -> Path:
    folder = tmp_path_factory.mktemp("uninterrupted")
    forks.run(folder, compiled(folder, **JOB))
    return folder / "out"


def weights(output: Path) -> dict[str, bytes]:
    """The bytes of the results."""
    names = ("final/adapter_model.safetensors", "merged/model.safetensors", "final/model.safetensors")
    return {name: (output / name).read_bytes() for name in names if (output / name).is_file()}


@pytest.mark.parametrize("moment", MOMENTS)
def test_killed_and_resumed_is_bit_equal(moment: str, uninterrupted: Path, forks: Forks, tmp_path: Path) -> None:
    build = compiled(tmp_path, **JOB)
    output = tmp_path / "out"
    forks.start(tmp_path, build, at=MOMENTS[moment])
    assert forks.wait() == [-9], (tmp_path / "said.txt").read_text()
    # What carries the name of a result is one.
    assert weights(output).items() <= weights(uninterrupted).items()
    forks.run(tmp_path, build)
    assert "resuming from out/checkpoint-" in (tmp_path / "said.txt").read_text()
    assert losses(output) == losses(uninterrupted)
    assert len(losses(output)) == STEPS
    assert weights(output) == weights(uninterrupted)


def test_an_incomplete_checkpoint_is_named_and_left_alone(uninterrupted: Path, forks: Forks, tmp_path: Path) -> None:
    build = compiled(tmp_path, **JOB, epochs=1)
    forks.run(tmp_path, build)
    output = tmp_path / "out"
    state = output / "checkpoint-16" / "optimizer.pt"
    state.write_bytes(state.read_bytes()[:1000])
    forks.run(tmp_path, build)
    said = (tmp_path / "said.txt").read_text()
    assert "checkpoint-16 is incomplete (optimizer.pt is missing or cut off); it is left alone" in said
    assert "resuming from out/checkpoint-12" in said
    assert weights(output) == weights(uninterrupted)


def test_killed_while_the_tracking_store_is_made(uninterrupted: Path, forks: Forks, tmp_path: Path) -> None:
    build = compiled(tmp_path, **JOB)
    forks.start(tmp_path, build, at=(r"\.mlflow\.db\.\w+/mlflow\.db", 1), MLFLOW_TRACKING_URI="")
    assert forks.wait() == [-9], (tmp_path / "said.txt").read_text()
    assert not (tmp_path / "mlflow.db").exists()
    forks.run(tmp_path, build, MLFLOW_TRACKING_URI="")
    assert losses(tmp_path / "out") == losses(uninterrupted)


@pytest.fixture(scope="module")
def uninterrupted_pair(tmp_path_factory: pytest.TempPathFactory, forks: Forks) -> Path:
    folder = tmp_path_factory.mktemp("pair")
    forks.run(folder, compiled(folder, 2 * STEPS, **WHOLE), world=2)
    return folder / "out"


ZERO: dict[str, Any] = {"distributed_backend": "deepspeed", "zero_stage": 3}


@pytest.mark.parametrize("backend", [{}, ZERO], ids=["ddp", "zero3"])
def test_two_processes(backend: dict[str, Any], uninterrupted_pair: Path, forks: Forks, tmp_path: Path) -> None:
    build = compiled(tmp_path, 2 * STEPS, **WHOLE, **backend)
    forks.start(tmp_path, build, world=2, at=IN_A_STEP, number=signal.SIGSTOP)
    assert forks.kill_when(lambda: state(forks.pids[0]) == "T"), (tmp_path / "said.txt").read_text()
    assert forks.wait() == [-9, -9]
    forks.run(tmp_path, build, world=2)
    assert "resuming from out/checkpoint-8" in (tmp_path / "said.txt").read_text()
    assert losses(tmp_path / "out") == pytest.approx(losses(uninterrupted_pair), abs=CLOSE)
