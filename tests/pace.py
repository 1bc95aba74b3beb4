"""Time in units of this machine's own pace, so that a bound holds on a slow machine and on a busy one."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable


def beat() -> None:
    """The unit: a fixed piece of Python, about a millisecond on a machine of 2025."""
    total = 0
    for number in range(20_000):
        total += number % 7


def seconds(call: Callable[[], object]) -> float:
    """The processor time of one call: waiting for a busy processor does not count."""
    started = time.process_time()
    call()
    return time.process_time() - started


def beats(call: Callable[[], object], rounds: int = 1) -> float:
    """What a call costs, in beats; the smallest of so many rounds, measured beside the beat.

    The garbage collector does not search what earlier tests left: a command has a process of its own.
    """
    gc.freeze()
    try:
        unit = min(seconds(beat) for _ in range(10))
        return min(seconds(call) for _ in range(rounds)) / unit
    finally:
        gc.unfreeze()
