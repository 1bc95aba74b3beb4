"""Checkpoints and output folders: each mismatch is reported, the matching job is not."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.unit.disk.worlds import found, make_checkpoint, make_model, write, write_state

from hpc.check import check
from hpc.checks.disk.needs import needs_of
from hpc.compile import compile_document
from hpc.diagnostics import Diagnostic
from hpc.resolve import resolve
from hpc.source import parse
from hpc_disk.checkpoints import mark
from hpc_disk.identity import identity

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


SETTINGS = {"train_data": "rows.jsonl", "eval_strategy": "no", **GIVEN}
OTHER_UPDATES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("HPC538", {}, {"batch_size": 4}),
    ("HPC538", {}, {"gradient_accumulation_steps": 16}),
    ("HPC538", {}, {"devices_per_node": 4}),
    ("HPC538", {"epochs": 3}, {"epochs": 2}),
    ("HPC538", {}, {"lr_scheduler_type": "constant"}),
    ("HPC538", {}, {"lr_warmup_steps": 7}),
    ("HPC538", {}, {"max_grad_norm": 0.25}),
    ("HPC538", {}, {"max_sequence_length": 128}),
    ("HPC538", {}, {"seed": 8}),
    ("HPC538", {}, {"max_samples": 8}),
    ("HPC538", {"max_samples": 8}, {"max_samples": 9}),
    ("HPC538", {"max_steps": 9}, {"max_steps": 8}),
    ("HPC538", {}, {"mixed_precision": "none"}),
    ("HPC534", {"trainer": "dpo"}, {"pref_loss": "ipo"}),
    ("HPC538", {"trainer": "dpo"}, {"pref_beta": 0.5}),
    ("HPC538", {"trainer": "dpo", "pref_loss": "orpo", "gradient_accumulation_steps": 2}, {"batch_size": 2, "x": 1}),
]


def marked(config: dict[str, Any]) -> None:
    """A checkpoint of this job, as its run marks it."""
    needs = needs_of(resolve(parse(json.dumps(config), "json", "job.json")))
    lora = config.get("training_type") != "full"
    make_checkpoint(Path("runs/a/checkpoint-3"), mark=json.loads(json.dumps(mark(needs))), lora=lora)


@pytest.mark.parametrize(("code", "before", "change"), OTHER_UPDATES)
def test_other_updates(code: str, before: dict[str, Any], change: dict[str, Any]) -> None:
    config = {**SETTINGS, "model": "model", **before}
    marked(config)
    assert "HPC53" not in str(sorted(found(config)))
    changed = {**config, **change}
    if changed.pop("x", None):  # The same global batch, divided differently.
        changed["gradient_accumulation_steps"] = 1
    said = found(changed)
    assert [c for c in said if c.startswith("HPC53")] == [code]
    assert next(iter(set(change) - {"x"})) in said[code].message


@pytest.mark.parametrize(
    ("before", "change"),
    [
        ({"batch_size": 2, "gradient_accumulation_steps": 2}, {"batch_size": 1, "gradient_accumulation_steps": 4}),
        ({"batch_size": 2, "gradient_accumulation_steps": 2}, {"gradient_accumulation_steps": 1, "nodes": 2}),
        ({"epochs": 2}, {"epochs": 3}),
        ({"max_steps": 8}, {"max_steps": 9}),
        ({"target_modules": "q_proj,k_proj"}, {"target_modules": "k_proj,q_proj"}),
        ({"logging_steps": 5, "save_best_checkpoint": False}, {"logging_steps": 1, "number_of_checkpoints": 3}),
    ],
)
def test_the_same_updates(before: dict[str, Any], change: dict[str, Any]) -> None:
    config = {**SETTINGS, "model": "model", **before}
    marked(config)
    assert [c for c in found({**config, **change}) if c.startswith("HPC53")] == []


def test_other_rows() -> None:
    Path("rows.jsonl").write_text('{"instruction": "a", "input": "", "output": "b"}\n')
    make_model(Path("model"))
    config = {**SETTINGS, "model": "model"}
    marked(config)
    assert [c for c in found(config, must_exist=True) if c.startswith("HPC53")] == []
    weights = Path("model/model.safetensors")
    weights.write_bytes(weights.read_bytes()[:-1] + b"\x01")
    assert "have changed since" in found(config, must_exist=True)["HPC536"].message
    Path("rows.jsonl").write_text('{"instruction": "a", "input": "", "output": "c"}\n')
    assert "HPC539" in found(config, must_exist=True)


@pytest.mark.parametrize("value", [7, "x", [1, {}], {"a": 1}, None, 1e999, True])
def test_a_damaged_mark_is_a_difference_and_never_a_traceback(value: Any) -> None:
    config = {**SETTINGS, "model": "model"}
    for name in identity(needs_of(resolve(parse(json.dumps(config), "json", "job.json")))):
        shutil.rmtree("runs", ignore_errors=True)
        marked(config)
        path = Path("runs/a/checkpoint-3/hpc.json")
        saved = json.loads(path.read_text())
        saved["identity"][name] = value
        path.write_text(json.dumps(saved))
        found(config, must_exist=True)


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
        write_state(checkpoint / f"global_step3/bf16_zero_pp_rank_{rank}_mp_rank_00_optim_states.pt")
        write_state(checkpoint / f"rng_state_{rank}.pth")
    (checkpoint / "latest").write_text("global_step3")
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
    assert found(GIVEN, must_exist=True)["HPC530"].help == "there is runs/a/checkpoint-4"
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


def test_links_out_of_the_folder() -> None:
    Path("elsewhere").mkdir()
    Path("here/runs").mkdir(parents=True)
    os.chdir("here")
    config = {"output_dir": "runs/a"}
    Path("runs/a").symlink_to("../../elsewhere")
    assert "is a link to" in found(config, must_exist=True)["HPC542"].message
    Path("runs/a").unlink()
    Path("runs/a").mkdir()
    for name in ("build", "run.log", "metrics.jsonl", ".lock", "README.md", "summary.json", "checkpoint-3"):
        Path("runs/a", name).symlink_to("../../../elsewhere")
        assert f"runs/a/{name} is a link to" in found(config, must_exist=True)["HPC542"].message
        Path("runs/a", name).unlink()
    assert found(config, must_exist=True) == {}


def link(name: str, target: str) -> None:
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    Path(name).symlink_to(Path(target).absolute())


def pipe(name: str) -> None:
    Path(name).parent.mkdir(parents=True)
    os.mkfifo(name)


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda: link("runs/a", "nowhere"), "runs/a is a link that leads nowhere"),
        (lambda: link("runs/a", "runs/a"), "runs/a is a link that leads nowhere"),
        (lambda: link("runs", "runs"), "runs is a link that leads nowhere"),
        (lambda: write(Path("runs"), {}), "runs is not a folder"),
        (lambda: write(Path("runs/a/build"), {}), "runs/a/build is not a folder"),
        (lambda: Path("runs/a/run.log").mkdir(parents=True), "runs/a/run.log is a folder, not a file"),
        (lambda: pipe("runs/a/.lock"), "runs/a/.lock is a pipe or a device, not a file"),
        (lambda: link("runs/a/metrics.jsonl", "runs/a/x"), "runs/a/metrics.jsonl is a link that leads nowhere"),
    ],
)
def test_a_folder_that_cannot_be_written(make: Callable[[], object], why: str) -> None:
    make()
    assert [d.message for d in refused("runs/a")] == [f"cannot write into runs/a: {why}"]


@pytest.mark.parametrize("name", ["x" * 300, f"{'x' * 300}/a", "a/" * 2100 + "b"])
def test_a_folder_whose_name_is_too_long(name: str) -> None:
    assert [d.message for d in refused(name)] == [f"cannot write into {name}: file name too long"]


def refused(output: str) -> list[Diagnostic]:
    """HPC830 of a job that would discard what is there."""
    job = check(parse(json.dumps({"output_dir": output}), "json", "c.json"), disk="needed", overwrite=True)
    return [d for d in job.diagnostics if d.code == "HPC830"]


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
