"""The output folder of a run: made, locked as long as the run writes, and cleared of an earlier run."""

from __future__ import annotations

import fcntl
import os
import shutil
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Final

from hpc_disk.needs import Needs
from hpc_disk.run_folder import LOCK, TENSORBOARD, held
from hpc_runner.errors import RunnerError, rank
from hpc_runner.store import ATTACHED

FOR_THE_LOCK: Final = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK
"""A link in the place of the lock is not followed, and a pipe there not waited for."""


def claim(needs: Needs) -> IO[bytes] | None:
    """Make the output folder and lock it, on rank 0.

    Returns:
        The lock, to be kept as long as the run writes; None on the other ranks.

    Raises:
        RunnerError: HPC830 where it cannot be written, HPC541 where another run is writing into it.
    """
    if rank() != 0:
        return None
    output = Path(needs.output_dir)
    _writable(output)
    return _locked(output)


def clear(needs: Needs) -> None:
    """Remove what an earlier run left, once nothing can be wrong any more with what replaces it."""
    if rank() != 0 or needs.resume_from_checkpoint is not False:
        return
    output = Path(needs.output_dir)
    for path in held(output):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
    for name in ATTACHED:
        (output / name).unlink(missing_ok=True)
    shutil.rmtree(output / TENSORBOARD, ignore_errors=True)


def _locked(output: Path) -> IO[bytes]:
    try:
        lock = os.fdopen(os.open(output / LOCK, FOR_THE_LOCK, 0o666), "ab")
    except OSError as error:
        raise _refused(output, error) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        raise RunnerError(
            "HPC541",
            f"another run is writing into {output}",
            "wait until it ends, stop it, or choose another output_dir",
            subject="output_dir",
        ) from None
    except OSError:
        pass  # A file system without locks: there is nothing to hold.
    return lock


def _writable(output: Path) -> None:
    try:
        output.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=output) as probe:
            probe.write(b"hpc")
    except OSError as error:
        raise _refused(output, error) from error


def _refused(output: Path, error: OSError) -> RunnerError:
    message = f"cannot write into {output}: {error.strerror or error}"
    return RunnerError("HPC830", message, "choose another output_dir", subject="output_dir")
