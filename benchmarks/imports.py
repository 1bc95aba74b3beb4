"""What the libraries of a training take at import: with all that they find, and without what no job here uses."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from pairs import ENVIRONMENT, Row, ratio

LIBRARIES = """
import sys
sys.modules.update(dict.fromkeys(sys.argv[1:]))
import peft, torch, transformers.trainer, trl.trainer.sft_trainer
from accelerate.utils.other import extract_model_from_parallel
extract_model_from_parallel(torch.nn.Linear(1, 1))  # imports DeepSpeed, as the first step does
"""
MLFLOW = "import mlflow; mlflow.MlflowClient('sqlite:///mlflow.db').search_experiments()"
OPTIONAL = {"DeepSpeed": "deepspeed", "bitsandbytes": "bitsandbytes", "Weights & Biases": "wandb"}


PEAK = "\nprint(open('/proc/self/status').read().split('VmHWM:')[1].split()[0])"
"""The process tells its own peak: what the system tells of it begins with the memory of the process that started it."""


class Taken(NamedTuple):
    """Seconds of processor time, and MiB at the peak."""

    seconds: float
    memory: float


def measured(program: str, *words: str) -> Taken:
    """One process that runs the program in an empty folder."""
    with tempfile.TemporaryDirectory() as name:
        command = [sys.executable, "-c", program + PEAK, *words]
        started = subprocess.Popen(
            command, cwd=Path(name), env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        assert started.stdout
        said = started.stdout.read()
        _, status, usage = os.wait4(started.pid, 0)
    assert status == 0, f"{program} failed"
    return Taken(usage.ru_utime + usage.ru_stime, int(said.split()[-1]) / 1024)


def rows(turns: int) -> list[Row]:
    """Each left out alone, all of them, and MLflow with a new store; ratios to all that is found."""
    programs = {
        "libraries, as they are found": (LIBRARIES,),
        **{f"without {title}": (LIBRARIES, module) for title, module in OPTIONAL.items()},
        "without the three": (LIBRARIES, *OPTIONAL.values()),
        "without the three and scipy": (LIBRARIES, *OPTIONAL.values(), "scipy"),
        "MLflow alone, with a new store": (MLFLOW,),
    }
    taken: dict[str, list[Taken]] = {name: [] for name in programs}
    for turn in range(turns + 1):
        for name, words in programs.items():
            found = measured(*words)
            if turn:
                taken[name].append(found)
    every = [found.seconds for found in taken["libraries, as they are found"]]
    return [
        Row(name, _figure(found), ratio([each.seconds for each in found], every), "", None)
        for name, found in taken.items()
    ]


def _figure(found: list[Taken]) -> str:
    return f"{min(found).seconds:.1f} s, {statistics.median(each.memory for each in found):,.0f} MiB"
