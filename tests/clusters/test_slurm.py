"""The batch script on a real Slurm: a two-node job is canceled, and the same command brings it to its end."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.clusters.slurm import Slurm
from tests.end_to_end.jobs import losses, make_job

from hpc.cli import main

pytestmark = pytest.mark.train

STEPS = 200


@pytest.fixture(scope="module")
def slurm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Slurm]:
    cluster = Slurm(tmp_path_factory.mktemp("slurm"))
    yield cluster
    cluster.stop()


@pytest.fixture
def job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with a compiled job and its batch script."""
    config = make_job(
        tmp_path,
        2 * STEPS,
        training_type="full",
        nodes=2,
        checkpoint_strategy="steps",
        checkpoint_steps=STEPS,
        resume_from_checkpoint=True,
    )
    monkeypatch.chdir(tmp_path)
    assert main(["compile", config.name, "-o", "build"]) == 0
    assert main(["compile", config.name, "-o", "build", "--emit", "slurm.sbatch"]) == 0
    return tmp_path


def wait_for_step(output: Path, step: int) -> None:
    end = time.monotonic() + 500
    while not (output / "metrics.jsonl").is_file() or f'"step": {step},' not in (output / "metrics.jsonl").read_text():
        assert time.monotonic() < end, list(output.glob("*"))
        time.sleep(0.1)


@pytest.mark.slow
def test_cancelled_and_submitted_again(slurm: Slurm, job: Path) -> None:
    submit = ("--gpus-per-node=0", "build/slurm.sbatch", "build")
    first = slurm.submit(job, *submit)
    wait_for_step(job / "out", 20)
    slurm.command("scancel", first)
    assert slurm.wait(first) == "CANCELLED"
    said = (job / f"job-{first}.log").read_text()
    assert "SIGTERM: saving a checkpoint after this step" in said
    (checkpoint,) = (job / "out").glob("checkpoint-*")
    assert int(checkpoint.name.removeprefix("checkpoint-")) < STEPS

    second = slurm.submit(job, *submit)
    assert slurm.wait(second) == "COMPLETED", (job / f"job-{second}.log").read_text()[-3000:]
    assert f"resuming from out/{checkpoint.name}" in (job / f"job-{second}.log").read_text()
    assert len(losses(job / "out")) == STEPS
    assert (job / "out" / "final" / "model.safetensors").is_file()


def test_without_a_folder_it_says_how_to_use_it(slurm: Slurm, job: Path) -> None:
    for words, said in (((), "usage: sbatch slurm.sbatch FOLDER"), (("nowhere",), "nowhere has no launch.sh")):
        number = slurm.submit(job, "--nodes=1", "--gpus-per-node=0", "build/slurm.sbatch", *words)
        assert slurm.wait(number) == "FAILED"
        assert said in (job / f"job-{number}.log").read_text()
