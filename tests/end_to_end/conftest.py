from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.end_to_end.forks import Forks


@pytest.fixture(scope="session")
def forks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forks]:
    """One server for all tests of a worker: starting it costs more than most of the jobs that it runs."""
    server = Forks(tmp_path_factory.mktemp("forks"))
    yield server
    server.close()
