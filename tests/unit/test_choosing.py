"""`max_samples`, `eval_split` and weights choose among the rows of the files, whatever became of them."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import numpy
import pytest

from hpc.checks.disk.needs import needs_of
from hpc.resolve import resolve
from hpc.source import parse
from hpc_disk.choice import sample, split
from hpc_disk.data import DataSet
from hpc_disk.formats import FORMATS
from hpc_runner.choosing import chosen_rows
from hpc_runner.data import Found, Prepared, of_the_choice
from hpc_runner.facts import Count, Facts
from hpc_runner.row_cache import TokenizedRows

Dataset = pytest.importorskip("datasets", reason="rows are chosen among those of the package datasets").Dataset


def rows(origins: list[int], well_formed: int) -> TokenizedRows:
    """A data set in which row N of the file became the rows that say N."""
    numbers = numpy.array(origins, int)
    return TokenizedRows(Dataset.from_dict({"n": origins}), numbers, numbers, Facts(parts=[well_formed]))


def needs(**values: Any) -> Any:
    return SimpleNamespace(**{"max_samples": None, "eval_split": None, **values})


def numbers(sets: list[Any]) -> list[list[int]]:
    return [each["n"][:] for each in sets]


SEVERAL = rows([0, 0, 0, 1, 3, 3, 4, 5, 5, 6, 7], 8)
"""Conversation 0 became three rows, and 2 none: its answer is beyond the length."""


def test_nothing_is_chosen_without_a_setting() -> None:
    trained, evaluated = chosen_rows(needs(), [(SEVERAL, 1)], 1)
    assert trained[0] is SEVERAL.rows
    assert evaluated == []


def test_the_rows_of_a_conversation_stay_on_one_side_of_the_split() -> None:
    for seed in range(6):
        trained, evaluated = chosen_rows(needs(eval_split=0.5), [(SEVERAL, 1)], seed)
        (kept,), (others,) = numbers(trained), numbers(evaluated)
        assert sorted(kept + others) == SEVERAL.origins.tolist()
        assert not set(kept) & set(others)
        assert set(others) == set(split(8, 0.5, seed)[1]) - {2}


def test_samples_and_weights_count_rows_of_the_file() -> None:
    taken = sample(8, 4, 3)
    (kept,), _ = chosen_rows(needs(max_samples=4), [(SEVERAL, 1)], 3)
    assert set(kept["n"]) == set(taken) - {2}
    (twice,), _ = chosen_rows(needs(), [(SEVERAL, 2)], 3)
    assert twice["n"][:] == SEVERAL.origins.tolist() * 2
    (half,), _ = chosen_rows(needs(), [(rows(list(range(8)), 8), 0.5)], 3)
    assert len(half) == 4


def test_a_split_is_drawn_from_all_data_sets_together() -> None:
    sets = [(rows(list(range(6)), 6), 1.0), (rows(list(range(4)), 4), 2.0)]
    trained, evaluated = chosen_rows(needs(eval_split=3), sets, 5)
    assert sum(map(len, evaluated)) == 3
    assert len(trained[0]) + len(evaluated[0]) == 6
    assert len(trained[1]) / 2 + len(evaluated[1]) == 4


SEED = 42
LEFT = [
    (2, [0, 1], {"eval_split": 2}, "HPC570", "`eval_split` is 2, but there are only 2 rows"),
    (8, split(8, 1, SEED)[0], {"eval_split": 1}, "HPC569", "none of the rows chosen for evaluation has an answer"),
    (8, split(8, 1, SEED)[1], {"eval_split": 1}, "HPC569", "none of the rows chosen for training has an answer"),
]


@pytest.mark.parametrize(("well_formed", "origins", "values", "code", "message"), LEFT)
def test_a_side_without_rows_is_refused(
    well_formed: int, origins: list[int], values: dict[str, Any], code: str, message: str
) -> None:
    """Other rows are malformed or too long, which only their tokens show."""
    config = {"train_data": "d.jsonl", "eval_strategy": "epoch", "seed": SEED, **values}
    made = rows(origins, well_formed)
    made.facts.dropped = Count(1)
    prepared = Prepared(Found("train_data", "train", DataSet("d.jsonl"), FORMATS[0], ()), made)
    found = of_the_choice(needs_of(resolve(parse(json.dumps(config), "json", "job.json"))), [prepared])
    assert (found[0].code, found[0].message[: len(message)]) == (code, message)
