"""What the runner says when a run cannot go on: a code, the reason, and what to do."""

from __future__ import annotations

import os
import re
import sys
import time
from contextlib import suppress
from dataclasses import dataclass

from hpc_disk.problems import Problem

CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""What a terminal obeys instead of showing it, and what turns the reading direction; not line breaks and tabs."""

GRACE = 3.0
"""Seconds that the other ranks wait before they exit, so that the launcher does not kill rank 0 in mid-sentence."""


@dataclass
class RunnerError(Exception):
    """A mistake or a fault that ends the run, explained.

    Attributes:
        code: ``HPC…``.
        message: What is wrong, and where.
        help: What to do instead.
        one_rank: True where only this process can know about it, so that it must speak whatever its rank.
        subject: The field that it is about, where there is one.
        problems: Everything that was refused at once, where several things were.
    """

    code: str
    message: str
    help: str = ""
    one_rank: bool = False
    subject: str = ""
    problems: tuple[Problem, ...] = ()

    def __str__(self) -> str:
        text = f"error[{self.code}]: {self.message}"
        return f"{text}\n  help: {self.help}" if self.help else text


class Interrupted(BaseException):
    """SIGTERM or SIGINT ended the run. Like KeyboardInterrupt, no library may take it for an error of its own."""

    def __init__(self, signal_number: int) -> None:
        super().__init__(f"signal {signal_number}")
        self.exit_code = 128 + signal_number


def rank() -> int:
    """The number of this process among all of the job, from the launcher's environment."""
    return int(os.environ.get("RANK", "0"))


def say(text: str) -> None:
    """One line for the user, from rank 0 only, on standard error: standard output belongs to results."""
    if rank() == 0:
        print(visible(text), file=sys.stderr, flush=True)


def visible(text: str) -> str:
    """The text with control characters escaped: a file name or a row must not steer the terminal."""
    return CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def report(error: RunnerError) -> None:
    """Print the error once: rank 0 speaks for what all ranks see."""
    if rank() == 0:
        print(visible(str(error)), file=sys.stderr, flush=True)
    elif error.one_rank:
        print(visible(f"[rank {rank()}] {error}"), file=sys.stderr, flush=True)
    else:
        with suppress(Interrupted):
            time.sleep(GRACE)
