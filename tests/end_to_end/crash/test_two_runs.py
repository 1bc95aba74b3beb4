"""Two runs never write into one output folder at the same time, not even with --overwrite."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.end_to_end.jobs import end, losses, make_job, run, start, wait_until

from hpc.cli import main
from hpc_runner.__main__ import main as train

pytestmark = pytest.mark.train


def test_a_folder_that_a_run_writes_into_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    config = make_job(tmp_path, 20_000, logging_steps=10)  # Little output: it is not read until the job ends.
    output = tmp_path / "out"
    first = start(config)
    try:
        wait_until((output / "metrics.jsonl").is_file, first)
        code, said = run(config, "--overwrite")
        assert (code, "error[HPC541]" in said) == (1, True), said
        monkeypatch.chdir(tmp_path)
        assert train(["out/build", "--overwrite"]) == 1
        assert "error[HPC541]" in capsys.readouterr().err
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


CHANGES_THE_FOLDER = """
import shutil, sys
if "hpc_runner" in sys.orig_argv:
    shutil.copytree("other", "out/build", dirs_exist_ok=True)
"""


def test_a_run_whose_folder_another_one_compiles_into_is_refused(tmp_path: Path) -> None:
    """Between `hpc run` and its training: Python runs sitecustomize before either."""
    config = make_job(tmp_path, 8)
    assert main(["compile", str(config), "-o", str(tmp_path / "other"), "--set", "learning_rate=0.5"]) == 0
    (tmp_path / "sitecustomize.py").write_text(CHANGES_THE_FOLDER)
    code, said = run(config, PYTHONPATH=str(tmp_path))
    assert (code, "error[HPC802]" in said) == (1, True), said
    assert not (tmp_path / "out" / "final").exists()
