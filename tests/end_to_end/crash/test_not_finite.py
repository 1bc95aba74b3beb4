"""A loss that is not finite ends the run: no result, no bad checkpoint, and the figures say nan."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from tests.end_to_end.crash.conftest import compiled
from tests.end_to_end.forks import Forks
from tests.end_to_end.jobs import conversation, run
from tests.end_to_end.tiny import make_tiny, make_tokenizer

from hpc_runner.faults import explain

pytestmark = pytest.mark.train

FULL: dict[str, Any] = {"training_type": "full", "checkpoint_strategy": "steps", "checkpoint_steps": 2}
BAD = {"instruction": "~", "input": "", "output": "~ ~"}


def poisoned(folder: Path, **values: Any) -> str:
    """A job of 12 rows whose model has nan in the embedding of one token, which one row has."""
    make_tiny(folder / "model")
    weights = load_file(folder / "model/model.safetensors")
    weights["model.embed_tokens.weight"][make_tokenizer().convert_tokens_to_ids("~")] = math.nan
    save_file(weights, folder / "model/model.safetensors", metadata={"format": "pt"})
    build = compiled(folder, 1, **{**FULL, **values})
    rows = [conversation(row) for row in range(11)]
    (folder / "train.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in [*rows, BAD]))
    (folder / "eval.jsonl").write_text(json.dumps(BAD) + "\n")
    return build


def refused(folder: Path, forks: Forks, build: str, world: int = 1) -> str:
    forks.start(folder, build, world)
    codes = forks.wait()
    said = (folder / "said.txt").read_text()
    assert codes == [1] * world, said
    assert "error[HPC846]" in said
    assert "Traceback" not in said
    assert "is trained" not in said
    assert not (folder / "out/final").exists()
    return said


JOBS: dict[str, dict[str, Any]] = {
    "one process": {},
    "ddp": {"devices_per_node": 2},
    "deepspeed": {"devices_per_node": 2, "distributed_backend": "deepspeed", "zero_stage": 2},
}


@pytest.mark.parametrize("name", JOBS)
def test_nan_in_the_middle(name: str, tmp_path: Path, forks: Forks) -> None:
    world = JOBS[name].get("devices_per_node", 1)
    said = refused(tmp_path, forks, poisoned(tmp_path, seed=3, **JOBS[name]), world)
    output = tmp_path / "out"
    lines = [json.loads(line) for line in (output / "metrics.jsonl").read_text().splitlines()]
    assert lines[-1]["loss"] == "nan"
    assert f"at step {lines[-1]['step']}" in said
    assert json.loads((output / "summary.json").read_text())["last_loss"] == lines[-1]["loss"]
    for checkpoint in output.glob("checkpoint-*"):
        assert checkpoint.name in said
        clean = load_file(checkpoint / "model.safetensors")
        clean.pop("model.embed_tokens.weight")
        assert all(bool(torch.isfinite(tensor).all()) for tensor in clean.values())


def test_nan_in_the_evaluation(tmp_path: Path, forks: Forks) -> None:
    job = {"eval_data": "eval.jsonl", "eval_strategy": "steps", "eval_steps": 2, "save_best_checkpoint": True}
    build = poisoned(tmp_path, **job)
    (tmp_path / "train.jsonl").write_text("".join(f"{json.dumps(conversation(row))}\n" for row in range(8)))
    assert "the evaluation loss is nan at step 2" in refused(tmp_path, forks, build)
    assert not list((tmp_path / "out").glob("checkpoint-*"))


def test_nan_found_by_the_merge() -> None:
    error = explain(ValueError("NaNs detected in the merged weights. The adapter default seems to be broken"))
    assert error is not None
    assert error.code == "HPC846"


@pytest.mark.parametrize("deferred", [False, True], ids=["host", "device"])
def test_the_update_is_not_applied(deferred: bool, tmp_path: Path) -> None:
    """On a GPU the flag is read later; the update must be harmless all the same."""
    from transformers import LlamaForCausalLM, Trainer, TrainingArguments

    from hpc_runner.finite import FiniteUpdates, NotFiniteError

    model = LlamaForCausalLM.from_pretrained(make_tiny(tmp_path / "model"))
    rows = [{"input_ids": [5, 6, 7], "labels": [5, 6, 7]} for _ in range(6)]
    arguments = TrainingArguments(str(tmp_path), per_device_train_batch_size=1, report_to="none", use_cpu=True)
    trainer = Trainer(model, arguments, train_dataset=rows)
    FiniteUpdates(agree=int, deferred=deferred).watch(trainer)
    seen = []

    def poison(gradient: torch.Tensor) -> torch.Tensor:
        seen.append(0)
        return gradient * math.nan if len(seen) == 3 else gradient

    model.lm_head.weight.register_hook(poison)
    with pytest.raises(NotFiniteError, match="the gradient norm is nan at step 3"):
        trainer.train()
    assert len(seen) == (4 if deferred else 3)
    assert all(bool(torch.isfinite(parameter).all()) for parameter in model.parameters())


def test_fp16_may_skip_fifty_steps_in_a_row_and_no_more() -> None:
    from types import SimpleNamespace

    from hpc_runner.finite import MOST_SKIPPED, FiniteUpdates, NotFiniteError

    watch = FiniteUpdates(agree=int, deferred=True)
    watch.trainer = SimpleNamespace(accelerator=SimpleNamespace(optimizer_step_was_skipped=True))
    end = lambda: watch.on_step_end(SimpleNamespace(fp16=True), SimpleNamespace(global_step=9), None)  # noqa: E731
    for _ in range(MOST_SKIPPED):
        end()
    with pytest.raises(NotFiniteError, match="51 steps in a row"):
        end()


def fp16_watch(**state: Any) -> tuple[Any, Any]:
    """A watch that sees the loss scaler skip every step, and a trainer that stands for one on a GPU."""
    from types import SimpleNamespace

    from hpc_runner.finite import FiniteUpdates

    watch = FiniteUpdates(agree=int, deferred=True)
    trainer = SimpleNamespace(
        accelerator=SimpleNamespace(optimizer_step_was_skipped=True),
        add_callback=lambda _: None,
        training_step=None,
        _get_grad_norm=None,
        state=SimpleNamespace(global_step=4, max_steps=5, **state),
    )
    return watch, trainer


def test_fp16_that_skips_every_step_of_a_short_job_has_no_result() -> None:
    from types import SimpleNamespace

    from hpc_runner.finite import NotFiniteError

    watch, trainer = fp16_watch()
    watch.watch(trainer)
    arguments = SimpleNamespace(fp16=True)
    for _ in range(5):
        watch.on_step_end(arguments, trainer.state, None)
    watch.on_train_end(arguments, trainer.state, None)  # Stopped by a signal after 4 of 5 steps: it may go on.
    trainer.state.global_step = 5
    with pytest.raises(NotFiniteError, match="in all 5 steps"):
        watch.on_train_end(arguments, trainer.state, None)
    watch.skipped = 4
    watch.on_train_end(arguments, trainer.state, None)


def test_deepspeeds_smallest_loss_scale_ends_the_run_with_its_figures() -> None:
    from hpc_runner.finite import NotFiniteError

    def overflows() -> None:
        raise Exception("Current loss scale already at minimum - cannot decrease scale anymore. Exiting run.")

    watch, trainer = fp16_watch()
    trainer.training_step = overflows
    watch.watch(trainer)
    with pytest.raises(NotFiniteError, match="smallest loss scale at step 5") as ended:
        trainer.training_step()
    assert math.isnan(ended.value.figures["loss"])


@pytest.mark.slow
def test_the_job_of_a_user(tmp_path: Path) -> None:
    """Through the whole of `hpc run`."""
    poisoned(tmp_path)
    code, said = run(tmp_path / "job.json")
    assert (code, "error[HPC846]" in said) == (1, True), said
    assert "has no result" in said
