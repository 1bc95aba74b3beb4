"""Rows, steps and tokens of a training, from its data."""

from __future__ import annotations

from collections import Counter
from math import ceil
from typing import Final

from hpc.checks.disk.needs import needs_of
from hpc.forecast.schedule import Schedule
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


def counted(config: Config) -> Schedule:
    """From the lengths that a run has written down where there are any, else from rows and bytes."""
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
    counted = all(each.limit == limit for each, _ in known)
    counts = [(each.kept if counted else sum(each.counts.values()), weight) for each, weight in known]
    rows = epoch_rows(needs, counts)
    tokens = round(_mean(known, limit) * rows)
    chosen = needs.max_samples or needs.eval_split or config[f.max_steps]
    every = counted and not chosen and all(_as_they_are(each, weight) for each, weight in known)
    exact = frozenset({"rows", "steps"} if counted else ())
    if needs.trainer == "pt" or needs.packing:
        once = every and all(weight == 1 for _, weight in known)
        rows, exact = _packed(needs, merged, tokens, exact if once else frozenset())
    elif needs.pref_loss:
        rows, tokens, every = rows * LOSSES[needs.pref_loss].rows_per_pair, 2 * tokens, False
    exact |= {"steps"} if config[f.max_steps] else set()
    whole = _whole(config, rows, tokens)
    start = min(each.start for each, _ in known)
    return Schedule(rows, steps(needs, rows), whole, exact | ({"tokens"} if every else set()), merged, start)


def _mean(known: list[tuple[Lengths, float]], limit: int) -> float:
    """Tokens of a row within the limit, over all data sets as they are weighted."""
    tokens = sum(w * sum(min(length, limit) * count for length, count in each.counts.items()) for each, w in known)
    return tokens / sum(weight * sum(each.counts.values()) for each, weight in known)


def _as_they_are(each: Lengths, weight: float) -> bool:
    """Whether an epoch sees every row of a data set, each equally often."""
    return each.kept == sum(each.counts.values()) and weight == int(weight)


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
    if found:
        every = count_rows(needs._replace(max_samples=None, eval_split=None)) or found.rows
        pairs = LOSSES[needs.pref_loss].rows_per_pair if needs.pref_loss else 1
        each = min(tokens * found.rows // (every * pairs), found.rows * longest) if tokens else None
        whole = each and _whole(config, found.rows, each)
        return Schedule(found.rows, found.steps, whole, frozenset({"rows", "steps"}))
    if tokens and (config[f.trainer] == "pt" or needs.packing):
        blocks = ceil(tokens / longest)
        return Schedule(blocks, steps(needs, blocks), _whole(config, blocks, tokens), frozenset())
    most = config[f.max_steps]
    return Schedule(None, most, tokens * epochs if tokens and not most else None, frozenset({"steps"} if most else ()))


def _whole(config: Config, rows: int, tokens: int) -> int:
    """The tokens of the whole training, from the rows and the tokens of an epoch."""
    most = config[f.max_steps]
    if not most:
        return tokens * config[f.epochs]
    return round(most * config.global_batch * tokens / rows)
