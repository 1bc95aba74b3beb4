"""Two runs never write into one output folder at the same time, not even with --overwrite."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from tests.end_to_end.jobs import ENVIRONMENT, end, losses, make_job, run, start, wait_until

from hpc.cli import main

pytestmark = pytest.mark.train


def test_a_folder_that_a_run_writes_into_is_refused(tmp_path: Path) -> None:
    config = make_job(tmp_path, 20_000, logging_steps=10)  # Little output: it is not read until the job ends.
    output = tmp_path / "out"
    first = start(config)
    try:
        wait_until((output / "metrics.jsonl").is_file, first)
        code, said = run(config, "--overwrite")
        assert (code, "error[HPC541]" in said) == (1, True), said
        command = [sys.executable, "-m", "hpc_runner", "out/build", "--overwrite"]
        runner = subprocess.run(command, cwd=tmp_path, env=ENVIRONMENT, capture_output=True, text=True, timeout=500)
        assert (runner.returncode, "error[HPC541]" in runner.stderr) == (1, True), runner.stderr
        before = len(losses(output))
        wait_until(lambda: len(losses(output)) > before, first)
    finally:
        end(first)
    code, said = run(config, "--overwrite", "--set", "epochs=1", "--set", f"train_data={short(tmp_path)}")
    assert code == 0, said


def short(folder: Path) -> str:
    """The first rows of the training data, in a file of their own."""
    rows = (folder / "train.jsonl").read_text().splitlines()[:4]
    (folder / "short.jsonl").write_text("\n".join(rows) + "\n")
    return "short.jsonl"


def test_a_run_whose_folder_another_one_compiles_into_is_refused(tmp_path: Path) -> None:
    """Before it holds the folder a run takes seconds to import its libraries: it must not train the other's values."""
    config = make_job(tmp_path, 8)
    first = start(config)
    wait_until((tmp_path / "out/build/launch.sh").exists, first)
    assert main(["compile", str(config), "-o", str(tmp_path / "out/build"), "--set", "learning_rate=0.5"]) == 0
    said, _ = first.communicate(timeout=120)
    assert (first.returncode, "error[HPC802]" in said) == (1, True), said
    assert not (tmp_path / "out" / "final").exists()
