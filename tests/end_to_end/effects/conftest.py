"""The fixtures of the effect tests: small data, a tiny model, and trainings that are run once for all tests."""

from __future__ import annotations

import json
import os
import random
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.effects.harness import Seen, Train, train
from tests.end_to_end.tiny import make_tiny
from tests.warm import import_all

WORDS = [
    "the",
    "capital",
    "of",
    "France",
    "is",
    "Paris",
    "learning",
    "rate",
    "batch",
    "size",
    "epochs",
    "model",
    "question",
    "answer",
    "tokens",
    "fox",
    "dog",
]

BASE: dict[str, Any] = {
    "model": "tiny",
    "train_data": "chat.jsonl",
    "batch_size": 2,
    "gradient_accumulation_steps": 1,
    "learning_rate": 0.01,
    "mixed_precision": "none",
    "max_sequence_length": 96,
    "disable_gradient_checkpointing": True,
    "lora_dropout": 0,
    "merge_adapter": False,
    "checkpoint_strategy": "no",
    "logging_steps": 1,
}


def sentence(rng: random.Random, words: int) -> str:
    return " ".join(rng.choices(WORDS, k=words))


def conversation(rng: random.Random, words: int) -> dict[str, Any]:
    turns = (("human", sentence(rng, 5)), ("gpt", sentence(rng, words)))
    return {"conversations": [{"from": who, "value": text} for who, text in turns]}


def write_data(folder: Path) -> None:
    """Sixteen conversations, eight preferences, a corpus, and evaluation rows of each."""
    rng = random.Random(7)
    for name, rows in {"chat": 16, "chat_eval": 6}.items():
        write_rows(folder / f"{name}.jsonl", [conversation(rng, 4 + i % 5) for i in range(rows)])
    pairs = [
        {
            "conversations": [{"from": "human", "value": sentence(rng, 5)}],
            "chosen": {"from": "gpt", "value": sentence(rng, 6)},
            "rejected": {"from": "gpt", "value": sentence(rng, 3)},
        }
        for _ in range(8)
    ]
    write_rows(folder / "pairs.jsonl", pairs)
    write_rows(folder / "corpus.jsonl", [{"text": sentence(rng, 40)} for _ in range(16)])
    alpaca = {"instruction": sentence(rng, 4), "input": "", "output": sentence(rng, 4)}
    write_rows(folder / "alpaca.jsonl", [alpaca] * 4)


def write_rows(path: Path, rows: list[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def prepare(folder: Path) -> None:
    """Two tiny models, the data, and an empty store of MLflow, whose making takes longest."""
    import mlflow

    make_tiny(folder / "tiny")
    make_tiny(folder / "other", seed=5)
    write_data(folder)
    mlflow.MlflowClient(f"sqlite:///{folder}/mlflow.db").search_experiments()


@pytest.fixture(scope="session")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The working folder of all runs."""
    import_all()
    folder = tmp_path_factory.mktemp("effects")
    if prepared := os.environ.get("HPC_EFFECTS_PREPARED"):
        shutil.copytree(prepared, folder, dirs_exist_ok=True)
    else:
        prepare(folder)
    return folder


@pytest.fixture(scope="session")
def run(root: Path) -> Train:
    """Train with BASE and these fields; the same fields are trained only once."""
    done: dict[str, Seen] = {}

    def trained(*flags: str, fresh: str = "", **fields: Any) -> Seen:
        """``fresh`` names another run of the same fields; a field of None is left out."""
        config = {k: v for k, v in {**BASE, **fields}.items() if v is not None}
        key = json.dumps([config, flags, fresh], sort_keys=True)
        if key not in done:
            config.setdefault("output_dir", f"runs/{len(done)}")
            done[key] = train(config, root, *flags)
        return done[key]

    return trained
