"""Rows, steps and tokens of a training, and what happens on the way: warm-up, evaluations, checkpoints."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import Final

from hpc.checks.disk.needs import needs_of
from hpc.memory import resident
from hpc.memory.shape import Shape
from hpc.resolve import Config
from hpc_disk.steps import epoch_bytes, steps, training
from hpc_schema import fields as f

BYTES_PER_TOKEN: Final = 4
"""Of English text, roughly; used only where nothing has been tokenized, and then the result is an estimate."""


@dataclass(frozen=True)
class Schedule:
    """Numbers of a whole training; None for what is not known, and ``exact`` names those that were counted."""

    rows: int | None
    steps: int | None
    tokens: int | None
    exact: frozenset[str]


def schedule(config: Config) -> Schedule:
    """What can be said from the data where it is at hand."""
    needs = needs_of(config)
    found, size = training(needs), epoch_bytes(needs)
    tokens = size // BYTES_PER_TOKEN if size else None
    longest, epochs = config[f.max_sequence_length], config[f.epochs]
    if found and config[f.max_steps]:
        return Schedule(found.rows, found.steps, None, frozenset({"rows", "steps"}))
    if found:
        whole = min(tokens, found.rows * longest) * epochs if tokens else None
        return Schedule(found.rows, found.steps, whole, frozenset({"rows", "steps"}))
    if tokens and config[f.trainer] == "pt":
        blocks = ceil(tokens / longest)
        return Schedule(blocks, steps(needs, blocks), tokens * epochs, frozenset())
    return Schedule(None, None, tokens * epochs if tokens else None, frozenset())


def warmup_steps(config: Config, total: int) -> int:
    """Steps of the warm-up: the steps win over the ratio, which is rounded up."""
    return config[f.lr_warmup_steps] or ceil(total * config[f.lr_warmup_ratio])


def moments(config: Config, total: int, every: tuple[str, int]) -> int:
    """How many checkpoints or evaluations: a strategy and its steps."""
    strategy, rhythm = every
    return {"no": 0, "epoch": config[f.epochs]}.get(strategy, total // rhythm)


def checkpoint_bytes(config: Config, shape: Shape) -> int:
    """One checkpoint on the disk: the trained weights, and their optimizer states."""
    lora = config[f.training_type] == "lora"
    count = _adapter_weights(config, shape) if lora else shape.parameters
    return count * 4 + resident.optimizer_states(config[f.optimizer], count)


def _adapter_weights(config: Config, shape: Shape) -> int:
    names = [name.strip().rpartition(".")[2] for name in config[f.target_modules].split(",")]
    chosen = shape.linear if names == ["all-linear"] else {n: shape.linear[n] for n in names if n in shape.linear}
    return shape.layers * sum(config[f.lora_rank] * sum(sizes) for sizes in chosen.values())
