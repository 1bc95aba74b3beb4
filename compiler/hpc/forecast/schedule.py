"""Rows, steps and tokens of a training, and what happens on the way: warm-up, evaluations, checkpoints."""

from collections.abc import Mapping
from math import ceil
from typing import NamedTuple

from hpc.memory import resident
from hpc.memory.shape import Shape
from hpc.resolve import Config
from hpc_schema import fields as f


class Schedule(NamedTuple):
    """Numbers of a whole training; None for what is not known, and ``exact`` names those that were counted.

    Attributes:
        rows: Of an epoch: rows, blocks or packs.
        steps: Of the whole training.
        tokens: Of the whole training, without padding.
        exact: What of these was counted.
        lengths: Tokens of a row before it is cut → how many rows, where they were tokenized once; else None.
        start: Tokens at the start of a row of which none is learned, in any row.
    """

    rows: int | None
    steps: int | None
    tokens: int | None
    exact: frozenset[str]
    lengths: Mapping[int, int] | None = None
    start: int = 0

    def longest(self, limit: int) -> int | None:
        """Tokens of the longest row within the limit, where the rows were tokenized."""
        return min(limit, max(self.lengths)) if self.lengths else None

    def kept_whole(self, limit: int) -> float | None:
        """The share of the rows that a limit does not cut."""
        if not self.lengths:
            return None
        return sum(count for length, count in self.lengths.items() if length <= limit) / sum(self.lengths.values())


def warmup_steps(config: Config, total: int) -> int:
    """Steps of the warm-up: the steps win over the ratio, which is rounded up."""
    return config[f.lr_warmup_steps] or ceil(total * config[f.lr_warmup_ratio])


def moments(config: Config, planned: Schedule, every: tuple[str, int]) -> int:
    """How many checkpoints or evaluations by a strategy and its steps: there is one at the end, too."""
    strategy, rhythm = every
    return {"no": 0, "epoch": epochs(config, planned)}.get(strategy, ceil((planned.steps or 0) / rhythm))


def epochs(config: Config, planned: Schedule) -> int:
    """How many epochs begin: fewer or more than were set where ``max_steps`` ends the training."""
    most = config[f.max_steps]
    if not most or not planned.rows:
        return config[f.epochs]
    batches = ceil(planned.rows / (config[f.batch_size] * config.processes))
    return ceil(most / ceil(batches / config[f.gradient_accumulation_steps]))


def checkpoint_bytes(config: Config, shape: Shape) -> int:
    """One checkpoint on the disk: the trained weights, and their optimizer states."""
    lora = config[f.training_type] == "lora"
    count = _adapter_weights(config, shape) if lora else shape.parameters
    return count * 4 + resident.optimizer_states(config[f.optimizer], count)


def _adapter_weights(config: Config, shape: Shape) -> int:
    names = [name.strip().rpartition(".")[2] for name in config[f.target_modules].split(",")]
    chosen = shape.linear if names == ["all-linear"] else {n: shape.linear[n] for n in names if n in shape.linear}
    return shape.layers * sum(config[f.lora_rank] * sum(sizes) for sizes in chosen.values())
