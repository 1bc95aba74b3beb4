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
    """Search for none meanwhile, nor later in what is alive at the end.

    For imports, not for rows, whose garbage grows with them; and only before the training, because the whole process
    stops searching.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()  # Else the next search goes through all of it.
        gc.enable()
