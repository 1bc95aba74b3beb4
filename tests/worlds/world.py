"""A world: a folder with a model, data and a config, made from a sound one by changes. A new world is one line."""

from __future__ import annotations

import json
import os
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


def linked(path: str, target: str) -> Change:
    """A link in the place of a file or a folder, which moves to the target."""

    def change() -> None:
        if Path(path).exists():
            Path(target).parent.mkdir(parents=True, exist_ok=True)
            Path(path).rename(target)
        Path(path).symlink_to(Path(target).absolute())

    return change


def dangling(path: str, target: str = "nowhere") -> Change:
    """A link that leads nowhere in the place of a file or a folder."""

    def change() -> None:
        if Path(path).exists():
            gone(path)()
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).symlink_to(Path(target).absolute())

    return change


def looped(path: str) -> Change:
    """A link to itself in the place of a file or a folder."""
    return dangling(path, path)


def folder(path: str) -> Change:
    """A folder in the place of a file."""

    def change() -> None:
        if Path(path).exists():
            gone(path)()
        Path(path).mkdir(parents=True)

    return change


def pipe(path: str) -> Change:
    """A named pipe in place of a file: opening it to read blocks until something writes."""

    def change() -> None:
        Path(path).unlink(missing_ok=True)
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        os.mkfifo(path)

    return change


def of_processes(checkpoint: str, number: int) -> Change:
    """A checkpoint as a run of so many processes would have left it."""

    def change() -> None:
        state = Path(checkpoint, "rng_state.pth")
        for rank in range(number):
            shutil.copy(state, Path(checkpoint, f"rng_state_{rank}.pth"))
        state.unlink()
        mark = Path(checkpoint, "hpc.json")
        values = json.loads(mark.read_text())
        values["identity"]["devices_per_node"] = number
        mark.write_text(json.dumps({**values, "world_size": number}))

    return change
