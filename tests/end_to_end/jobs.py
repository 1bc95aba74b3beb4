"""Whole jobs as users start them: a config, the tiny model, a few rows, and ``hpc run``."""

from __future__ import annotations

import json
import os
import random
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

from tests.end_to_end.tiny import make_tiny
from tests.threads import THREADS

ENVIRONMENT = {
    **os.environ,
    "OMP_NUM_THREADS": str(THREADS),
    "TOKENIZERS_PARALLELISM": "false",
    "HF_HUB_OFFLINE": "1",
    "HF_DATASETS_OFFLINE": "1",
    "NO_COLOR": "1",
}
CLOSE = 1e-4
"""How far two losses may be apart that differ only in the order in which float32 numbers are added."""
WORDS = (
    *("rate", "batch", "epoch", "model", "token", "loss", "answer", "question"),
    *("France", "Paris", "number", "true", "false", "compiler", "page", "training"),
)

TINY = {
    "model": "model",
    "train_data": "train.jsonl",
    "output_dir": "out",
    "batch_size": 1,
    "gradient_accumulation_steps": 1,
    "learning_rate": 0.001,
    "max_sequence_length": 64,
    "mixed_precision": "none",
    "disable_gradient_checkpointing": True,
    "checkpoint_strategy": "no",
    "logging_steps": 1,
}
LORA = {"lora_rank": 4, "lora_alpha": 8}


def make_job(folder: Path, rows: int = 20, **values: Any) -> Path:
    """Write a config with its data and model into ``folder``; returns the config's path.

    Args:
        folder: The working folder.
        rows: How many rows of training data.
        values: The config's values beside those of ``TINY``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    make_tiny(folder / "model")
    config = {**TINY, **(LORA if values.get("training_type") != "full" else {}), **values}
    make = preference if values.get("trainer") == "dpo" else conversation
    (folder / config["train_data"]).write_text("".join(json.dumps(make(row)) + "\n" for row in range(rows)))
    path = folder / "job.json"
    path.write_text(json.dumps(config, indent=2))
    return path


def words(row: int, count: int) -> str:
    """Some words, different for every row."""
    return " ".join(WORDS[(row * 7 + index * (row + 3)) % len(WORDS)] for index in range(count))


def conversation(row: int) -> dict[str, Any]:
    """One alpaca row."""
    return {"instruction": words(row, 4), "input": "", "output": words(row + 50, 3 + row % 5)}


def preference(row: int) -> dict[str, Any]:
    """One sharegpt row with a chosen and a rejected answer."""
    return {
        "conversations": [{"from": "human", "value": words(row, 4)}],
        "chosen": {"from": "gpt", "value": words(row + 50, 3 + row % 5)},
        "rejected": {"from": "gpt", "value": words(row + 90, 3 + row % 4)},
    }


def start(config: Path, *options: str, **environment: str) -> subprocess.Popen[str]:
    """Start ``hpc run`` in the config's folder, in a session of its own, with both outputs in one pipe."""
    return subprocess.Popen(
        [sys.executable, "-m", "hpc.cli", "run", config.name, *options],
        cwd=config.parent,
        env={**ENVIRONMENT, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def run(config: Path, *options: str, timeout: float = 580, **environment: str) -> tuple[int, str]:
    """Run ``hpc run`` to its end, however busy the machine is; its exit code and all that it said."""
    process = start(config, *options, **environment)
    try:
        output, _ = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        end(process)
        raise
    return process.returncode, output


def free_port() -> int:
    """A free port, below those that the system gives to outgoing connections meanwhile."""
    for port in random.Random(os.urandom(8)).sample(range(15_000, 32_000), 100):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("localhost", port))
            return port
    raise AssertionError("no free port")


def wait_until(ready: Callable[[], bool], process: subprocess.Popen[str], limit: float = 500) -> None:
    """Wait for a state, as long as the process runs."""
    last = time.monotonic() + limit
    while not ready():
        assert process.poll() is None, f"it has ended with exit code {process.returncode}"
        assert time.monotonic() < last, f"not so within {limit} seconds"
        time.sleep(0.02)


def end(process: subprocess.Popen[str]) -> None:
    """End a job with all its processes, whatever they do: torchrun's are in a session of their own."""
    family = psutil.Process(process.pid).children(recursive=True)
    for member in (process, *family):
        with suppress(psutil.NoSuchProcess):
            member.kill()
    process.communicate()


def metrics(output: Path) -> dict[int, dict[str, float]]:
    """What was logged at each training step; a step that was trained again after a resume has its later values."""
    rows = [json.loads(line) for line in (output / "metrics.jsonl").read_text().splitlines()]
    return {row["step"]: row for row in rows if "loss" in row}


def losses(output: Path) -> list[float]:
    """The training losses, from the first step to the last."""
    return [row["loss"] for _, row in sorted(metrics(output).items())]
