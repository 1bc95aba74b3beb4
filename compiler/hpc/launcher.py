"""Starts torchrun on a compiled folder: an argument list, no shell, and of a config's values only whole numbers."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
from types import FrameType

from hpc.resolve import Config
from hpc_disk.start import RENDEZVOUS
from hpc_schema import fields as f


def command(config: Config, folder: str, flags: list[str]) -> list[str]:
    """The argument list that trains from the folder on this machine, or on this node of several."""
    torchrun = [sys.executable, "-m", "hpc_runner.torchrun"]
    nodes, devices = config[f.nodes], config[f.devices_per_node]
    if nodes == 1:
        where = ["--standalone", "--nnodes=1"]
    else:
        where = [f"--nnodes={nodes}", "--rdzv-backend=c10d", f"--rdzv-id={os.environ.get('HPC_JOB_ID', 'hpc')}"]
        where += [f"--rdzv-endpoint={os.environ[RENDEZVOUS]}"]
    return [*torchrun, *where, f"--nproc-per-node={devices}", "-m", "hpc_runner", folder, *flags]


def launch(config: Config, folder: str, plan: str, flags: list[str]) -> int:
    """Run it, pass signals on, and return its exit code: 130 after an interrupt, 143 after a termination.

    Args:
        config: The job.
        folder: Its compiled folder.
        plan: The text of plan.json: if another job writes into the folder meanwhile, the runner notices.
        flags: The runner's other arguments.
    """
    environment = {**os.environ, "HPC_PLAN": hashlib.sha256(plan.encode()).hexdigest()}
    child = subprocess.Popen(command(config, folder, flags), env=environment, start_new_session=True)  # noqa: S603
    received: list[int] = []

    def forward(number: int, _frame: FrameType | None) -> None:
        received.append(number)
        child.send_signal(signal.SIGTERM)

    previous = {number: signal.signal(number, forward) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        code = child.wait()
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
    if received:
        return 128 + received[0]
    return code if code >= 0 else 128 - code
