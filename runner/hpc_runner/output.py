"""The output folder: nobody's work is overwritten by accident, finished or under way."""

from __future__ import annotations

import fcntl
import os
import shutil
from pathlib import Path
from typing import IO

from hpc_runner.checkpoints import all_checkpoints
from hpc_runner.errors import RunnerError, rank
from hpc_runner.finish import FINAL, MERGED
from hpc_runner.plan import Plan
from hpc_runner.tracking import ATTACHED, RUN_FILE

LOCK = ".lock"
"""The file in the output folder that a run holds locked; the kernel lets go of it however the run ends."""


def claim(plan: Plan, *, overwrite: bool) -> IO[bytes] | None:
    """Make the output folder ready: rank 0 makes and locks it.

    Every rank looks for another run's work: if rank 0 alone refused, the other nodes would wait for it.

    Returns:
        The lock, to be kept as long as the run writes; None on the other ranks.

    Raises:
        RunnerError: HPC830 where it cannot be written, HPC540 where it holds another run's work, HPC541 where another
            run is writing into it.
    """
    kept = _kept(plan.output) if plan.resume is False and not overwrite else []
    if kept:
        raise RunnerError(
            "HPC540",
            f"{plan.output} already holds {', '.join(path.name for path in kept[:4])}{' …' if len(kept) > 4 else ''}",
            "set resume_from_checkpoint: true to go on, choose another output_dir, or give --overwrite",
        )
    if rank() != 0:
        return None
    _writable(plan.output)
    return _locked(plan.output)


def clear(plan: Plan) -> None:
    """Remove what an earlier run left, once nothing can be wrong any more with what replaces it."""
    if rank() != 0 or plan.resume is not False:
        return
    for path in _kept(plan.output):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
    for name in (*ATTACHED, RUN_FILE):
        (plan.output / name).unlink(missing_ok=True)


def _kept(output: Path) -> list[Path]:
    """What is of value in an output folder."""
    found = (output / FINAL, output / MERGED, *all_checkpoints(output))
    return [path for path in found if path.exists() or path.is_symlink()]


def _locked(output: Path) -> IO[bytes]:
    lock = (output / LOCK).open("ab")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        raise RunnerError(
            "HPC541",
            f"another run is writing into {output}",
            "wait for its end or stop it, or choose another output_dir",
        ) from None
    except OSError:
        pass  # A file system without locks: there is nothing to hold.
    return lock


def _writable(output: Path) -> None:
    try:
        output.mkdir(parents=True, exist_ok=True)
        probe = output / f".probe-{os.getpid()}"
        probe.write_bytes(b"hpc")
        probe.unlink()
    except OSError as error:
        raise RunnerError(
            "HPC830", f"cannot write into {output}: {error.strerror or error}", "choose another output_dir"
        ) from error
