"""`hpc doctor` and `hpc run`: config, disk and machine in one report, before anything is loaded or written."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.end_to_end.tiny import make_tiny
from tests.unit.disk.worlds import ALPACA, make_checkpoint, make_model, write, write_lines

from hpc.cli import main
from hpc.here import ready_to_run
from hpc.source import parse

ROOT = Path(__file__).parents[3]
QUIET = {"OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false", "HF_HUB_OFFLINE": "1", "CUDA_VISIBLE_DEVICES": ""}
JOB: dict[str, Any] = {
    "model": "model",
    "train_data": "train.jsonl",
    "output_dir": "out",
    "gradient_accumulation_steps": 1,
    "max_sequence_length": 64,
    "lora_rank": 4,
    "disable_gradient_checkpointing": True,
    "target_modules": "q_proj,v_proj",
}


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in QUIET.items():
        monkeypatch.setenv(name, value)
    write_lines(Path("train.jsonl"), [ALPACA] * 6)


def doctor(capsys: pytest.CaptureFixture[str], **values: Any) -> tuple[int, dict[str, dict[str, Any]]]:
    """The exit code of `hpc doctor --format json`, and what it says by code."""
    write(Path("job.json"), {**JOB, **values})
    code = main(["doctor", "job.json", "--format", "json"])
    return code, {entry["code"]: entry for entry in json.loads(capsys.readouterr().out)}


def codes(config: dict[str, Any], *, overwrite: bool = False) -> set[str]:
    """What `hpc run` would say before it starts."""
    job = ready_to_run(parse(json.dumps(config), "json", "job.json"), overwrite=overwrite)
    return {d.code for d in job.diagnostics if d.code.startswith("HPC5")}


@pytest.mark.train
def test_nothing_stands_in_the_way(capsys: pytest.CaptureFixture[str]) -> None:
    make_tiny(Path("model"))
    capsys.readouterr()  # DeepSpeed says on its first import that there is no GPU.
    assert doctor(capsys) == (0, {})
    assert main(["doctor", "job.json"]) == 0
    assert "Ready to train on this machine." in capsys.readouterr().out
    assert not Path("out").exists()


@pytest.mark.train
def test_config_disk_and_machine_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    make_model(Path("model"))
    code, said = doctor(
        capsys,
        mixed_precision="fp16",
        flash_attention_v2=True,
        liger_kernel=True,
        lora_rank=64,
        train_data="gone.jsonl",
    )
    assert code == 1
    assert {"HPC512", "HPC520", "HPC810", "HPC812", "HPC813"} == said.keys()
    assert said["HPC810"]["pointer"] == "/mixed_precision"
    assert said["HPC810"]["line"] == 1


@pytest.mark.train
def test_what_is_missing_is_said_once(capsys: pytest.CaptureFixture[str]) -> None:
    code, said = doctor(capsys, model="models/of/mine")
    assert (code, set(said)) == (1, {"HPC501"})
    write(Path("job.json"), {})
    assert main(["doctor", "job.json", "--format", "json"]) == main(["run", "job.json"]) == 2
    assert [entry["code"] for entry in json.loads(capsys.readouterr().out)] == ["HPC704"]


def test_a_config_that_does_not_compile_ends_there(capsys: pytest.CaptureFixture[str]) -> None:
    code, said = doctor(capsys, batch_size=0)
    assert code == 1
    assert "HPC105" in said


def test_without_the_training_packages() -> None:
    """The base installation: no package at all is found."""
    write(Path("job.json"), JOB)
    roots = [str(ROOT / name) for name in ("schema", "compiler", "runner")]
    program = f"import sys; sys.path[:0] = {roots}; from hpc.cli import main; raise SystemExit(main())"
    done = subprocess.run(
        [sys.executable, "-S", "-c", program, "doctor", "job.json", "--format", "json"], capture_output=True, text=True
    )
    assert done.returncode == 1, done.stderr
    said = {entry["code"]: entry for entry in json.loads(done.stdout)}
    assert 'pip install ".[train]"' in said["HPC550"]["help"]


@pytest.mark.train
def test_a_broken_package(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    make_model(Path("model"))
    Path("broken").mkdir()
    Path("broken/torch.py").write_text("raise ImportError('libtorch.so is broken')")
    monkeypatch.setenv("PYTHONPATH", os.path.abspath("broken"))  # noqa: PTH100
    code, said = doctor(capsys)
    assert code == 1
    assert "HPC551" in said


@pytest.mark.parametrize("held", ["final", "checkpoint-3"])
def test_run_refuses_before_it_writes(held: str, capsys: pytest.CaptureFixture[str]) -> None:
    make_model(Path("model"))
    Path("out", held).mkdir(parents=True)
    write(Path("job.json"), JOB)
    assert main(["run", "job.json"]) == 1
    assert "HPC540" in capsys.readouterr().err
    assert [path.name for path in Path("out").iterdir()] == [held]


@pytest.mark.train
def test_overwrite_and_resume_lift_the_refusal() -> None:
    make_model(Path("model"))
    Path("out/final").mkdir(parents=True)
    assert codes(JOB) == {"HPC540"}
    assert codes(JOB, overwrite=True) == set()
    assert codes({**JOB, "resume_from_checkpoint": True}) == set()


def test_run_names_what_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    write(Path("job.json"), {**JOB, "train_data": "gone.jsonl", "resume_from_checkpoint": "runs/a/checkpoint-3"})
    Path("model").mkdir()
    assert main(["run", "job.json"]) == 1
    said = capsys.readouterr().err
    assert all(code in said for code in ("HPC502", "HPC520", "HPC530"))
    assert not Path("out").exists()


CHANGES = [
    ({"lora_rank": 8}, {"HPC535"}),
    ({"target_modules": "q_proj"}, {"HPC535"}),
    ({"training_type": "full"}, {"HPC534"}),
    ({"distributed_backend": "deepspeed"}, {"HPC533"}),
    ({"model": "./model"}, {"HPC536"}),
]


@pytest.mark.train
def test_a_real_run_and_its_checkpoints() -> None:
    """What the runner leaves behind is understood: the run is protected, its checkpoint goes on with its own job."""
    make_tiny(Path("model"))
    job = {**JOB, "mixed_precision": "none", "merge_adapter": False}
    write(Path("job.json"), job)
    assert subprocess.run([sys.executable, "-m", "hpc.cli", "run", "job.json"], capture_output=True).returncode == 0
    assert codes(job) == {"HPC540"}
    for resume in (True, "out/checkpoint-6"):
        assert codes({**job, "resume_from_checkpoint": resume}) == set()
        for change, expected in CHANGES:
            assert codes({**job, **change, "resume_from_checkpoint": resume}) == expected, change
    Path("out/checkpoint-6/trainer_state.json").write_text("{")
    assert codes({**job, "resume_from_checkpoint": "out/checkpoint-6"}) == {"HPC531"}
    assert codes({**job, "resume_from_checkpoint": True}) == set()


def test_a_foreign_checkpoint_folder_is_protected(capsys: pytest.CaptureFixture[str]) -> None:
    make_checkpoint(Path("out/checkpoint-9"))
    write(Path("job.json"), JOB)
    assert main(["run", "job.json"]) == 1
    assert "HPC540" in capsys.readouterr().err


def test_validate_of_files_on_disk_needs_no_library() -> None:
    make_model(Path("model"))
    write(Path("job.json"), JOB)
    program = "import sys; from hpc.cli import main; main(); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program, "validate", "job.json"], capture_output=True, text=True)
    loaded = set(done.stdout.split())
    assert "hpc_disk.models.weights" in loaded
    assert not loaded & {"torch", "transformers", "numpy", "safetensors", "pyarrow", "datasets", "rich", "zipfile"}
