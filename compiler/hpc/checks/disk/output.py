"""What a run must not find: an output folder that already holds one; and the checkpoint that it must find."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from hpc.checks.disk.checkpoint import RESUME, checkpoints
from hpc.checks.relations import Check, Finding
from hpc.resolve import Config
from hpc_disk.files import kind, read_object
from hpc_schema import fields as f

RESULTS: Final = ("final", "merged")
WRITTEN: Final = ("build", "README.md", "summary.json", "loss.png", "metrics.jsonl", "late_bound.json")
"""What a run writes beside its results."""
LOCK: Final = ".lock"
"""The file that a run holds locked in its output folder (hpc_runner.output)."""


def checkpoint_present(config: Config) -> Iterator[Finding]:
    """HPC530."""
    resume = config[RESUME]
    if isinstance(resume, str) and not kind(resume):
        there = checkpoints(Path(resume).parent)
        hint = f"there are {', '.join(str(path) for path in there[:3])}" if there else ""
        yield Finding("HPC530", "error", f"there is no checkpoint {resume}", (RESUME,), hint)


def earlier_run(config: Config) -> Iterator[Finding]:
    """HPC540."""
    output = Path(config[f.output_dir])
    if config[RESUME] is not False or kind(output) != "folder":
        return
    held = [name for name in RESULTS if kind(output / name)] + [path.name for path in checkpoints(output)]
    if not held and "hpc" not in read_object(output / "build" / "plan.json"):
        # Nothing of hpc's own is there, so these are somebody's: a run would write its own over them.
        held = [name for name in WRITTEN if kind(output / name)]
    if held:
        listed = f"{', '.join(held[:3])}{' …' * (len(held) > 3)}"
        yield Finding("HPC540", "error", f"{output} already holds {listed}", (f.output_dir, RESUME))


def running(config: Config) -> Iterator[Finding]:
    """HPC541."""
    lock = Path(config[f.output_dir], LOCK)
    if kind(lock) != "file":
        return
    try:
        with lock.open("rb") as held:
            fcntl.flock(held, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        yield Finding("HPC541", "error", f"another run is writing into {lock.parent}", (f.output_dir,))
    except OSError:
        pass  # Not readable, or a file system without locks: the runner will say what matters.


CHECKS: Final[tuple[Check, ...]] = (checkpoint_present, earlier_run, running)
