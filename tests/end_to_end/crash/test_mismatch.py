"""A checkpoint of another job is refused before the first step, with the difference and both values."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from tests.end_to_end.crash.conftest import JOB, WHOLE, compiled
from tests.end_to_end.forks import Forks
from tests.end_to_end.tiny import make_tiny

pytestmark = pytest.mark.train

ZERO: dict[str, Any] = {**WHOLE, "distributed_backend": "deepspeed", "zero_stage": 1}
OTHERS: dict[str, tuple[str, dict[str, Any], str]] = {
    "rank": ("HPC535", {**JOB, "lora_rank": 16}, "`lora_rank` 4, but this job has 16"),
    "modules": ("HPC535", {**JOB, "target_modules": "q_proj"}, "`target_modules`"),
    "training type": ("HPC534", {**JOB, "training_type": "full"}, '`training_type` "lora", but this job has "full"'),
    "trainer": ("HPC534", {**JOB, "trainer": "dpo"}, '`trainer` "sft", but this job has "dpo"'),
    "learning rate": ("HPC537", {**JOB, "learning_rate": 0.5}, "`learning_rate` 0.001, but this job has 0.5"),
    "optimizer": ("HPC537", {**JOB, "optimizer": "sgd"}, '`optimizer` "adamw", but this job has "sgd"'),
    "model": ("HPC536", {**JOB, "model": "other"}, '`model` "model", but this job has "other"'),
    "batch size": ("HPC538", {**JOB, "batch_size": 4}, "`batch_size` 1, but this job has 4"),
    "accumulation": ("HPC538", {**JOB, "gradient_accumulation_steps": 4}, "`gradient_accumulation_steps` 1"),
}


@pytest.fixture(scope="module")
def lora_run(tmp_path_factory: pytest.TempPathFactory, forks: Forks) -> Path:
    folder = tmp_path_factory.mktemp("lora")
    make_tiny(folder / "other", seed=1)
    forks.run(folder, compiled(folder, 4, **JOB))
    return folder


def refused(folder: Path, forks: Forks, build: str, world: int = 1) -> str:
    """What a job that must be refused says."""
    (folder / "said.txt").unlink(missing_ok=True)
    forks.start(folder, build, world)
    assert forks.wait() == [1] * world
    said = (folder / "said.txt").read_text()
    assert "Traceback" not in said
    assert "step 1/" not in said
    return said


@pytest.mark.parametrize("name", OTHERS)
def test_another_job(name: str, lora_run: Path, forks: Forks) -> None:
    code, changed, why = OTHERS[name]
    said = refused(lora_run, forks, compiled(lora_run, 4, **changed))
    assert f"error[{code}]: out/checkpoint-4 " in said
    assert why in said


def test_deepspeed_with_another_number_of_processes(tmp_path: Path, forks: Forks) -> None:
    forks.run(tmp_path, compiled(tmp_path, 8, **ZERO), world=2)
    said = refused(tmp_path, forks, compiled(tmp_path, 8, **{**ZERO, "devices_per_node": 1}))
    assert "error[HPC532]: out/checkpoint-4 was made by 2 processes, but this job has 1" in said
    shutil.rmtree(tmp_path / "out" / "checkpoint-4" / "global_step4")
    said = refused(tmp_path, forks, compiled(tmp_path, 8, **{**ZERO, "resume_from_checkpoint": "out/checkpoint-4"}), 2)
    assert "error[HPC531]: out/checkpoint-4 is not a complete checkpoint: 0 of 2 DeepSpeed partitions" in said
