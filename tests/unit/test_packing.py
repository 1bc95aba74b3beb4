"""Best-fit packs: every row once, none longer than the size, and none that two packs could have saved."""

import random

from hpc_disk.packs import packs


def test_packs_hold_every_row_once_and_are_full() -> None:
    rng = random.Random(1)
    lengths = [rng.randint(1, 100) for _ in range(500)]
    found = packs(lengths, 100)
    assert sorted(row for pack in found for row in pack) == list(range(500))
    sizes = [sum(lengths[row] for row in pack) for pack in found]
    assert max(sizes) <= 100
    assert sorted(sizes)[0] + sorted(sizes)[1] > 100
    assert packs(lengths, 100) == found


def test_no_rows_make_no_packs() -> None:
    assert packs([], 10) == []
