"""A disk that is full, and folders that cannot be written: a clear error, nothing lost."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.end_to_end.crash.conftest import JOB, STEPS, compiled
from tests.end_to_end.forks import Forks
from tests.end_to_end.jobs import losses, make_job, run

from hpc_disk.checkpoints import all_checkpoints, incomplete

pytestmark = pytest.mark.train


def mount(*options: str) -> None:
    done = subprocess.run(["mount", *options], capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"NOT TESTED: only root can mount a small disk: {done.stderr.strip()}")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A working folder whose output folder is a disk of two megabytes."""
    if os.geteuid():
        pytest.skip("NOT TESTED: only root can mount a small disk")
    folder = tmp_path / "out"
    folder.mkdir()
    mount("-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder))
    yield tmp_path
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_is_explained_and_what_is_complete_is_kept(small_disk: Path, forks: Forks) -> None:
    job = {**JOB, "checkpoint_steps": 1, "number_of_checkpoints": 100, "merge_adapter": False}
    build = compiled(small_disk, **job)
    forks.start(small_disk, build)
    assert forks.wait() == [1]
    said = (small_disk / "said.txt").read_text()
    assert "error[HPC861]: the disk is full" in said
    assert "Traceback" not in said
    output = small_disk / "out"
    whole = [path for path in all_checkpoints(output) if incomplete(path) is None]
    assert whole
    assert not (output / "final").exists()

    mount("-o", "remount,size=100m", str(output))
    forks.run(small_disk, build)
    assert f"resuming from out/{whole[0].name}" in (small_disk / "said.txt").read_text()
    assert len(losses(output)) == STEPS


def test_a_folder_that_cannot_be_written(small_disk: Path, forks: Forks) -> None:
    build = compiled(small_disk, **JOB)
    mount("-o", "remount,ro", str(small_disk / "out"))
    forks.start(small_disk, build)
    assert forks.wait() == [1]
    said = (small_disk / "said.txt").read_text()
    assert "error[HPC830]: cannot write into out: Read-only file system" in said
    assert "Traceback" not in said


def test_hpc_run_into_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    code, said = run(make_job(tmp_path, **{**JOB, "output_dir": "train.jsonl/out"}))
    assert code == 1
    assert "error[HPC830]" in said
    assert "Traceback" not in said
