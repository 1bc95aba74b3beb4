"""The six recipes of the examples, compiled and trained to the end: real data, a tiny model, one process and two."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hpc.compile import compile_document
from hpc.recipes import RECIPES
from hpc.source import parse
from hpc.write import write_artifacts
from tests.curves import follows
from tests.end_to_end.forks import Forks
from tests.end_to_end.tiny import make_tiny

ROOT = Path(__file__).resolve().parents[2]
REAL = ROOT.parent / "shared" / "data"
DATA = {
    "train_lora_sft": ("alpaca/alpaca_train_mini.json", "questions_train.jsonl"),
    "train_full_sft": ("sharegpt/sharegpt_chat_train_mini.json", "conversations_train.jsonl"),
    "train_lora_pt": ("corpus/corpus_wiki_en_train_mini.json", "corpus_train.jsonl"),
    "train_full_pt": ("corpus/corpus_wiki_en_train_mini.json", "corpus_train.jsonl"),
    "train_lora_dpo": ("sharegpt-dpo/dpo_agrilla_en_train_sharegpt_mini.json", "preferences_train.jsonl"),
    "train_full_dpo": ("sharegpt-dpo/dpo_agrilla_en_train_sharegpt_mini.json", "preferences_train.jsonl"),
}
ROWS = 16
SMALL = {"batch_size": 2, "epochs": 2, "max_sequence_length": 256, "learning_rate": 0.01, "logging_steps": 1}


def rows(name: str) -> list[dict[str, Any]]:
    """The first rows of the real data, where it is there, or else of the examples' own."""
    real, own = DATA[name]
    if (REAL / real).exists():
        return list(json.loads((REAL / real).read_text()))[:ROWS]
    return [json.loads(line) for line in (ROOT / "examples/data" / own).read_text().splitlines()][:ROWS]


def build(name: str, folder: Path, world: int) -> Path:
    """Compile the example, changed in what a tiny model and a few rows need."""
    data = folder / f"{name}.jsonl"
    data.write_text("".join(json.dumps(row) + "\n" for row in rows(name)))
    values = json.loads((ROOT / "examples" / name / f"{name}.json").read_text())
    places = {"model": str(folder / "model"), "train_data": str(data), "output_dir": str(folder / name)}
    evaluation = {"eval_data": str(data)} if "eval_data" in values else {}
    text = json.dumps({**values, **SMALL, **places, **evaluation, "devices_per_node": world})
    compiled = folder / name / "build"
    write_artifacts(str(compiled), list(compile_document(parse(text, "json", f"{name}.json")).artifacts.values()))
    return compiled


def losses(output: Path) -> list[float]:
    lines = [json.loads(line) for line in (output / "metrics.jsonl").read_text().splitlines()]
    return [line["loss"] for line in lines if "loss" in line]


def generate(folder: Path) -> int:
    """Load a model as users do; the number of tokens that it adds to a question."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    question = tokenizer("What is the learning rate?", return_tensors="pt")
    answer = AutoModelForCausalLM.from_pretrained(folder).generate(**question, min_new_tokens=4, max_new_tokens=4)
    return int(answer.shape[1] - question["input_ids"].shape[1])


@pytest.mark.train
@pytest.mark.parametrize("world", [1, 2], ids=["one process", "two processes"])
@pytest.mark.parametrize("name", RECIPES)
def test_the_loss_falls_and_the_model_loads_and_generates(forks: Forks, tmp_path: Path, name: str, world: int) -> None:
    make_tiny(tmp_path / "model")
    output = tmp_path / name
    forks.run(tmp_path, str(build(name, tmp_path, world)), world)
    values = losses(output)
    assert sum(values[-3:]) < sum(values[:3])
    assert generate(output / ("merged" if "lora" in name else "final")) == 4
    assert follows(output / "loss.png", values)
    assert json.loads((output / "summary.json").read_text())["steps"] == len(values)
    assert not [path.name for path in output.iterdir() if "partial" in path.name or path.suffix == ".tmp"]
