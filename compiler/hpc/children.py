"""Programs of hpc in processes of their own, and Ctrl-C: none prints a traceback, however early it comes."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager


@contextmanager
def ctrl_c_later() -> Iterator[None]:
    """A child that is started within begins with Ctrl-C blocked; it gets it when it can handle it.

    Python prints a traceback at a Ctrl-C while it starts. Every program of the runner unblocks it (hpc_runner.signals).
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def call(command: Sequence[str]) -> int:
    """Run a program of the runner in the foreground, and return its exit code: 130 after Ctrl-C."""
    with ctrl_c_later():
        child = subprocess.Popen(command)  # noqa: S603 (an argument list, no shell)
    try:
        return child.wait()
    except KeyboardInterrupt:
        child.send_signal(signal.SIGINT)  # A terminal has done so already.
        child.wait()
        raise
