from __future__ import annotations

import os
from pathlib import Path
from typing import Any

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
