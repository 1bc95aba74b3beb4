"""The command line of torchrun, spelled once for `hpc run`, launch.sh and the TrainJob."""

from __future__ import annotations

from collections.abc import Sequence


def where(nodes: int, devices: int, job: str, endpoint: str) -> list[str]:
    """The arguments that say how many processes there are, and where they meet: one node needs no meeting point."""
    if nodes == 1:
        return ["--standalone", "--nnodes=1", f"--nproc-per-node={devices}"]
    meeting = ["--rdzv-backend=c10d", f"--rdzv-id={job}", f"--rdzv-endpoint={endpoint}"]
    return [f"--nnodes={nodes}", f"--nproc-per-node={devices}", *meeting]


def command(folder: str, place: Sequence[str] = ()) -> list[str]:
    """The arguments of Python that train from a compiled folder; without ``place``, PET_* variables say where."""
    return ["-m", "hpc_runner.torchrun", *place, "-m", "hpc_runner", folder]
