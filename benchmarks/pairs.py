"""Measuring side by side: what hpc takes, what a peer takes in the same moment, and the ratio beside a goal.

A command is measured by the processor time of its process, which other work on the machine disturbs least; a function
by the quickest of many calls.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

Command = Sequence[str]
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
"""A user's Python keeps what it has compiled."""


class Row(NamedTuple):
    """One line of a table. ``ratio`` is to the peer; ``met`` says whether the goal is, None for a peer without one."""

    name: str
    figure: str
    ratio: float | None
    goal: str
    met: bool | None


def processes(commands: Mapping[str, Command], pairs: int, folder: Path | None = None) -> dict[str, list[float]]:
    """Processor seconds of each command, all in turn ``pairs`` times, after a first turn that is not counted."""
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    for turn in range(pairs + 1):
        for name, command in commands.items():
            taken = _process(command, folder)
            if turn:
                seconds[name].append(taken)
    return seconds


def _process(command: Command, folder: Path | None) -> float:
    started = subprocess.Popen(
        command, cwd=folder, env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, _, usage = os.wait4(started.pid, 0)
    return usage.ru_utime + usage.ru_stime


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """The median of the ratios pair by pair."""
    return statistics.median(a / b for a, b in zip(ours, theirs, strict=True))


def quickest(call: Callable[[], object], seconds: float = 1.0) -> float:
    """Seconds of the quickest call."""
    call()
    best, end = float("inf"), time.perf_counter() + seconds
    while (start := time.perf_counter()) < end:
        call()
        best = min(best, time.perf_counter() - start)
    return best
