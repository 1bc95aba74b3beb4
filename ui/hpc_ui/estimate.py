"""How many steps and tokens a job takes, when its data is on this machine."""

from __future__ import annotations

from math import ceil
from pathlib import Path
from typing import Any, Final

from hpc.checks.disk.steps import steps, training
from hpc.resolve import Config
from hpc_schema import fields as f
from hpc_schema.field import Field

BYTES_PER_TOKEN: Final = 4
TEXTS: Final = (".json", ".jsonl", ".jsonlines", ".csv", ".txt")
STEPS_FROM: Final = (f.epochs, f.batch_size, f.gradient_accumulation_steps, f.nodes, f.devices_per_node)

Row = tuple[str, str, tuple[Field[Any], ...]]


def estimate(config: Config) -> list[Row]:
    """Summary rows for examples, tokens and steps, as far as the data can be counted here."""
    found, tokens = training(config), epoch_tokens(config)
    longest = config[f.max_sequence_length]
    rows: list[Row] = []
    if found:
        tokens = min(tokens, found.rows * longest) if tokens else None
        rows += [("Examples", f"{found.rows:,}", (f.train_data,)), ("Steps", f"{found.steps:,}", STEPS_FROM)]
    elif tokens and config[f.trainer] == "pt":
        rows += [("Steps", f"about {steps(config, ceil(tokens / longest)):,}", STEPS_FROM)]
    if tokens:
        rows += [("Tokens", f"about {tokens * config[f.epochs]:,}", (f.train_data, f.epochs, f.max_sequence_length))]
    return rows


def epoch_tokens(config: Config) -> int | None:
    """Tokens of one epoch, roughly, by the size of a text file; None for anything else."""
    path = Path(config[f.train_data] or "")
    try:
        return path.stat().st_size // BYTES_PER_TOKEN if path.suffix.lower() in TEXTS else None
    except OSError:
        return None
