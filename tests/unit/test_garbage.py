"""Python's search for garbage is put off for imports only."""

from __future__ import annotations

import gc

import pytest

from hpc_runner.garbage import put_off


def test_it_is_put_off_only_meanwhile() -> None:
    """Also after an import that failed: the rows that come after must not keep their garbage."""
    searched = []

    def fail() -> None:
        searched.append(gc.isenabled())
        raise ImportError

    with pytest.raises(ImportError), put_off():
        fail()
    assert (searched, gc.isenabled()) == ([False], True)


def test_what_was_made_meanwhile_is_searched_no_more() -> None:
    """The next search would go through all of it."""
    before = gc.get_freeze_count()
    with put_off():
        made = [[] for _ in range(1000)]
    assert gc.get_freeze_count() - before >= len(made)
    gc.unfreeze()
