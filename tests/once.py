"""What tests fetch once and keep in the cache of this checkout: by one worker at a time, and whole or not at all."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

CACHE = Path(__file__).parents[1] / ".cache"


@contextmanager
def alone(name: str) -> Iterator[None]:
    """Wait until no other worker of the tests is at it."""
    CACHE.mkdir(exist_ok=True)
    with (CACHE / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def made(folder: Path) -> Iterator[Path]:
    """A folder to fill, which becomes ``folder`` once it is whole."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder.parent) as parent:
        new = Path(parent, folder.name)
        new.mkdir()
        yield new
        new.replace(folder)
