"""``hpc compile --check``: a compiled folder is what its config compiles to, or the difference is shown."""

import json
import shlex
from pathlib import Path

import pytest

from hpc.cli import main

CONFIG = {"trainer": "sft", "distributed_backend": "deepspeed", "learning_rate": 2e-4}


@pytest.fixture
def compiled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("train.json").write_text(json.dumps(CONFIG))
    assert main(["compile", "train.json", "-o", "out"]) == 0
    return tmp_path / "out"


def check(*arguments: str) -> int:
    return main(["compile", "train.json", "--check", "-o", "out", *arguments])


def test_a_current_folder_passes_in_silence(compiled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert check() == 0
    assert capsys.readouterr().out == ""


def test_a_changed_config_shows_what_would_change_and_writes_nothing(
    compiled: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {path.name: path.read_text() for path in compiled.iterdir()}
    Path("train.json").write_text(json.dumps({**CONFIG, "learning_rate": 1e-4}))
    assert check() == 1
    shown = capsys.readouterr().out
    assert "out/training_arguments.json: differs" in shown
    assert '-  "learning_rate": 0.0002' in shown
    assert '+  "learning_rate": 0.0001' in shown
    assert "out/deepspeed.json" not in shown
    assert "hpc compile train.json -o out" in shown
    assert {path.name: path.read_text() for path in compiled.iterdir()} == before


def test_an_edited_a_missing_and_a_surplus_file_are_named(compiled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (compiled / "peft.json").write_bytes(b"\xff")
    (compiled / "launch.sh").unlink()
    Path("train.json").write_text(json.dumps({**CONFIG, "distributed_backend": "ddp"}))
    assert check() == 1
    shown = capsys.readouterr().out
    assert "out/peft.json: cannot be read" in shown
    assert "out/launch.sh: missing" in shown
    assert "out/deepspeed.json: this config no longer produces it" in shown


def test_one_artifact_alone(compiled: Path) -> None:
    (compiled / "launch.sh").unlink()
    assert check("--emit", "peft.json") == 0
    assert check("--emit", "launch.sh") == 1


def test_the_config_is_not_written_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    text = json.dumps(CONFIG)
    Path("plan.json").write_text(text)
    assert main(["compile", "plan.json", "-o", "."]) == 2
    assert "HPC706" in capsys.readouterr().err
    assert [path.name for path in Path().iterdir()] == ["plan.json"]
    assert Path("plan.json").read_text() == text


def test_a_file_made_on_request_belongs_to_the_folder(compiled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compile", "train.json", "--emit", "slurm.sbatch", "-o", "out"]) == 0
    assert check() == 0
    (compiled / "slurm.sbatch").write_text("#!/bin/sh\n")
    capsys.readouterr()
    assert check() == 1
    shown = capsys.readouterr().out
    assert "out/slurm.sbatch: differs" in shown
    assert "hpc compile train.json -o out" not in shown, "it would not write slurm.sbatch"
    assert "hpc compile train.json --emit slurm.sbatch -o out" in shown


@pytest.mark.parametrize("options", [["--set", "epochs=2"], ["--set", "epochs=2", "--set", "optimizer=sgd"]])
def test_the_command_that_updates_the_folder_repeats_what_was_asked(
    options: list[str], compiled: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert check(*options) == 1
    command = capsys.readouterr().out.splitlines()[-1].partition("run ")[2].partition(" to update")[0]
    assert main(shlex.split(command)[1:]) == 0
    assert check(*options) == 0
    assert check() == 1


def test_the_command_that_updates_one_artifact(compiled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (compiled / "launch.sh").unlink()
    (compiled / "peft.json").unlink()
    capsys.readouterr()
    assert check("--emit", "launch.sh") == 1
    assert "hpc compile train.json --emit launch.sh -o out" in capsys.readouterr().out
