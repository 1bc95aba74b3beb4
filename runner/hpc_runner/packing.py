"""Packing: several conversations in one row, each with positions and attention of its own.

A pass over the tokenized rows, not an option of the trainer. A batch of packs is one long row without padding, whose
positions start again at each conversation: transformers' attention masks, and flash attention, keep apart what lies on
both sides of such a start.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Final

from hpc_disk.packs import packs
from hpc_runner.errors import RunnerError, say

if TYPE_CHECKING:
    from datasets import Dataset

IGNORED: Final = -100
"""The label that the loss leaves out."""
LEAK: Final = 0.2
"""The share of the logits' spread by which an attention that keeps apart may differ: rounding in 16 bits."""


def pack(rows: Dataset, size: int) -> Dataset:
    """Rows of at most ``size`` tokens: ``input_ids``, ``labels``, and ``seq_lengths`` of the conversations in them.

    The first token of a conversation is learned from nothing, as in a row of its own.
    """
    from datasets import Dataset

    ids, labels = list(rows["input_ids"]), list(rows["labels"])
    groups = packs([len(row) for row in ids], size)
    say(f"packing: {len(ids)} conversations in {len(groups)} packs of at most {size} tokens")
    return Dataset.from_list(
        [
            {
                "input_ids": [token for row in group for token in ids[row]],
                "labels": [label for row in group for label in (IGNORED, *labels[row][1:])],
                "seq_lengths": [len(ids[row]) for row in group],
            }
            for group in groups
        ]
    )


def collate(packed: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """A batch of packs as one row; there is no attention mask, because the positions say what belongs together."""
    import torch

    positions = [position for row in packed for length in row["seq_lengths"] for position in range(length)]
    batch = {name: [token for row in packed for token in row[name]] for name in ("input_ids", "labels")}
    return {name: torch.tensor([values]) for name, values in {**batch, "position_ids": positions}.items()}


def collate_with_bounds(packed: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """``collate``, with where the conversations begin, counted in tokens, and the longest one's length.

    Without them, flash attention reads the positions back from the GPU in every layer, and waits for it each time.
    """
    import torch

    lengths = [length for row in packed for length in row["seq_lengths"]]
    bounds = torch.tensor([0, *accumulate(lengths)], dtype=torch.int32)
    longest = max(lengths)
    return collate(packed) | {f"cu_seq_lens_{of}": bounds for of in "qk"} | {f"max_length_{of}": longest for of in "qk"}


def collator(model: Any, attention: str | None) -> Callable[[Sequence[dict[str, Any]]], dict[str, Any]]:
    """How packs become a batch for this model: with bounds where flash attention gets to see them."""
    base = model.get_base_model() if hasattr(model, "get_base_model") else model
    kinds = {parameter.kind for parameter in inspect.signature(base.forward).parameters.values()}
    passes_on = inspect.Parameter.VAR_KEYWORD in kinds
    return collate_with_bounds if attention == "flash_attention_2" and passes_on else collate


def check(model: Any) -> None:
    """Compute two short conversations together and apart: the second must not see the first.

    Raises:
        RunnerError: HPC836 where a layer looks across (convolutions, state spaces, an attention without such masks).
    """
    import torch

    ids = torch.arange(1, 17, device=model.device)[None] % model.get_input_embeddings().num_embeddings
    positions = torch.arange(8, device=model.device).repeat(2)[None]
    training = model.training
    model.eval()
    with torch.no_grad():
        together = model(input_ids=ids, position_ids=positions, use_cache=False).logits[0, 8:].float()
        apart = model(input_ids=ids[:, 8:], position_ids=positions[:, 8:], use_cache=False).logits[0].float()
    model.train(training)
    if (together - apart).abs().max() > LEAK * apart.std():
        kind = model.config.model_type
        raise RunnerError(
            "HPC836",
            f"packing is not possible with this model ({kind}): its layers look across the conversations of a pack",
            "set packing to false",
        )
