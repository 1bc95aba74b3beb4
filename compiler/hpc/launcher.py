"""Starts torchrun on a compiled folder: an argument list, no shell, and of a config's values only whole numbers."""

from __future__ import annotations

import hashlib
import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path
from types import FrameType
from typing import Final

from hpc import torchrun
from hpc.children import ctrl_c_later
from hpc.resolve import Config
from hpc_disk.checkpoints import newest
from hpc_disk.start import RENDEZVOUS
from hpc_schema import fields as f

PARENT: Final = "HPC_PARENT"
"""Tells the training whose child it is: it ends when hpc does, even by kill -9 (hpc_runner.torchrun)."""
KEPT: Final = "HPC_LOCK"
"""The number of a locked descriptor that the page hands on: such a training outlives hpc (hpc_ui.runs)."""


def command(config: Config, folder: str, flags: list[str]) -> list[str]:
    """The argument list that trains from the folder on this machine, or on this node of several."""
    job, endpoint = os.environ.get("HPC_JOB_ID", "hpc"), os.environ.get(RENDEZVOUS, "")
    place = torchrun.where(config[f.nodes], config[f.devices_per_node], job, endpoint)
    return [sys.executable, *torchrun.command(folder, place), *flags]


def launch(config: Config, folder: str, plan: str, flags: list[str]) -> int:
    """Run it, pass signals on, and return its exit code: 130 after an interrupt, 143 after a termination.

    Args:
        config: The job.
        folder: Its compiled folder.
        plan: The text of plan.json: if another job writes into the folder meanwhile, the runner notices.
        flags: The runner's other arguments.
    """
    environment = {**os.environ, "HPC_PLAN": hashlib.sha256(plan.encode()).hexdigest()}
    kept = [int(os.environ[KEPT])] if KEPT in os.environ else []
    if not kept:
        environment[PARENT] = str(os.getpid())
    started = command(config, folder, flags)
    with ctrl_c_later():
        child = subprocess.Popen(started, env=environment, start_new_session=True, pass_fds=kept)  # noqa: S603
    received: list[int] = []

    def forward(number: int, _frame: FrameType | None) -> None:
        received.append(number)
        if len(received) == 1:
            child.send_signal(signal.SIGINT if number == signal.SIGINT else signal.SIGTERM)
        else:
            child.kill()  # Its processes end when they see that it has.

    previous = {number: signal.signal(number, forward) for number in _handled()}
    try:
        code = child.wait()
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
    if received:
        _say_how_to_resume(config)
        return 128 + received[0]
    return code if code >= 0 else 128 - code


def _handled() -> list[int]:
    """The signals that end a run. `nohup` has SIGHUP ignored, and it stays so."""
    hangup = [] if signal.getsignal(signal.SIGHUP) == signal.SIG_IGN else [signal.SIGHUP]
    return [signal.SIGINT, signal.SIGTERM, *hangup]


def _say_how_to_resume(config: Config) -> None:
    checkpoint = newest(Path(config[f.output_dir]))
    if checkpoint:
        print(f"The newest checkpoint is {checkpoint}. To resume:", file=sys.stderr)
        print(f"  {resuming(config)}", file=sys.stderr)


def resuming(config: Config) -> str:
    """The command that resumes a run: also with what was set on its command line."""
    resume = f.resume_from_checkpoint.name
    typed = [option for name, option in config.document.overrides.items() if name != resume]
    given = [option.removeprefix("--set ") for option in typed if option.startswith("--set ")]
    options = [word for option in (*given, f"{resume}=true") for word in ("--set", option)]
    return shlex.join(["hpc", "run", config.file, *options])
