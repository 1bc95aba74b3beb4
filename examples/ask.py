"""Asks models about hpc's hyperparameters, with questions that are not in the training data.

``python examples/ask.py FOLDER [FOLDER]`` loads one model, or the model before and after a training, and asks it
every fifth question of ``examples/data/questions_eval.jsonl`` (``--all``: all of them), so the
sample is not cherry-picked. Answers that match the expected ones word for word are marked and counted.
"""

from __future__ import annotations

import argparse
import json
import os
from concurrent.futures import ProcessPoolExecutor
from itertools import repeat
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.markup import escape
from rich.table import Table

QUESTIONS = Path(__file__).with_name("data") / "questions_eval.jsonl"
SAMPLE: Final = slice(2, None, 5)
MAX_NEW_TOKENS: Final = 64
"""The longest correct answer has 58."""


def load(folder: Path) -> tuple[Any, Any]:
    """The model and its tokenizer."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder, padding_side="left")
    return AutoModelForCausalLM.from_pretrained(folder, dtype="bfloat16").eval(), tokenizer


def answers(folder: Path, questions: list[str]) -> list[str]:
    """The model's answers, with greedy decoding; all questions in one batch."""
    import torch

    torch.set_num_threads(1)  # a second thread only slows down many small steps
    model, tokenizer = load(folder)
    prompts = [
        tokenizer.apply_chat_template([{"role": "user", "content": q}], tokenize=False, add_generation_prompt=True)
        for q in questions
    ]
    batch = tokenizer(prompts, return_tensors="pt", padding=True, add_special_tokens=False)
    with torch.inference_mode():
        out = model.generate(**batch, max_new_tokens=MAX_NEW_TOKENS, do_sample=False)
    new = out[:, batch["input_ids"].shape[1] :]
    return [text.strip() for text in tokenizer.batch_decode(new, skip_special_tokens=True)]


def mark(said: str, right: str) -> str:
    """The answer, with a check mark when it is correct."""
    return f"[green]✓[/] {escape(said)}" if said == right else escape(said)


def show(console: Console, rows: list[dict[str, str]], told: dict[str, list[str]]) -> None:
    """The answers side by side, then the count."""
    table = Table("question", *told, title="Questions that were not in the training data", show_lines=True)
    for index, row in enumerate(rows):
        table.add_row(row["instruction"], *(mark(said[index], row["output"]) for said in told.values()))
    console.print(table)
    for name, said in told.items():
        right = sum(text == row["output"] for text, row in zip(said, rows, strict=True))
        console.print(f"{name}: {right} of {len(rows)} answers match the expected ones word for word")


def main() -> int:
    """Ask one model or two."""
    parser = argparse.ArgumentParser(description="Asks models about hpc's hyperparameters.")
    parser.add_argument(
        "folders", nargs="+", type=Path, metavar="FOLDER", help="a model folder; give two to compare before and after"
    )
    parser.add_argument("--all", action="store_true", help="ask all the questions (takes a minute on a CPU)")
    arguments = parser.parse_args()
    folders: list[Path] = arguments.folders
    if missing := [folder for folder in folders if not (folder / "config.json").exists()]:
        parser.error(f"{missing[0]} is not a model folder: it has no config.json")
    os.environ |= {"HF_HUB_OFFLINE": "1", "TQDM_DISABLE": "1"}
    console = Console(highlight=False)
    rows = [json.loads(line) for line in QUESTIONS.read_text(encoding="utf-8").splitlines()]
    rows = rows if arguments.all else rows[SAMPLE]
    titles = ("before", "after") if len(folders) == 2 else tuple(str(folder) for folder in folders)
    for folder in folders:
        console.print(f"asking {folder} {len(rows)} questions", soft_wrap=True)
    with ProcessPoolExecutor(len(folders)) as pool:  # Importing torch takes longer than answering, on one core each.
        asked = pool.map(answers, folders, repeat([row["instruction"] for row in rows]))
    show(console, rows, dict(zip(titles, asked, strict=True)))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
