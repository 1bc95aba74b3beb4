"""Checkpoints and output folders: each mismatch is reported, the matching job is not."""

from __future__ import annotations

import fcntl
import json
from pathlib import Path
from typing import Any

import pytest
from tests.unit.disk.worlds import found, make_checkpoint, write

from hpc.compile import compile_document
from hpc.source import parse

MARK: dict[str, Any] = {
    "trainer": "sft",
    "training_type": "lora",
    "base_model": "model",
    "adapter": {"r": 16, "lora_alpha": 32, "lora_dropout": 0.05, "target_modules": "all-linear"},
    "backend": "ddp",
    "zero_stage": None,
    "world_size": 1,
    "optim": "adamw_torch",
    "learning_rate": 1e-5,
    "weight_decay": 0,
}
GIVEN = {"resume_from_checkpoint": "runs/a/checkpoint-3"}


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


MISMATCHES = [
    ("HPC533", {}, {"distributed_backend": "deepspeed"}),
    ("HPC533", {"backend": "deepspeed", "zero_stage": 2}, {"distributed_backend": "deepspeed", "zero_stage": 3}),
    ("HPC534", {}, {"training_type": "full"}),
    ("HPC534", {}, {"trainer": "pt"}),
    ("HPC535", {}, {"lora_rank": 8}),
    ("HPC535", {}, {"lora_alpha": 16}),
    ("HPC535", {}, {"lora_dropout": 0}),
    ("HPC535", {}, {"target_modules": "q_proj"}),
    ("HPC536", {}, {"model": "other"}),
    ("HPC537", {}, {"learning_rate": 0.5}),
    ("HPC537", {}, {"weight_decay": 0.5}),
    ("HPC537", {}, {"optimizer": "sgd"}),
]


@pytest.mark.parametrize("resume", [GIVEN, {"resume_from_checkpoint": True, "output_dir": "runs/a"}])
@pytest.mark.parametrize(("code", "mark", "change"), MISMATCHES)
def test_mismatch(code: str, mark: dict[str, Any], change: dict[str, Any], resume: dict[str, Any]) -> None:
    make_checkpoint(Path("runs/a/checkpoint-3"), mark={**MARK, **mark})
    matching = {"model": "model", **resume}
    if mark:
        matching |= {"distributed_backend": mark["backend"], "zero_stage": mark["zero_stage"]}
    assert found(matching) == {}
    said = found({**matching, **change})
    assert set(said) == {code}
    assert said[code].severity == "error"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"lora_rank": 8}, "HPC535"),
        ({"target_modules": "q_proj"}, "HPC535"),
        ({"target_modules": "k_proj,q_proj"}, None),
        ({"training_type": "full"}, "HPC534"),
        ({"model": "other"}, "HPC536"),
        ({}, None),
    ],
)
def test_a_checkpoint_of_another_tool(change: dict[str, Any], code: str | None) -> None:
    make_checkpoint(Path("runs/a/checkpoint-3"))
    assert set(found({"model": "model", **GIVEN, **change})) == ({code} if code else set())


def test_full_weights() -> None:
    make_checkpoint(Path("runs/a/checkpoint-3"), lora=False)
    assert found({**GIVEN, "training_type": "full"}) == {}
    assert set(found(GIVEN)) == {"HPC534"}


def test_world_size() -> None:
    checkpoint = make_checkpoint(Path("runs/a/checkpoint-3"))
    for rank in range(2):
        write(checkpoint / f"global_step3/bf16_zero_pp_rank_{rank}_mp_rank_00_optim_states.pt", {})
    config = {**GIVEN, "distributed_backend": "deepspeed"}
    assert set(found(config)) == {"HPC532"}
    assert found({**config, "devices_per_node": 2}) == {}
    assert found({**config, "nodes": 2}) == {}


@pytest.mark.parametrize("gone", ["trainer_state.json", "adapter_model.safetensors"])
def test_incomplete(gone: str) -> None:
    checkpoint = make_checkpoint(Path("runs/a/checkpoint-3"))
    (checkpoint / gone).unlink()
    assert set(found(GIVEN)) == {"HPC531"}


def test_cut_off_weights() -> None:
    weights = make_checkpoint(Path("runs/a/checkpoint-3")) / "adapter_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-8])
    assert "adapter_model.safetensors" in found(GIVEN)["HPC531"].message


def test_true_passes_the_incomplete_one_over() -> None:
    make_checkpoint(Path("runs/a/checkpoint-3"))
    (make_checkpoint(Path("runs/a/checkpoint-20")) / "trainer_state.json").unlink()
    config = {"resume_from_checkpoint": True, "output_dir": "runs/a"}
    assert found(config) == {}
    assert "checkpoint-3 " in found({**config, "lora_rank": 8})["HPC535"].message


def test_the_newest_is_by_number() -> None:
    for step in (9, 10):
        make_checkpoint(Path(f"runs/a/checkpoint-{step}"))
    config = {"resume_from_checkpoint": True, "output_dir": "runs/a", "lora_rank": 8}
    assert "checkpoint-10 " in found(config)["HPC535"].message


def test_missing_checkpoint() -> None:
    make_checkpoint(Path("runs/a/checkpoint-4"))
    assert found(GIVEN) == {}
    assert found(GIVEN, must_exist=True)["HPC530"].help == "there are runs/a/checkpoint-4"
    make_checkpoint(Path("runs/a/checkpoint-3"))
    assert found(GIVEN, must_exist=True) == {}


def test_a_file_is_no_checkpoint() -> None:
    write(Path("runs/a/checkpoint-3"), {})
    assert set(found(GIVEN)) == {"HPC531"}


@pytest.mark.parametrize(
    "held", ["final/model.safetensors", "merged/model.safetensors", "checkpoint-3/trainer_state.json"]
)
def test_output_that_holds_a_run(held: str) -> None:
    write(Path("runs/a") / held, {})
    said = found({"output_dir": "runs/a"}, must_exist=True)["HPC540"]
    assert held.partition("/")[0] in said.message
    assert all(word in said.help for word in ("resume_from_checkpoint", "output_dir", "--overwrite"))
    assert found({"output_dir": "runs/a"}) == {}
    assert "HPC540" not in found({"output_dir": "runs/a", "resume_from_checkpoint": True}, must_exist=True)


def test_output_that_a_run_holds() -> None:
    write(Path("runs/a/.lock"), {})
    assert found({"output_dir": "runs/a"}, must_exist=True) == {}
    with Path("runs/a/.lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert set(found({"output_dir": "runs/a"}, must_exist=True)) == {"HPC541"}
    assert found({"output_dir": "runs/a"}, must_exist=True) == {}


@pytest.mark.parametrize("name", ["README.md", "metrics.jsonl", "build/plan.json"])
def test_output_that_holds_somebodys_files(name: str) -> None:
    write(Path("runs/a") / name, {"mine": 1})
    assert name.partition("/")[0] in found({"output_dir": "runs/a"}, must_exist=True)["HPC540"].message
    write(Path("runs/a/build/plan.json"), {"hpc": "0.1.0"})
    assert found({"output_dir": "runs/a"}, must_exist=True) == {}


def test_compiling_does_not_depend_on_the_disk() -> None:
    make_checkpoint(Path("runs/a/checkpoint-3"), mark=MARK)
    values = {**GIVEN, "lora_rank": 8, "model": "model"}
    assert set(found(values)) == {"HPC535"}
    assert compile_document(parse(json.dumps(values), "json", "job.json")).job.diagnostics == []


def test_output_that_holds_a_compiled_folder_only() -> None:
    write(Path("runs/a/build/plan.json"), {"hpc": "0.1.0"})
    assert found({"output_dir": "runs/a"}, must_exist=True) == {}
