"""A resumed job that may differ: the same global batch divided differently, and more epochs."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from tests.end_to_end.crash.conftest import RHYTHM, compiled
from tests.end_to_end.forks import Forks
from tests.end_to_end.jobs import CLOSE, losses, metrics

pytestmark = pytest.mark.train

ROWS = 32
FOUR: dict[str, Any] = {**RHYTHM, "training_type": "full", "batch_size": 2, "gradient_accumulation_steps": 2}
CUTS: dict[str, dict[str, Any]] = {
    "larger batches": {"batch_size": 4, "gradient_accumulation_steps": 1},
    "two processes": {"batch_size": 1, "gradient_accumulation_steps": 2, "devices_per_node": 2},
}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, forks: Forks) -> Path:
    folder = tmp_path_factory.mktemp("whole")
    forks.run(folder, compiled(folder, ROWS, **FOUR, epochs=1))
    return folder


def interrupted(whole: Path, folder: Path) -> None:
    """The run as a crash after step 4 would have left it."""
    shutil.copytree(whole, folder, dirs_exist_ok=True)
    for name in ("final", "merged", "checkpoint-8", "summary.json"):
        path = folder / "out" / name
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    (folder / "said.txt").unlink()


@pytest.mark.parametrize("name", CUTS)
def test_the_same_global_batch_goes_on_with_the_same_rows(name: str, whole: Path, tmp_path: Path, forks: Forks) -> None:
    interrupted(whole, tmp_path)
    cut = CUTS[name]
    forks.run(tmp_path, compiled(tmp_path, ROWS, **{**FOUR, **cut}, epochs=1), cut.get("devices_per_node", 1))
    said = (tmp_path / "said.txt").read_text()
    assert "the global batch is still 4: training continues after 4 steps of 4 rows" in said
    before = losses(whole / "out")
    assert losses(tmp_path / "out") == pytest.approx(before, abs=CLOSE)
    assert max(before) - min(before) > 10 * CLOSE, "else other rows would do"


def test_more_epochs_follow_their_own_schedule(whole: Path, tmp_path: Path, forks: Forks) -> None:
    (tmp_path / "at once").mkdir()
    forks.run(tmp_path / "at once", compiled(tmp_path / "at once", ROWS, **FOUR, epochs=2))
    shutil.copytree(whole, tmp_path / "later")
    forks.run(tmp_path / "later", compiled(tmp_path / "later", ROWS, **FOUR, epochs=2))
    assert "`epochs` was 1 and is 2 now: from the next step" in (tmp_path / "later/said.txt").read_text()

    def rates(name: str) -> list[float]:
        return [row["learning_rate"] for step, row in sorted(metrics(tmp_path / name / "out").items()) if step > 8]

    assert rates("later") == rates("at once")
    assert len(losses(tmp_path / "later/out")) == 16


ZERO: dict[str, Any] = {**FOUR, "distributed_backend": "deepspeed", "zero_stage": 2}


@pytest.mark.slow
@pytest.mark.parametrize(("before", "after"), [("none", "optimizer"), ("optimizer", "none")])
def test_deepspeeds_state_moves_to_the_host_and_back(before: str, after: str, tmp_path: Path, forks: Forks) -> None:
    whole = tmp_path / "whole"
    whole.mkdir()
    forks.run(whole, compiled(whole, ROWS, **ZERO, offload=before, epochs=1))
    interrupted(whole, tmp_path / "moved")
    forks.run(tmp_path / "moved", compiled(tmp_path / "moved", ROWS, **ZERO, offload=after, epochs=1))
    assert "resuming from out/checkpoint-4" in (tmp_path / "moved/said.txt").read_text()
    assert losses(tmp_path / "moved/out") == pytest.approx(losses(whole / "out"), abs=CLOSE)
