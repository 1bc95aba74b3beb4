"""A few layers are replayed for all of them: the peak is that of every layer replayed."""

from __future__ import annotations

import random

import pytest

from hpc.memory.decoder import StepSettings
from hpc.memory.shape import shape_of
from hpc.memory.step import _replay, peaks

LAYERS = 9


def drawn(seed: int) -> StepSettings:
    """A job of any kind that hpc knows."""
    draw = random.Random(seed)
    chance = draw.random
    shape = shape_of(
        {
            "model_type": draw.choice(("llama", "qwen3", "phi3", "gemma3_text")),
            "hidden_size": draw.choice((64, 256)),
            "intermediate_size": draw.choice((128, 700)),
            "num_hidden_layers": LAYERS,
            "num_attention_heads": 4,
            "num_key_value_heads": 2,
            "vocab_size": draw.choice((200, 5000, 60000)),
            "tie_word_embeddings": chance() < 0.4,
        }
    )
    assert shape is not None
    rank = draw.choice((0, 8))
    return StepSettings(
        shape=shape,
        rows=draw.choice((1, 4)),
        length=draw.choice((2, 64, 700)),
        weight=draw.choice((2, 4)) if rank else 4,
        compute=draw.choice((0, 2)),
        hidden=4,
        rank=rank,
        targets=tuple(shape.linear) if rank else (),
        drop=chance() < 0.5,
        bits=draw.choice((0, 4)) if rank else 0,
        checkpointing=chance() < 0.5,
        padded=chance() < 0.3,
        gpu=chance() < 0.5,
        fused=chance() < 0.3,
        liger=chance() < 0.3,
        loss=draw.choice(("tiles", "labeled", "whole logits", "whole logits and cross-entropy")),
        reference=chance() < 0.3,
        dora=bool(rank) and chance() < 0.3,
    )


@pytest.mark.parametrize("accumulating", [False, True])
def test_the_peak_of_few_layers_is_extended_to_that_of_all(accumulating: bool) -> None:
    for seed in (*range(30), 417):  # In the last one, narrowed weights decide between two moments of the loss.
        whole = _replay(drawn(seed), LAYERS, accumulating=accumulating)
        few = peaks(drawn(seed), accumulating=accumulating)
        assert max(size for size, _ in few.values()) == max(size for size, _ in whole.values()), seed
        for size, causes in few.values():
            assert size == sum(causes.values())
