"""SIGTERM and SIGINT: a clean checkpoint when one can be made, an end in any case."""

from __future__ import annotations

import os
import signal
import time
from types import FrameType

from hpc_runner.errors import Interrupted, say

SAME = 2.0
"""Seconds within which a second signal is the first one again: a terminal and the launcher both deliver Ctrl-C."""


class Signals:
    """Remembers a signal while training defers it; raises at once otherwise.

    Attributes:
        received: The number of the signal that came, or 0.
        defer: True while a training step runs that should end first.
    """

    def __init__(self) -> None:
        self.received = 0
        self.defer = False
        self._first = 0.0

    def install(self) -> None:
        """Take over both signals."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._handle)

    def check(self) -> None:
        """End the run if a signal came while it was deferred."""
        if self.received:
            raise Interrupted(self.received)

    def _handle(self, number: int, _frame: FrameType | None) -> None:
        now = time.monotonic()
        if self.received and now - self._first > SAME:
            os._exit(128 + number)
        if self.received:
            return
        self.received, self._first = number, now
        if not self.defer:
            raise Interrupted(number)
        say(f"{signal.Signals(number).name}: saving a checkpoint after this step; once more to end at once")
