"""How many steps the rows make, and what is too long for them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.unit.disk.data_files import put
from tests.unit.disk.worlds import ALPACA, PAIR, TALK, TEXT, found

from hpc.checks.disk.needs import needs_of
from hpc.resolve import resolve
from hpc.source import parse
from hpc_disk.data import seen, weighed
from hpc_disk.steps import without_rows


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


LENGTHS = [
    ("HPC525", {"lr_warmup_steps": 25}, {"lr_warmup_steps": 24}),
    ("HPC525", {"lr_warmup_steps": 25}, {"lr_warmup_steps": 25, "epochs": 2}),
    ("HPC525", {"lr_warmup_ratio": 0.97}, {"lr_warmup_ratio": 0.96}),
    ("HPC525", {"lr_warmup_ratio": 0.1, "batch_size": 25}, {"lr_warmup_ratio": 0.1}),
    ("HPC525", {"lr_warmup_ratio": 0.97}, {"lr_warmup_ratio": 0.97, "lr_warmup_steps": 1}),
    ("HPC526", {"checkpoint_strategy": "steps", "checkpoint_steps": 26}, {"checkpoint_steps": 26}),
    ("HPC526", {"checkpoint_strategy": "steps"}, {"checkpoint_strategy": "steps", "checkpoint_steps": 25}),
    (
        "HPC526",
        {"eval_strategy": "steps", "eval_data": "d.jsonl", "eval_steps": 26},
        {"eval_strategy": "steps", "eval_data": "d.jsonl"},
    ),
    ("HPC527", {"batch_size": 26}, {"batch_size": 25}),
    ("HPC527", {"devices_per_node": 101}, {"devices_per_node": 25}),
]


@pytest.mark.parametrize(("code", "wrong", "right"), LENGTHS)
def test_length_of_the_training(code: str, wrong: dict[str, Any], right: dict[str, Any]) -> None:
    """100 rows at the default batch of 1 and accumulation of 4 are 25 steps."""
    put("d.jsonl", [ALPACA] * 100)
    assert found({"train_data": "d.jsonl", **wrong})[code].severity == "warning"
    assert code not in found({"train_data": "d.jsonl", **right})


def test_a_wrong_batch_size_is_not_followed_by_another_error() -> None:
    put("d.jsonl", [ALPACA] * 100)
    config = {"train_data": "d.jsonl", "lr_warmup_steps": 25}
    assert "HPC525" in found(config)
    assert found(config | {"batch_size": 0}) == {}
    put("d.jsonl", [TEXT] * 100)
    assert found({"train_data": "d.jsonl", "trainer": "ptt"}) == {}


def test_a_share_of_few_steps_is_counted() -> None:
    put("d.jsonl", [ALPACA] * 3)
    said = found({"train_data": "d.jsonl", "lr_warmup_ratio": 0.03})["HPC525"].message
    assert said.startswith("`lr_warmup_ratio` is 0.03, which is 1 step here, but 3 rows make 1 step of 4:")


def test_rows_that_are_left_out_shorten_the_training() -> None:
    """What the check of all rows says is not said again."""
    put("d.jsonl", [ALPACA] * 100)
    needs = needs_of(resolve(parse('{"train_data": "d.jsonl", "lr_warmup_steps": 10}', "json", "job.json")))
    assert [problem.code for problem in without_rows(needs, 41)] == []
    (said,) = without_rows(needs, 40)
    assert (said.code, said.message.partition(":")[0]) == (
        "HPC525",
        "`lr_warmup_steps` is 10, but 40 rows make 10 steps of 4",
    )
    assert list(without_rows(needs._replace(lr_warmup_steps=25), 40)) == []
    (of_blocks,) = without_rows(needs._replace(trainer="pt"), 40)
    assert "40 blocks make 10 steps of 4" in of_blocks.message
    (of_packs,) = without_rows(needs._replace(packing=True, lr_warmup_steps=0), 1)
    assert "the 1 pack of `train_data` is fewer than one global batch of 4" in of_packs.message


SPLITS = [
    ({"eval_split": 10}, "`eval_split` is 10, but there are only 10 rows: none would be left for training"),
    ({"eval_split": 500}, "`eval_split` is 500, but there are only 10 rows: none would be left for training"),
    ({"eval_split": 4, "max_samples": 4}, "`eval_split` is 4, but `max_samples` leaves 4 rows: none would"),
    ({"eval_split": 0.5, "max_samples": 1}, "`eval_split` is 0.5, but `max_samples` leaves 1 row: none would"),
]


@pytest.mark.parametrize(("values", "message"), SPLITS)
def test_a_split_that_leaves_nothing_to_train_on(values: dict[str, Any], message: str) -> None:
    put("d.jsonl", [ALPACA] * 10)
    job = {"train_data": "d.jsonl", "eval_strategy": "epoch"}
    said = found(job | values)["HPC570"]
    assert (said.severity, said.message[: len(message)]) == ("error", message)
    assert "HPC570" not in found(job | values | {"eval_strategy": "no"})
    assert "HPC570" not in found(job | {"eval_split": 9})
    assert "HPC570" not in found(job | {"eval_split": 0.99})


def test_packing_hides_the_length() -> None:
    put("d.jsonl", [TEXT] * 3)
    assert found({"trainer": "pt", "train_data": "d.jsonl", "lr_warmup_steps": 999, "batch_size": 99}) == {}


def test_kto_takes_pairs_apart() -> None:
    put("d.jsonl", [PAIR] * 50)
    config = {"trainer": "dpo", "train_data": "d.jsonl", "lr_warmup_steps": 20}
    assert "HPC525" in found(config)
    assert "HPC525" not in found(config | {"pref_loss": "kto_pair"})


def test_several_data_sets_with_weights_are_counted() -> None:
    put("a.jsonl", [ALPACA] * 40)
    put("b.jsonl", [TALK] * 40)
    config = {"train_data": ["a.jsonl", {"path": "b.jsonl", "weight": 0.5}], "lr_warmup_steps": 14}
    assert "60 rows make 15 steps" not in str(found(config))
    assert "60 rows make 15 steps of 4" in found(config | {"lr_warmup_steps": 15})["HPC525"].message
    assert found(config, must_exist=True).keys() <= {"HPC502", "HPC564"}
    missing = found({"train_data": ["a.jsonl", "c.jsonl"]}, must_exist=True)["HPC520"]
    assert "there is no file or folder c.jsonl" in missing.message


def test_a_weight_is_how_often_a_row_is_seen_in_an_epoch() -> None:
    assert weighed(3, 2, 0) == [0, 1, 2, 0, 1, 2]
    half = weighed(10, 0.5, 7)
    assert len(half) == len(set(half)) == 5
    assert half == weighed(10, 0.5, 7)
    assert half != weighed(10, 0.5, 8)
    assert len(weighed(10, 1.5, 7)) == seen(10, 1.5) == 15
