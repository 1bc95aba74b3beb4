"""Where hpc keeps what it can make again."""

from __future__ import annotations

import os
from pathlib import Path


def cache_folder() -> Path:
    """``$HPC_CACHE``, or ``hpc`` in the user's cache."""
    if own := os.environ.get("HPC_CACHE"):
        return Path(own)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "hpc"
