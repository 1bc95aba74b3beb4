"""Rows, steps and tokens as a run counts them."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from tests.unit.forecast.test_memory import job

from hpc.checks.disk.needs import needs_of
from hpc.forecast.forecast import schedule
from hpc.forecast.schedule import Schedule, epochs, moments
from hpc_disk.choice import split
from hpc_disk.data import weighed
from hpc_disk.lengths import remember
from hpc_disk.steps import train_sets

ROW = json.dumps({"instruction": "a", "input": "", "output": "b"}) + "\n"


@pytest.fixture(autouse=True)
def _inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HPC_CACHE", str(tmp_path / "cache"))


def as_the_runner(counts: list[int], weights: list[float], most: int | None, size: float, seed: int) -> int:
    """The order of ``hpc_runner.data.load``: sample each set, split all of them together, then weigh each."""
    numbered = [(which, row) for which, count in enumerate(counts) for row in range(min(count, most or count))]
    kept = [numbered[row] for row in split(len(numbered), size, seed)[0]]
    sizes = [sum(which == each for which, _ in kept) for each in range(len(counts))]
    return sum(len(weighed(count, weight, seed)) for count, weight in zip(sizes, weights, strict=True))


@pytest.mark.parametrize(
    ("counts", "weights", "most", "size"),
    [
        ([30, 50], [2, 0.5], None, 0.1),
        ([31, 7], [1, 1], 20, 0.3),
        ([41], [1.5], None, 5),
        ([9, 9, 9], [0.5, 0.5, 1], 8, 0.25),
    ],
)
def test_rows_are_counted_with_weights_max_samples_and_eval_split_as_they_are_read(
    tmp_path: Path, counts: list[int], weights: list[float], most: int | None, size: float
) -> None:
    for number, count in enumerate(counts):
        Path(f"{number}.jsonl").write_text(ROW * count)
    values: dict[str, Any] = {
        "seed": 7,
        "eval_split": size,
        "eval_strategy": "epoch",
        "batch_size": 1,
        "gradient_accumulation_steps": 1,
    }
    values["train_data"] = [{"path": f"{n}.jsonl", "weight": weight} for n, weight in enumerate(weights)]
    found = schedule(job(tmp_path, **values, **({"max_samples": most} if most else {}), epochs=1))
    assert found.rows == found.steps == as_the_runner(counts, weights, most, size, 7)


def tokenized(config: Any, lengths: list[int], kept: int) -> None:
    """What the runner writes after it has tokenized the rows."""
    needs = needs_of(config)
    for source, found in train_sets(needs):
        assert found
        remember(needs, source, found, Counter(lengths), kept)


def test_what_a_run_has_tokenized_is_known_exactly(tmp_path: Path) -> None:
    Path("train.jsonl").write_text(ROW * 6)
    values = {
        "train_data": "train.jsonl",
        "max_sequence_length": 100,
        "batch_size": 2,
        "gradient_accumulation_steps": 1,
        "epochs": 3,
    }
    config = job(tmp_path, **values)
    tokenized(config, [10, 20, 30, 40, 500, 600], kept=5)
    found = schedule(config)
    assert (found.rows, found.steps) == (5, 9)
    assert found.longest(100) == 100
    assert found.kept_whole(100) == pytest.approx(4 / 6)
    Path("train.jsonl").write_text(ROW * 7)
    assert schedule(config).lengths is None


def test_tokens_are_exact_where_no_row_is_dropped(tmp_path: Path) -> None:
    Path("train.jsonl").write_text(ROW * 4)
    config = job(tmp_path, train_data="train.jsonl", max_sequence_length=100, epochs=2)
    tokenized(config, [10, 20, 30, 400], kept=4)
    found = schedule(config)
    assert found.tokens == 2 * (10 + 20 + 30 + 100)
    assert found.exact == {"rows", "steps", "tokens"}


def test_packs_are_counted_as_the_runner_makes_them(tmp_path: Path) -> None:
    Path("train.jsonl").write_text(ROW * 5)
    values = {"train_data": "train.jsonl", "max_sequence_length": 100, "batch_size": 1, "epochs": 1}
    config = job(tmp_path, packing=True, gradient_accumulation_steps=1, **values)
    tokenized(config, [60, 60, 40, 40, 300], kept=5)
    found = schedule(config)
    assert (found.rows, found.steps) == (3, 3)
    assert "steps" in found.exact


def test_max_steps_give_the_steps_and_an_estimate_of_the_tokens(tmp_path: Path) -> None:
    values = {"batch_size": 2, "gradient_accumulation_steps": 2, "max_steps": 5, "epochs": 1}
    assert schedule(job(tmp_path, **values)) == Schedule(None, 5, None, frozenset({"steps"}))
    Path("train.jsonl").write_text(ROW * 8)
    config = job(tmp_path, train_data="train.jsonl", max_sequence_length=100, **values)
    tokenized(config, [10, 20, 30, 40] * 2, kept=8)
    found = schedule(config)
    assert (found.steps, found.tokens, found.exact) == (5, 5 * 4 * 25, {"rows", "steps"})
    assert epochs(config, found) == 3


def test_there_is_a_checkpoint_at_the_end_too(tmp_path: Path) -> None:
    Path("train.jsonl").write_text(ROW * 20)
    config = job(tmp_path, train_data="train.jsonl", batch_size=1, gradient_accumulation_steps=1, epochs=1)
    assert moments(config, schedule(config), ("steps", 8)) == 3
    assert moments(config, schedule(config), ("epoch", 8)) == 1
    assert moments(config, schedule(config), ("no", 8)) == 0


def test_a_data_set_counts_as_often_as_it_is_seen(tmp_path: Path) -> None:
    Path("long.jsonl").write_text(ROW * 2)
    Path("short.jsonl").write_text(ROW * 4)
    sets = [{"path": "long.jsonl", "weight": 2}, {"path": "short.jsonl", "weight": 0.5}]
    config = job(tmp_path, train_data=sets, max_sequence_length=100, epochs=1)
    needs = needs_of(config)
    for (source, found), lengths in zip(train_sets(needs), ([90, 90], [10] * 4), strict=True):
        assert found
        remember(needs, source, found, Counter(lengths), len(lengths))
    planned = schedule(config)
    assert (planned.rows, planned.tokens) == (6, 4 * 90 + 2 * 10)
    assert "tokens" not in planned.exact


def test_rows_kept_for_evaluation_have_no_tokens_in_the_training(tmp_path: Path) -> None:
    Path("train.jsonl").write_text(ROW * 40)
    values = {"train_data": "train.jsonl", "epochs": 1, "eval_strategy": "epoch"}
    every, some = (schedule(job(tmp_path, **values, **more)).tokens for more in ({}, {"eval_split": 0.25}))
    assert every
    assert some == pytest.approx(every * 0.75, abs=1)
