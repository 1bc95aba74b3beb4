"""The output folder: what a run writes into it, whose it is, and who is writing (HPC540 to HPC542)."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from hpc_disk.checkpoints import RESUME, all_checkpoints
from hpc_disk.files import NO_FILE, kind, read_object
from hpc_disk.needs import Needs
from hpc_disk.problems import Problem

FINAL: Final = "final"
MERGED: Final = "merged"
RESULTS: Final = (FINAL, MERGED)
BUILD: Final = "build"
METRICS: Final = "metrics.jsonl"
LOG: Final = "run.log"
TENSORBOARD: Final = "tensorboard"
WRITTEN: Final = (BUILD, "README.md", "summary.json", "loss.png", METRICS, "late_bound.json")
"""What a run writes beside its results."""
MLFLOW_RUN: Final = "mlflow_run.json"
"""Which run of MLflow's this is: ``experiment_id``, ``run_id`` and ``tracking_uri``."""
LOCK: Final = ".lock"
"""The file that a run holds locked; the kernel lets go of it however the run ends."""


def held(output: Path) -> list[Path]:
    """The results and checkpoints in an output folder."""
    results = [output / name for name in RESULTS]
    return [*(path for path in results if kind(path) or path.is_symlink()), *all_checkpoints(output)]


def store_of(output: Path) -> Path:
    """MLflow's local store for a run: beside the output folder, so that runs stand side by side in one store.

    A folder that has a store of its own, from an earlier release, goes on in it.
    """
    own = output / "mlflow.db"
    return own if kind(own) == "file" else output.parent / "mlflow.db"


def mlflow_page(output: Path) -> str:
    """What follows a server's address to show this run: MLflow's first page shows other things than trainings.

    Empty where the run is not known to MLflow.
    """
    run = read_object(output / MLFLOW_RUN)
    ids = [run.get(key) for key in ("experiment_id", "run_id")]
    return "/#/experiments/{}/runs/{}".format(*ids) if all(isinstance(each, str) for each in ids) else ""


def earlier_run(needs: Needs) -> Iterator[Problem]:
    """HPC540."""
    output = Path(needs.output_dir)
    if needs.overwrite or needs.resume_from_checkpoint is not False or kind(output) != "folder":
        return
    names = [path.name for path in held(output)]
    if not names and "hpc" not in read_object(output / BUILD / "plan.json"):
        # Nothing of hpc's own is there, so these are somebody's: a run would write its own over them.
        names = [name for name in WRITTEN if kind(output / name)]
    if names:
        listed = f"{', '.join(names[:3])}{' …' * (len(names) > 3)}"
        message = f"{output} already holds {listed}"
        hint = (
            'write "resume_from_checkpoint": true to continue it, choose another output_dir, or run with --overwrite '
            "to discard it"
        )
        yield Problem("HPC540", "error", "output_dir", message, hint, also=(RESUME,))


def running(needs: Needs) -> Iterator[Problem]:
    """HPC541. Only the first process of a job asks: the others would find the lock held by it."""
    if int(os.environ.get("RANK", "0")) == 0 and is_locked(Path(needs.output_dir, LOCK)):
        message = f"another run is writing into {needs.output_dir}"
        yield Problem(
            "HPC541", "error", "output_dir", message, "wait until it ends, stop it, or choose another output_dir"
        )


def is_locked(lock: Path) -> bool:
    """Whether a process holds a lock file. A file system without locks has none held."""
    if kind(lock) != "file":
        return False
    try:
        with lock.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def inside(needs: Needs) -> Iterator[Problem]:
    """HPC542: a link would have the run write where its config does not say."""
    output = Path(needs.output_dir)
    if _obstacle(output):  # HPC830
        return
    root = output.resolve()
    if not output.is_absolute() and not root.is_relative_to(Path.cwd().resolve()):
        message, hint = f"{output} is a link to {root}, outside the current folder", f"write {root} as output_dir"
        yield Problem("HPC542", "error", "output_dir", message, hint)
    for path in (*(output / name for name in (*WRITTEN, LOG, LOCK)), *all_checkpoints(output)):
        if kind(path) and path.is_symlink() and not path.resolve().is_relative_to(root):
            message = f"{path} is a link to {path.resolve()}, outside the output folder"
            yield Problem("HPC542", "error", "output_dir", message, "remove the link")


def writable(needs: Needs) -> Iterator[Problem]:
    """HPC830: the output folder or what a run writes into it cannot be made."""
    output = Path(needs.output_dir)
    obstacle = _obstacle(output) or _obstacle(output / BUILD) or next(_no_files(output), None)
    if obstacle:
        message = f"cannot write into {output}: {obstacle}"
        yield Problem("HPC830", "error", "output_dir", message, "choose another output_dir")


def _obstacle(folder: Path) -> str | None:
    """Why a folder cannot be made, or None where nothing is known against it."""
    for path in (folder, *folder.parents):
        what = kind(path)
        if what in ("file", "device"):
            return f"{path} is not a folder"
        try:
            if what is None and path.is_symlink():
                return f"{path} is a link that leads nowhere"
        except OSError as error:
            return str(error.strerror).lower()
    return None


def _no_files(output: Path) -> Iterator[str]:
    """What cannot become one of the files of a run."""
    for path in (output / name for name in (*WRITTEN, LOG, LOCK) if name != BUILD):
        what = kind(path)
        if what in NO_FILE:
            yield f"{path} {NO_FILE[what]}"
        elif what is None and path.is_symlink():
            yield f"{path} is a link that leads nowhere"


TO_RUN: Final = (earlier_run, running, inside, writable)
