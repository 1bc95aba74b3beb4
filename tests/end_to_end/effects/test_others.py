"""The effects of the group Others: checkpoints, evaluation, logging."""

import json
from pathlib import Path

from tests.end_to_end.effects.forgetting import taught_another_answer
from tests.end_to_end.effects.harness import Seen, Train

EVALUATED = {"eval_data": "chat_eval.jsonl"}


def logged_steps(seen: Seen, name: str) -> list[int]:
    return [entry["step"] for entry in seen.logs if name in entry]


def test_checkpoint_strategy(run: Train) -> None:
    """Checkpoints on disk: none, one an epoch, one every few steps."""
    assert run(epochs=2).checkpoints() == []
    assert run(epochs=2, checkpoint_strategy="epoch").checkpoints() == [8, 16]
    assert run(epochs=2, checkpoint_strategy="steps", checkpoint_steps=5).checkpoints() == [5, 10, 15, 16]


def test_checkpoint_steps(run: Train) -> None:
    """Steps between the checkpoints on disk."""
    assert run(checkpoint_strategy="steps", checkpoint_steps=3).checkpoints() == [3, 6, 8]
    assert run(checkpoint_strategy="steps", checkpoint_steps=4).checkpoints() == [4, 8]


def test_number_of_checkpoints(run: Train) -> None:
    """How many checkpoints are left on disk: the newest."""
    fields = {"checkpoint_strategy": "steps", "checkpoint_steps": 1}
    assert run(**fields).checkpoints() == [4, 5, 6, 7, 8]
    assert run(**fields, number_of_checkpoints=2).checkpoints() == [7, 8]


def test_eval_strategy(run: Train) -> None:
    """Steps at which an evaluation loss is logged; the last step is always one of them."""
    assert logged_steps(run(epochs=2), "eval_loss") == []
    assert logged_steps(run(epochs=2, eval_strategy="epoch", **EVALUATED), "eval_loss") == [8, 16]
    assert logged_steps(run(eval_strategy="steps", eval_steps=3, **EVALUATED), "eval_loss") == [3, 6, 8]


def test_eval_steps(run: Train) -> None:
    """Steps between evaluations; without it they follow the logging steps."""
    assert logged_steps(run(eval_strategy="steps", eval_steps=4, **EVALUATED), "eval_loss") == [4, 8]
    assert logged_steps(run(eval_strategy="steps", logging_steps=3, **EVALUATED), "eval_loss") == [3, 6, 8]


def test_save_best_checkpoint(run: Train, root: Path) -> None:
    """A model that knows one answer is taught another: an early checkpoint is the best, and becomes the final model."""
    job = taught_another_answer(run, root)
    last, best = (run(**job, save_best_checkpoint=flag) for flag in (False, True))
    losses = best.series("eval_loss")
    lowest = losses.index(min(losses)) + 1
    assert losses[-1] > min(losses) + 0.5, "far beyond what rounding can do"
    assert best.facts["best"].endswith(f"checkpoint-{lowest}")
    assert lowest in best.checkpoints()
    kept = (best.folder / f"checkpoint-{lowest}" / "adapter_model.safetensors").read_bytes()
    assert (best.folder / "final" / "adapter_model.safetensors").read_bytes() == kept
    newest = (last.folder / f"checkpoint-{last.steps}" / "adapter_model.safetensors").read_bytes()
    assert (last.folder / "final" / "adapter_model.safetensors").read_bytes() == newest


def test_logging_steps(run: Train) -> None:
    """Steps at which a loss is logged: every k-th, every one for -1, none for 0."""
    assert logged_steps(run(logging_steps=3), "loss") == [3, 6, 8]
    assert logged_steps(run(logging_steps=10), "loss") == [8]
    assert logged_steps(run(logging_steps=-1), "loss") == list(range(1, 9))
    assert logged_steps(run(logging_steps=0), "loss") == []


def test_logging_steps__mlflow(run: Train, root: Path) -> None:
    """Rows of the loss in MLflow's store."""
    import mlflow

    seen = run(logging_steps=2)
    client = mlflow.MlflowClient(f"sqlite:///{root}/mlflow.db")
    run_id = json.loads((seen.folder / "mlflow_run.json").read_text())["run_id"]
    assert [point.step for point in client.get_metric_history(run_id, "loss")] == [2, 4, 6, 8]
