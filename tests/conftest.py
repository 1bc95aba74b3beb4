"""What holds for all tests: what one of them leaves in the environment, the next does not find there."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def environment() -> Iterator[None]:
    """The runner tells libraries of its process by variables, and some tests call it in their own process."""
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)
