"""`max_samples`, `eval_split` and weights choose among the rows of the files, whatever became of them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy
from datasets import Dataset

from hpc_disk.choice import sample, split
from hpc_runner.choosing import chosen_rows
from hpc_runner.facts import Facts
from hpc_runner.row_cache import Rows


def rows(origins: list[int], well_formed: int) -> Rows:
    """A data set in which row N of the file became the rows that say N."""
    numbers = numpy.array(origins, int)
    return Rows(Dataset.from_dict({"n": origins}), numbers, numbers, Facts(parts=[well_formed]))


def needs(**values: Any) -> Any:
    return SimpleNamespace(**{"max_samples": None, "eval_split": None, **values})


def numbers(sets: list[Dataset]) -> list[list[int]]:
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
