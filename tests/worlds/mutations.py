"""Worlds drawn by a seed: a sound world with one to three changes of its rows, its model, its job or its folders."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any, Final

from tests.worlds.world import MANY, ROWS, Change, World, cut, file, gone, keys, longer

TRAINERS: Final[tuple[dict[str, Any], ...]] = (
    {},
    {"training_type": "full"},
    {"trainer": "pt"},
    {"trainer": "dpo"},
    {"trainer": "dpo", "pref_loss": "orpo"},
    {"trainer": "dpo", "pref_loss": "kto_pair"},
)
ROW: Final[tuple[Callable[[random.Random, dict[str, Any]], Any], ...]] = (
    lambda draw, row: {key: value for key, value in row.items() if key != draw.choice([*row])},
    lambda draw, row: {**row, draw.choice([*row]): draw.choice([None, "", 7, [], {}, " ", "x" * 3000])},
    lambda draw, row: {**row, "extra": draw.choice([1, "more", None, 1 << 70])},
    lambda _draw, _row: "{",
    lambda _draw, _row: "[1, 2]",
    lambda _draw, _row: "",
    lambda draw, row: {**row, draw.choice([*row]): "<|im_end|> \u2028 é😀"},
    lambda draw, row: {**row, "conversations": draw.choice([[], [{}], [{"from": "human", "value": "a"}], "text"])},
)
"""What can be wrong with a row."""
FOLDER: Final[tuple[Callable[[random.Random], Change], ...]] = (
    lambda draw: cut("model/model.safetensors", draw.choice([0, 7, 100, -1])),
    lambda draw: longer("model/model.safetensors", b"\0" * draw.randint(1, 9)),
    lambda draw: keys("model/config.json", **{draw.choice(["hidden_size", "vocab_size", "model_type"]): None}),
    lambda draw: keys("model/config.json", max_position_embeddings=draw.choice([8, 64, 2048])),
    lambda draw: cut("model/tokenizer.json", draw.choice([0, 100])),
    lambda draw: keys("model/tokenizer_config.json", **{draw.choice(["eos_token", "pad_token"]): None}),
    lambda _draw: file("model/chat_template.jinja", "{{ raise_exception('no system') }}"),
    lambda _draw: gone("model/config.json"),
    lambda draw: file(f"out/{draw.choice(['final/x', 'checkpoint-3/x', 'metrics.jsonl', 'notes.txt'])}", "{}"),
    lambda _draw: file("train.jsonl", b"\xff\xfe"),
)
"""What can be wrong with the files."""
JOB: Final[tuple[Callable[[random.Random], dict[str, Any]], ...]] = (
    lambda draw: {"max_sequence_length": draw.choice([1, 2, 4, 8, 12, 16, 24])},
    lambda draw: {"target_modules": draw.choice(["q_proj", "lm_head", "typo_proj", "down_proj,up_proj"])},
    lambda draw: {"resume_from_checkpoint": draw.choice([True, "out/checkpoint-3", "elsewhere/checkpoint-1"])},
    lambda _draw: {"eval_strategy": "epoch", "eval_data": "train.jsonl"},
    lambda draw: {"train_data": draw.choice(["gone.jsonl", "model", "."])},
    lambda draw: {"lora_rank": draw.choice([1, 32, 512])},
    lambda draw: {"data_format": draw.choice(["alpaca", "sharegpt"])},
)
"""What can be unfortunate in the job."""


def drawn(seed: int, number: int) -> World:
    """The world of a seed and a number: the same every time. More than a third of them are about tokens."""
    draw = random.Random(f"{seed}/{number}")
    config = dict(draw.choice(TRAINERS))
    row = ROWS[config.get("trainer", "sft")]
    rows: list[Any] = [row] * MANY
    changes: list[Change] = []
    for kind in draw.sample(("row", "row", "folder", "job", "length"), draw.randint(1, 3)):
        if kind == "row":
            bad = draw.choice(ROW)(draw, row)
            rows = [bad] * MANY if draw.random() < 0.3 else [*rows[:-1], bad]
        elif kind == "folder":
            changes.append(draw.choice(FOLDER)(draw))
        else:
            config |= (JOB[0] if kind == "length" else draw.choice(JOB))(draw)
    options = {name: draw.random() < 0.2 for name in ("skip_bad_rows", "overwrite")}
    return World(f"{seed}/{number}", config, rows, tuple(changes), options)
