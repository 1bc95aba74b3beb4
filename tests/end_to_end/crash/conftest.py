from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.end_to_end.forks import Forks
from tests.end_to_end.jobs import make_job

from hpc.cli import main

STEPS = 16
RHYTHM: dict[str, Any] = {
    "checkpoint_strategy": "steps",
    "checkpoint_steps": 4,
    "number_of_checkpoints": 2,
    "resume_from_checkpoint": True,
}
JOB: dict[str, Any] = {**RHYTHM, "lora_dropout": 0.1}
WHOLE: dict[str, Any] = {**RHYTHM, "training_type": "full", "devices_per_node": 2}


@pytest.fixture(scope="session")
def forks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forks]:
    server = Forks(tmp_path_factory.mktemp("forks"))
    yield server
    server.close()


def compiled(folder: Path, rows: int = STEPS, **values: Any) -> str:
    """Compile a job in its working folder, as ``hpc run`` does; the folder of the compiled files in it."""
    config = make_job(folder, rows, **values)
    before = Path.cwd()
    os.chdir(folder)
    try:
        assert main(["compile", config.name, "-o", "out/build"]) == 0
    finally:
        os.chdir(before)
    return "out/build"
