"""Rows, steps and tokens of a training, and what happens on the way: warm-up, evaluations, checkpoints."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from typing import Final

from hpc.checks.disk.needs import needs_of
from hpc.memory import resident
from hpc.memory.shape import Shape
from hpc.resolve import Config
from hpc_disk.lengths import Lengths, recall
from hpc_disk.losses import LOSSES
from hpc_disk.needs import Needs
from hpc_disk.packs import packs
from hpc_disk.steps import count_rows, epoch_bytes, epoch_rows, steps, train_sets, training
from hpc_schema import fields as f

BYTES_PER_TOKEN: Final = 4
"""Of English text, roughly; used only where nothing has been tokenized, and then the result is an estimate."""


MOST_PACKED: Final = 200_000
"""Rows whose packs are counted; of more, the packs are estimated from their tokens."""


@dataclass(frozen=True)
class Schedule:
    """Numbers of a whole training; None for what is not known, and ``exact`` names those that were counted.

    Attributes:
        rows: Of an epoch: rows, blocks or packs.
        steps: Of the whole training.
        tokens: Of the whole training, without padding.
        exact: What of these was counted.
        lengths: Tokens of a row before it is cut → how many rows, where they were tokenized once; else None.
    """

    rows: int | None
    steps: int | None
    tokens: int | None
    exact: frozenset[str]
    lengths: Mapping[int, int] | None = None

    def longest(self, limit: int) -> int | None:
        """Tokens of the longest row within the limit, where the rows were tokenized."""
        return min(limit, max(self.lengths)) if self.lengths else None

    def kept_whole(self, limit: int) -> float | None:
        """The share of the rows that a limit does not cut."""
        if not self.lengths:
            return None
        return sum(count for length, count in self.lengths.items() if length <= limit) / sum(self.lengths.values())


def schedule(config: Config) -> Schedule:
    """What can be said from the data where it is at hand."""
    needs = needs_of(config)
    known = _tokenized(needs)
    return _from_tokens(config, needs, known) if known else _from_bytes(config, needs)


def _tokenized(needs: Needs) -> list[tuple[Lengths, float]]:
    """The lengths of every data set, with its weight; empty unless all of them were tokenized as they are now."""
    found: list[tuple[Lengths, float]] = []
    for source, files in train_sets(needs):
        lengths = recall(needs, source, files) if files else None
        if lengths is None or not lengths.counts:
            return []
        found.append((lengths, source.weight))
    return found


def _from_tokens(config: Config, needs: Needs, known: list[tuple[Lengths, float]]) -> Schedule:
    """Rows that were tokenized with the same limit are those of a run; a choice of them keeps the lengths' shares."""
    limit = needs.max_sequence_length
    merged: Counter[int] = Counter()
    for each, _ in known:
        merged.update(each.counts)
    chosen, counted = needs.max_samples or needs.eval_split, all(each.limit == limit for each, _ in known)
    counts = [(each.kept if counted else sum(each.counts.values()), weight) for each, weight in known]
    rows = (count_rows(needs) if chosen else None) or epoch_rows(needs, counts)
    whole = sum(merged.values())
    tokens = round(sum(min(length, limit) * count for length, count in merged.items()) / whole * rows)
    every = counted and not chosen and rows == whole
    exact = frozenset({"rows", "steps"} if counted else ())
    if needs.trainer == "pt" or needs.packing:
        rows, exact = _packed(needs, merged, tokens, exact if every else frozenset())
    elif needs.pref_loss:
        rows, tokens, every = rows * LOSSES[needs.pref_loss].rows_per_pair, 2 * tokens, False
    total = None if config[f.max_steps] else tokens * needs.epochs
    return Schedule(rows, steps(needs, rows), total, exact | ({"tokens"} if every else set()), merged)


def _packed(needs: Needs, lengths: Counter[int], tokens: int, exact: frozenset[str]) -> tuple[int, frozenset[str]]:
    """The packs of an epoch, counted where that is possible; else as many as its tokens fill."""
    limit = needs.max_sequence_length
    if needs.packing and exact and lengths.total() <= MOST_PACKED:
        return len(packs([min(length, limit) for length in lengths.elements()], limit)), exact
    return ceil(tokens / limit), frozenset()


def _from_bytes(config: Config, needs: Needs) -> Schedule:
    """Rows are counted where that is quick; tokens are estimated from the bytes of the text."""
    found, size = training(needs), epoch_bytes(needs)
    tokens = size // BYTES_PER_TOKEN if size else None
    longest, epochs = config[f.max_sequence_length], config[f.epochs]
    if found and config[f.max_steps]:
        return Schedule(found.rows, found.steps, None, frozenset({"rows", "steps"}))
    if found:
        whole = min(tokens, found.rows * longest) * epochs if tokens else None
        return Schedule(found.rows, found.steps, whole, frozenset({"rows", "steps"}))
    if tokens and (config[f.trainer] == "pt" or needs.packing):
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
