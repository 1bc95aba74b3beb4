"""How many threads a training of the tests has: one, or as many as HPC_TEST_THREADS says."""

from __future__ import annotations

import os

THREADS = int(os.environ.get("HPC_TEST_THREADS", "1"))


def use_threads() -> None:
    """Give this process, fresh from a fork, its threads; the process that forks must have one only."""
    import torch

    torch.set_num_threads(THREADS)
