"""SIGINT, SIGTERM and SIGHUP: a complete checkpoint when one can be made, an end in any case."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from contextlib import suppress
from types import FrameType
from typing import Final

from hpc_runner.errors import Interrupted, say

HANDLED: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)

SAME = 2.0
"""Seconds within which a second signal is the first one again: a terminal and the launcher both deliver Ctrl-C."""
WATCH = 1.0
"""Seconds between two looks at the parent."""


class Signals:
    """Remembers a signal while training defers it; ends the run at once otherwise.

    Attributes:
        received: The number of the signal that came, or 0.
        defer: True while a training step runs that should end first.
        loading: True until training begins: nothing can be lost yet, so the process just ends.
    """

    def __init__(self) -> None:
        self.received = 0
        self.defer = False
        self.loading = True
        self._first = self._heard = 0.0

    def install(self) -> None:
        """Take over the signals. `nohup` has SIGHUP ignored, and it stays so."""
        self._listen()
        for number in HANDLED:
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
                signal.signal(number, self._handle)
        unblock()

    def check(self) -> None:
        """End the run if a signal came while it was deferred."""
        if self.received:
            raise Interrupted(self.received)

    def _listen(self) -> None:
        """Let a thread hear every signal, too: a library that waits for another process keeps Python from handling it.

        Where that process has ended, the wait lasts as long as a collective may take, which is half an hour.
        """
        reader, writer = os.pipe()
        os.set_blocking(writer, False)
        signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
        os.register_at_fork(after_in_child=_hear_nothing)  # A child would speak into its parent's ear.
        threading.Thread(target=self._hear, args=(reader,), name="signals", daemon=True).start()

    def _hear(self, reader: int) -> None:
        while heard := os.read(reader, 1):
            number, now = heard[0], time.monotonic()
            if number not in HANDLED:
                continue
            if self.loading or (self._heard and now - self._heard > SAME):
                end_at_once(number)
            self._heard = self._heard or now

    def _handle(self, number: int, _frame: FrameType | None) -> None:
        now = time.monotonic()
        if self.loading or (self.received and now - self._first > SAME):
            end_at_once(number)
        if self.received:
            return
        self.received, self._first = number, now
        if not self.defer:
            raise Interrupted(number)
        name = "Ctrl-C" if number == signal.SIGINT else signal.Signals(number).name
        again = "Press again to stop now." if number == signal.SIGINT else "A second signal stops the run now."
        say(f"{name}: saving a checkpoint after this step. {again}")


def _hear_nothing() -> None:
    with suppress(ValueError):  # Not the main thread.
        signal.set_wakeup_fd(-1)


def unblock() -> None:
    """Take the Ctrl-C that came while Python started: hpc starts its programs with it blocked (hpc.children)."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])


def interruptible() -> None:
    """Let Ctrl-C end a program that has nothing to save."""

    def interrupt(number: int, _frame: FrameType | None) -> None:
        raise Interrupted(number)

    signal.signal(signal.SIGINT, interrupt)
    unblock()


def end_at_once(number: int) -> None:
    """Exit without a traceback from whatever library was at work."""
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(128 + number)


def end_with_parent(parent: int) -> None:
    """Treat the end of the process that started this one as SIGTERM, and as the second one after another signal."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(WATCH)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="parent", daemon=True).start()
