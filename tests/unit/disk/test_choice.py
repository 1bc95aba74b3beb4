"""Which rows are taken, and which are kept for evaluation."""

import pytest

from hpc_disk.choice import sample, split, split_off, trained_rows


def test_a_sample_is_drawn_by_the_seed_and_keeps_the_order() -> None:
    assert sample(10, None, 1) == sample(10, 10, 1) == sample(10, 99, 1) == list(range(10))
    taken = sample(1000, 50, 1)
    assert taken == sorted(set(taken))
    assert len(taken) == 50
    assert taken == sample(1000, 50, 1) != sample(1000, 50, 2)


@pytest.mark.parametrize(
    ("rows", "size", "kept"),
    [(10, None, 0), (10, 0.2, 2), (10, 0.001, 1), (10, 0.999, 9), (10, 3, 3), (10, 99, 9), (1, 0.5, 0), (2, 1, 1)],
)
def test_a_split_leaves_both_sides_something(rows: int, size: float | None, kept: int) -> None:
    train, evaluation = split(rows, size, 7)
    assert sorted(train + evaluation) == list(range(rows))
    assert len(evaluation) == split_off(rows, size) == kept
    assert trained_rows(rows, None, size) == len(train)


def test_the_sample_comes_before_the_split() -> None:
    assert trained_rows(100, 10, 0.2) == 8
