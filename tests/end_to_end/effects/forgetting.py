"""A training in which an early checkpoint is the best by design: what the model knows is not what it is taught."""

from __future__ import annotations

from pathlib import Path

from tests.end_to_end.effects.conftest import write_rows
from tests.end_to_end.effects.harness import Train

EVERY = {"eval_strategy": "steps", "eval_steps": 1, "checkpoint_strategy": "steps", "checkpoint_steps": 1}


def taught_another_answer(run: Train, root: Path) -> dict[str, object]:
    """A job with evaluation and a checkpoint at each step: it answers what it knew worse from step to step."""
    for word in ("fox", "dog"):
        write_rows(root / f"{word}.jsonl", _answering(word))
    known = run(training_type="full", learning_rate=0.03, train_data="fox.jsonl")
    knows_fox = str((known.folder / "final").relative_to(root))
    return {"model": knows_fox, "train_data": "dog.jsonl", "eval_data": "fox.jsonl", **EVERY}


def _answering(word: str) -> list[dict[str, object]]:
    """One question, sixteen times, whose answer repeats a word."""
    turns = (("human", "fox or dog"), ("gpt", f"{word} " * 20))
    return [{"conversations": [{"from": who, "value": text} for who, text in turns]}] * 16
