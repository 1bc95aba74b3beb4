"""What a training begins with in a fork, and its threads: one, or as many as HPC_TEST_THREADS says."""

from __future__ import annotations

import gc
import os

THREADS = int(os.environ.get("HPC_TEST_THREADS", "1"))


def use_threads() -> None:
    """Give this process, fresh from a fork, its threads; the process that forks must have one only.

    What it has inherited is not searched for garbage: that takes longer than the training.
    """
    import torch

    gc.freeze()

    torch.set_num_threads(THREADS)
