"""Random configs, compiled for a pair of releases and given to the real argument classes of these."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hpc.targets.newer_models import SINCE
from hpc.targets.releases import Pair, parse
from tests.versions.configs import configs

TAKE = Path(__file__).with_name("take.py")


def take(python: Path, pair: Pair, folder: Path, *, seed: int, count: int) -> dict[str, Any]:
    """How many configs were given, the faults that the classes found, and the families of models there."""
    jobs = folder / f"{pair.trl}.jsonl"
    with jobs.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(job) + "\n" for job in configs(seed, count, pair.name))
    environment = {**os.environ, "CUDA_VISIBLE_DEVICES": "", "HF_HUB_OFFLINE": "1", "PYTHONWARNINGS": "ignore"}
    done = subprocess.run([python, TAKE, jobs], capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr[-2000:]
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    answer["faults"] |= dict.fromkeys(family_faults(pair, answer["families"]), 1)
    return answer


def family_faults(pair: Pair, known: list[str]) -> Iterator[str]:
    """Families that the release has and hpc says it lacks, and the other way round."""
    for since, names in SINCE.items():
        has = parse(pair.transformers) >= parse(since)
        for name in names:
            if (name in known) != has:
                yield f"transformers {pair.transformers} {'lacks' if has else 'has'} {name}"
