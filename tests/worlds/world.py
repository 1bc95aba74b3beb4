"""A world: a folder with a model, data and a config, made from a sound one by changes. A new world is one line."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Change = Callable[[], object]
"""Something done to the folder of the world, which is the current folder."""

OUT = "out"
BEFORE = "before"
"""The folder beside the model in which a run has trained."""
JOB: dict[str, Any] = {
    "model": "model",
    "train_data": "train.jsonl",
    "output_dir": OUT,
    "batch_size": 2,
    "gradient_accumulation_steps": 1,
    "max_sequence_length": 64,
    "lora_rank": 4,
    "disable_gradient_checkpointing": True,
    "mixed_precision": "none",
    "checkpoint_strategy": "no",
}
TRAINED: dict[str, Any] = {"checkpoint_strategy": "steps", "checkpoint_steps": 1, "target_modules": "q_proj,v_proj"}
"""What differs in the job whose checkpoints a world can have."""
ALPACA = {"instruction": "What is the capital of France?", "input": "", "output": "Paris, of course."}
TALK = {"conversations": [{"from": "human", "value": "How many?"}, {"from": "gpt", "value": "One, two, three!"}]}
PAIR = {
    "conversations": [{"from": "human", "value": "yes or no?"}],
    "chosen": {"from": "gpt", "value": "yes"},
    "rejected": {"from": "gpt", "value": "no"},
}
TEXT = {"text": "Once upon a time there was a compiler that turned a page of numbers into a trained model. " * 4}
ROWS: dict[str, dict[str, Any]] = {"sft": ALPACA, "pt": TEXT, "dpo": PAIR}
"""A sound row for each trainer."""
MANY = 6
"""Rows of a sound file."""


@dataclass(frozen=True)
class World:
    """One world.

    Attributes:
        name: What is odd in it.
        config: What differs from ``JOB``; None as a value removes a key.
        rows: The rows of train.jsonl; None for sound rows of the trainer.
        changes: What is done to the folder after that, in order.
        options: Of the run: ``overwrite``, ``skip_bad_rows``.
        trained: The output folder has the checkpoints of an earlier run, of ``JOB`` with ``TRAINED``.
    """

    name: str
    config: dict[str, Any] = field(default_factory=dict)
    rows: list[Any] | None = None
    changes: tuple[Change, ...] = ()
    options: dict[str, bool] = field(default_factory=dict)
    trained: bool = False

    def make(self, model: Path) -> dict[str, Any]:
        """Fill the current folder, which is empty, and return the config."""
        shutil.copytree(model, "model")
        config = {key: value for key, value in {**JOB, **self.config}.items() if value is not None}
        rows = [ROWS[config.get("trainer", "sft")]] * MANY if self.rows is None else self.rows
        Path("train.jsonl").write_text("".join(f"{r if isinstance(r, str) else json.dumps(r)}\n" for r in rows))
        if self.trained:
            shutil.copytree(model.parent / BEFORE / OUT, OUT)
        for change in self.changes:
            change()
        Path("job.json").write_text(json.dumps(config))
        return config


def file(path: str, content: str | bytes) -> Change:
    """Write a file."""

    def change() -> None:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_bytes(content.encode() if isinstance(content, str) else content)

    return change


def gone(path: str) -> Change:
    """Remove a file or a folder."""
    return lambda: shutil.rmtree(path) if Path(path).is_dir() else Path(path).unlink()


def cut(path: str, size: int) -> Change:
    """Leave the first bytes of a file; a negative size leaves out the last ones."""
    return lambda: Path(path).write_bytes(Path(path).read_bytes()[:size])


def longer(path: str, more: bytes) -> Change:
    """Append bytes to a file."""
    return lambda: Path(path).write_bytes(Path(path).read_bytes() + more)


def keys(path: str, **changes: Any) -> Change:
    """Change keys of a JSON file; None removes one."""

    def change() -> None:
        values = {**json.loads(Path(path).read_text()), **changes}
        Path(path).write_text(json.dumps({key: value for key, value in values.items() if value is not None}))

    return change
