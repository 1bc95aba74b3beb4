"""Fewer words from the libraries: their bars and notes would bury what the user needs to read."""

from __future__ import annotations

import logging
import os
import warnings

from hpc_runner.errors import rank

NOISY = ("bitsandbytes", "alembic", "DeepSpeed")
"""Libraries that tell on import or on first use what no user can act on."""


def quieten() -> None:
    """Switch off the libraries' own progress bars, deprecation notes, and everything that other ranks would repeat."""
    for name in NOISY:
        logging.getLogger(name).setLevel(logging.ERROR)
    os.environ.setdefault("MLFLOW_LOGGING_LEVEL", "ERROR")  # It sets its logger again on import.
    import datasets
    import transformers

    datasets.disable_progress_bars()
    transformers.utils.logging.disable_progress_bar()
    warnings.simplefilter("ignore", FutureWarning)
    warnings.simplefilter("ignore", DeprecationWarning)
    if rank() != 0:
        transformers.utils.logging.set_verbosity_error()
        datasets.utils.logging.set_verbosity_error()
        logging.getLogger("accelerate").setLevel(logging.ERROR)
