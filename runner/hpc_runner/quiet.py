"""Fewer words from the libraries: their bars and notes would bury what the user needs to read."""

from __future__ import annotations

import logging
import os
import warnings

from hpc_runner.errors import rank

NOISY = ("bitsandbytes", "alembic", "DeepSpeed")
"""Libraries that tell on import or on first use what no user can act on."""
ANSWERED = (
    "The following (rank|alpha)_pattern keys did not match",  # PEFT does use them: for experts, which are no modules.
    "Model has `tie_word_embeddings=True` and a tied layer is part",  # Merging gives the output its own matrix.
    "Setting `save_embedding_layers` to `True`",
)
"""How warnings begin that hpc has an answer to."""


def expect_no_gpu() -> None:
    """Else DeepSpeed, which accelerate imports where it is installed, warns that it has found no GPU."""
    os.environ["DS_ACCELERATOR"] = "cpu"


def quieten() -> None:
    """Switch off the libraries' own progress bars, deprecation notes, and everything that other ranks would repeat."""
    for name in NOISY:
        logging.getLogger(name).setLevel(logging.ERROR)
    os.environ.setdefault("MLFLOW_LOGGING_LEVEL", "ERROR")  # It sets its logger again on import.
    import torch

    if not torch.cuda.is_available():
        expect_no_gpu()
    import datasets
    import transformers

    datasets.disable_progress_bars()
    transformers.utils.logging.disable_progress_bar()
    warnings.simplefilter("ignore", FutureWarning)
    warnings.simplefilter("ignore", DeprecationWarning)
    for beginning in ANSWERED:
        warnings.filterwarnings("ignore", beginning)
    if rank() != 0:
        transformers.utils.logging.set_verbosity_error()
        datasets.utils.logging.set_verbosity_error()
        logging.getLogger("accelerate").setLevel(logging.ERROR)
