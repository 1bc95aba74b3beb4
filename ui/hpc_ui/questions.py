"""A question to the model of a run: ``hpc ask`` in a process of its own, its answer while it is made."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from hpc_disk.runs import is_run
from hpc_ui.configs import Refused, inside

TOKENS: Final = 256
"""Length of the longest answer."""
HPC: Final = (sys.executable, "-m", "hpc.cli")


def ask(folder: str, question: str, *, base: bool) -> Iterator[bytes]:
    """The answer of a run's model, while it is made.

    Raises:
        Refused: the folder holds no run, or there is no question.
    """
    name = inside(folder)
    if not is_run(Path(name)):
        raise Refused(f"{name} is not the output folder of a run")
    if not question.strip():
        raise Refused("there is no question")
    return _answer([*HPC, "ask", *["--base"] * base, "--max-tokens", str(TOKENS), "--", name, question])


def _answer(command: list[str]) -> Iterator[bytes]:
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:  # noqa: S603
        assert process.stdout is not None
        assert process.stderr is not None
        try:
            while piece := process.stdout.read1():  # type: ignore[attr-defined]  # a buffered reader
                yield piece
            if process.wait():
                yield process.stderr.read().strip()
        finally:
            process.kill()
