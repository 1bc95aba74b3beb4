"""Standard streams that outlive their reader: a closed pipe, a dead terminal or a full log disk ends no run."""

from __future__ import annotations

import os
import sys
from typing import Any, Final, TextIO

PROGRESS: Final = "HPC_PROGRESS"
"""The variable with the number of an open terminal, which shows progress while another process reads the streams."""
WIPE: Final = "\r\033[K"
"""Back to the start of a terminal's line, which is cleared."""


class Steady:
    """A text stream whose writes never fail; what cannot be written is lost."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write as far as it is possible; a character that the encoding lacks is shown escaped."""
        try:
            return self._stream.write(text)
        except UnicodeEncodeError:
            return self.write(text.encode("ascii", "backslashreplace").decode("ascii"))
        except (OSError, ValueError):
            return len(text)

    def flush(self) -> None:
        """Flush as far as it is possible."""
        try:
            self._stream.flush()
        except (OSError, ValueError):
            return

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def steady(*names: str) -> None:
    """Make standard output and error steady, or one of them; a stream that was closed at the start goes nowhere."""
    _open_closed_descriptors()
    for name in names or ("stdout", "stderr"):
        stream = getattr(sys, name)
        if not isinstance(stream, Steady):
            setattr(sys, name, Steady(stream or open(os.devnull, "w")))  # noqa: PTH123, SIM115 (pathlib is slow to import)


def _open_closed_descriptors() -> None:
    """Else the next file that is opened takes the number, and a library or a child writes its output into it."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)


def without_output(code: int) -> int:
    """End without a traceback: the reader of the output has gone, as with `| head`, or its disk is full."""
    if sys.stdout:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return code


def show_progress(text: str) -> None:
    """Write over the last line on the terminal; an empty text only clears it. Nothing where there is no terminal."""
    try:
        if number := os.environ.get(PROGRESS):
            os.write(int(number), f"{WIPE}{text}".encode())
        elif sys.stderr.isatty():
            print(f"{WIPE}{text}", end="", file=sys.stderr, flush=True)
    except (OSError, ValueError):
        return
