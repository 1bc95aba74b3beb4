"""``nodes: 2`` between two network namespaces: a node dies, the other ends and says so, the same command resumes."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.clusters.namespaces import HOSTS, Machines
from tests.end_to_end.jobs import losses, make_job

pytestmark = pytest.mark.train

STEPS = 60
RENDEZVOUS = f"{HOSTS['hpc-a']}:29500"
JOB: dict[str, Any] = {
    "training_type": "full",
    "nodes": 2,
    "checkpoint_strategy": "steps",
    "checkpoint_steps": 10,
    "number_of_checkpoints": 2,
    "resume_from_checkpoint": True,
}


@pytest.fixture
def machines(tmp_path: Path) -> Iterator[Machines]:
    pair = Machines(tmp_path)
    yield pair
    pair.remove()


def run(machines: Machines, log: str) -> dict[str, subprocess.Popen[bytes]]:
    """The same ``hpc run`` on both machines."""
    command = [sys.executable, "-m", "hpc.cli", "run", "job.json"]
    place = {"HPC_RENDEZVOUS": RENDEZVOUS, "MLFLOW_TRACKING_URI": f"sqlite:///{machines.folder}/mlflow.db"}
    return {host: machines.start(host, *command, log=f"{log}-{host}.txt", **place) for host in HOSTS}


def wait_for_step(folder: Path, step: int) -> None:
    metrics, end = folder / "out" / "metrics.jsonl", time.monotonic() + 500
    while not metrics.is_file() or f'"step": {step},' not in metrics.read_text():
        assert time.monotonic() < end, [path.read_text()[-2000:] for path in folder.glob("*.txt")]
        time.sleep(0.05)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("backend", "dies", "lives"),
    [
        pytest.param({}, "hpc-b", "hpc-a", id="ddp, the second node dies"),
        pytest.param(
            {"distributed_backend": "deepspeed", "zero_stage": 3},
            "hpc-a",
            "hpc-b",
            id="zero3, the node of the rendezvous dies",
        ),
    ],
)
def test_a_node_dies_and_the_job_resumes(
    backend: dict[str, Any], dies: str, lives: str, machines: Machines, tmp_path: Path
) -> None:
    make_job(tmp_path, 2 * STEPS, **JOB, **backend)
    first = run(machines, "first")
    wait_for_step(tmp_path, 22)
    machines.pull_the_plug(dies)
    assert first[lives].wait(120) == 1
    said = (tmp_path / f"first-{lives}.txt").read_text()
    assert "error[HPC862]" in said
    assert "HPC863" not in said
    assert "Traceback" not in said
    assert machines.processes(lives) == []
    assert not (tmp_path / "out" / "final").exists()

    second = run(machines, "second")
    assert [process.wait(300) for process in second.values()] == [0, 0], (tmp_path / f"second-{lives}.txt").read_text()
    assert (
        "resuming from out/checkpoint-"
        in (tmp_path / "second-hpc-a.txt").read_text() + (tmp_path / "second-hpc-b.txt").read_text()
    )
    assert len(losses(tmp_path / "out")) == STEPS
    assert (tmp_path / "out" / "final" / "model.safetensors").is_file()
