"""The configs that real users wrote: none fails, every key is accounted for, and what is written validates."""

from __future__ import annotations

import pytest

from tests.importers.coverage import CORPUS, measure

pytestmark = pytest.mark.skipif(not CORPUS.is_file(), reason=f"SKIPPED: no corpus of real configs at {CORPUS}")


def test_the_corpus() -> None:
    found = measure()
    assert sum(each.configs for each in found.values()) > 500
    for kind, each in found.items():
        assert not each.unrecognized, kind
        assert each.accounted == each.keys, kind
        assert each.valid >= 0.95 * each.configs, (kind, each.invalid)
