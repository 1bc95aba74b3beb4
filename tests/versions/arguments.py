"""Random configs, compiled for a pair of releases and given to the real argument classes of these."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from hpc.targets.releases import Pair
from tests.versions.configs import configs

TAKE = Path(__file__).with_name("take.py")


def take(python: Path, pair: Pair, folder: Path, *, seed: int, count: int) -> dict[str, Any]:
    """How many configs were given, the faults that the classes found, and the defaults that they have."""
    jobs = folder / f"{pair.trl}.jsonl"
    with jobs.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(job) + "\n" for job in configs(seed, count, pair.name))
    environment = {**os.environ, "CUDA_VISIBLE_DEVICES": "", "HF_HUB_OFFLINE": "1", "PYTHONWARNINGS": "ignore"}
    done = subprocess.run([python, TAKE, jobs], capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr[-2000:]
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer
