"""When Python searches for garbage.

The libraries of a job are three quarters of a million objects, and one in sixty is garbage. Python searches them again
and again while they are imported, which takes a sixth of that time.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def put_off() -> Iterator[None]:
    """Search for none meanwhile, nor in what was made: for imports, not for rows, whose garbage grows with them."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
