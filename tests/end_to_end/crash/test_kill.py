"""kill -9 at chosen moments, then the same command: the run ends as if nothing had happened."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.end_to_end.crash.conftest import JOB, STEPS, WHOLE, compiled
from tests.end_to_end.forks import Forks
from tests.end_to_end.jobs import losses

pytestmark = pytest.mark.train

Ready = Callable[[Path], bool]


def in_a_step(output: Path) -> bool:
    """Step 10 is logged: beyond checkpoint 8."""
    path = output / "metrics.jsonl"
    return path.is_file() and path.read_text().count('"loss"') >= 10


def in_a_checkpoint_write(output: Path) -> bool:
    """The weights of checkpoint 8 are being written, its state is not there yet."""
    return bool(list(output.glob("checkpoint-8/*")))


def in_the_merge(output: Path) -> bool:
    """The merged model is being written."""
    return bool(list(output.glob(".merged.partial/*")))


def in_the_final_save(output: Path) -> bool:
    """The adapter is being written."""
    return (output / ".final.partial").is_dir()


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory, forks: Forks) -> Path:
    folder = tmp_path_factory.mktemp("uninterrupted")
    forks.run(folder, compiled(folder, **JOB))
    return folder / "out"


def weights(output: Path) -> dict[str, bytes]:
    """The bytes of the results."""
    names = ("final/adapter_model.safetensors", "merged/model.safetensors", "final/model.safetensors")
    return {name: (output / name).read_bytes() for name in names if (output / name).is_file()}


@pytest.mark.parametrize("moment", [in_a_step, in_a_checkpoint_write, in_the_final_save, in_the_merge])
def test_killed_and_resumed_is_bit_equal(moment: Ready, uninterrupted: Path, forks: Forks, tmp_path: Path) -> None:
    build = compiled(tmp_path, **JOB)
    output = tmp_path / "out"
    forks.start(tmp_path, build)
    assert forks.kill_when(lambda: moment(output)), (tmp_path / "said.txt").read_text()
    assert forks.wait() == [-9]
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
    store = tmp_path / "out" / ".mlflow.db.partial" / "mlflow.db"
    forks.start(tmp_path, build, MLFLOW_TRACKING_URI="")
    assert forks.kill_when(lambda: store.is_file() and store.stat().st_size > 0), (tmp_path / "said.txt").read_text()
    assert forks.wait() == [-9]
    assert not (tmp_path / "out" / "mlflow.db").exists()
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
    forks.start(tmp_path, build, world=2)
    assert forks.kill_when(lambda: in_a_step(tmp_path / "out")), (tmp_path / "said.txt").read_text()
    assert forks.wait() == [-9, -9]
    forks.run(tmp_path, build, world=2)
    assert "resuming from out/checkpoint-8" in (tmp_path / "said.txt").read_text()
    assert losses(tmp_path / "out") == pytest.approx(losses(uninterrupted_pair), abs=1e-6)
