"""The output folder: nobody's finished work is overwritten by accident."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from hpc_runner.checkpoints import all_checkpoints
from hpc_runner.errors import RunnerError, rank
from hpc_runner.finish import FINAL, MERGED
from hpc_runner.plan import Plan
from hpc_runner.tracking import ATTACHED, RUN_FILE


def claim(plan: Plan, *, overwrite: bool) -> None:
    """Make the output folder ready. Rank 0 alone decides; the others find it made.

    Raises:
        RunnerError: HPC830 where it cannot be written, HPC831 where it holds another run's work.
    """
    if rank() != 0:
        return
    output = plan.output
    _writable(output)
    if plan.resume is not False:
        return
    kept = [path for path in (output / FINAL, output / MERGED, *all_checkpoints(output)) if path.exists()]
    if kept and not overwrite:
        raise RunnerError(
            "HPC831",
            f"{output} already holds {', '.join(path.name for path in kept[:4])}{' …' if len(kept) > 4 else ''}",
            "set resume_from_checkpoint: true to go on, choose another output_dir, or give --overwrite",
        )
    for path in kept:
        shutil.rmtree(path)
    for name in (*ATTACHED, RUN_FILE):
        (output / name).unlink(missing_ok=True)


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
