"""What holds for all tests: one thread each, and no test finds what another has left in the environment."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

# Before anything imports torch. A process that has used several threads cannot be forked: the child waits for them
# forever. And two tests run side by side.
os.environ |= {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}


@pytest.fixture(autouse=True)
def environment() -> Iterator[None]:
    """The runner tells libraries of its process by variables, and some tests call it in their own process."""
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)
