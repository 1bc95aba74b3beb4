"""Writes the six recipes of the examples and their compiled files.

``python examples/make_recipes.py`` writes ``examples/train_*/``; ``--check`` only lists files that are out of
date, and exits with 1 if there are any. The values are those of ``hpc init``, except where a 135M model or a data set
of a hundred rows needs something else.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from hpc.compile import compile_document, to_text
from hpc.recipes import RECIPES, Values
from hpc.source import parse
from hpc_schema.fields import BY_NAME

EXAMPLES = Path(__file__).resolve().parent

SMALL: Final[Values] = {
    "model": ".cache/hpc/smollm2-135m-instruct",
    "batch_size": 8,
    "gradient_accumulation_steps": 1,
    "max_sequence_length": 256,
    "disable_gradient_checkpointing": True,
    "logging_steps": 1,
}
# A checkpoint of full training with its optimizer state takes 1.9 GB, even of this small model.
FULL: Final[Values] = {"checkpoint_strategy": "no"}
# The whole corpus packs into a dozen blocks.
CORPUS: Final[Values] = {"train_data": "examples/data/corpus_train.jsonl", "batch_size": 2, "epochs": 3}

ADAPTED: Final[dict[str, Values]] = {
    "train_lora_sft": {
        "train_data": "examples/data/questions_train.jsonl",
        "batch_size": 2,
        "learning_rate": 2e-3,
        "epochs": 4,
        "target_modules": "gate_proj,up_proj,down_proj",  # enough for facts, and quicker than all-linear
        "mixed_precision": "none",  # faster than bf16 on most CPUs
        "lora_dropout": 0,
        "number_of_checkpoints": 1,
        "logging_steps": 5,
    },
    "train_full_sft": {
        **FULL,
        "train_data": "examples/data/conversations_train.jsonl",
        "eval_data": "examples/data/conversations_eval.jsonl",
        "eval_strategy": "epoch",
        "learning_rate": 1e-4,
    },
    "train_lora_pt": {**CORPUS, "learning_rate": 1e-3},
    "train_full_pt": {**CORPUS, **FULL, "learning_rate": 1e-4},
    "train_lora_dpo": {
        "train_data": "examples/data/preferences_train.jsonl",
        "learning_rate": 1e-4,
        "number_of_checkpoints": 1,
    },
    # Small enough for each device to hold the reference model whole, so ZeRO-3 is not needed.
    "train_full_dpo": {
        **FULL,
        "train_data": "examples/data/preferences_train.jsonl",
        "learning_rate": 2e-5,
        "zero_stage": 2,
    },
}


def recipe(name: str) -> str:
    """The text of a recipe: its values in the order of the schema."""
    values = {**RECIPES[name], **SMALL, **ADAPTED[name]}
    ordered = {key: values[key] for key in BY_NAME if key in values}
    return to_text({"$schema": "../../schema/hpc_schema/hpc.schema.json", **ordered})


def files() -> dict[str, str]:
    """Path in the examples folder → text."""
    made: dict[str, str] = {}
    for name in RECIPES:
        made[f"{name}/{name}.json"] = text = recipe(name)
        document = parse(text, "json", f"examples/{name}/{name}.json")
        for artifact in compile_document(document).artifacts.values():
            made[f"{name}/compiled/{artifact.name}"] = artifact.text
    return made


def main(argv: list[str]) -> int:
    """Write, or check, every file."""
    check = "--check" in argv
    stale = [(path, text) for path, text in files().items() if current(path) != text]
    for path, text in stale:
        print(f"{'out of date' if check else 'written'}: examples/{path}")
        if not check:
            (EXAMPLES / path).parent.mkdir(parents=True, exist_ok=True)
            (EXAMPLES / path).write_text(text, encoding="utf-8")
    return 1 if stale and check else 0


def current(path: str) -> str | None:
    """The text of the file on disk."""
    file = EXAMPLES / path
    return file.read_text(encoding="utf-8") if file.exists() else None


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
