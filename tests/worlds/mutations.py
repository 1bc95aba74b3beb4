"""Worlds drawn by a seed: a sound world with one to three changes of its rows, its model, its job or its folders."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from hpc_disk.run_folder import LOCK, LOG, WRITTEN
from tests.worlds.world import (
    MANY,
    ROWS,
    TRAINED,
    Change,
    World,
    cut,
    dangling,
    file,
    folder,
    gone,
    keys,
    linked,
    longer,
    looped,
    of_processes,
    pipe,
)

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
    lambda draw: cut(draw.choice(PARTS), 0),
    lambda draw: folder(draw.choice(PARTS)),
    lambda draw: pipe(draw.choice(PARTS)),
    lambda draw: linked(draw.choice(PARTS), draw.choice(["elsewhere/moved", "moved"])),
    lambda draw: dangling(draw.choice([*PARTS, "model", "out"])),
    lambda draw: looped(draw.choice([*PARTS, "out"])),
    lambda draw: draw.choice([folder, pipe, looped, dangling])(f"out/{draw.choice([*WRITTEN, LOG, LOCK])}"),
    lambda draw: file(f"{draw.choice(['model', 'out', 'out/final'])}/\udcff{'x' * draw.choice([1, 200])}", b"{}"),
    lambda draw: dangling("out", draw.choice(["model", "train.jsonl", ".", "/proc"])),
    lambda draw: file("train.jsonl", draw.choice([b"\xef\xbb\xbf", b"\0" * 9, b"\r\n", b"\x1f\x8b\x08\0", b" \n \n"])),
)
"""What can be wrong with the files."""
PARTS: Final = (
    *("train.jsonl", "model/config.json", "model/model.safetensors", "model/tokenizer.json"),
    *("model/tokenizer_config.json", "model/generation_config.json"),
)
"""Files that a job reads."""


CHECKPOINT: Final[tuple[Callable[[random.Random], Change | dict[str, Any]], ...]] = (
    lambda draw: gone(f"out/{newest(draw)}/{draw.choice(STATES)}"),
    lambda draw: cut(f"out/{newest(draw)}/{draw.choice(STATES)}", draw.choice([0, 50, -9])),
    lambda draw: keys(f"out/{newest(draw)}/hpc.json", rows=draw.choice([None, "other"])),
    lambda draw: file("train.jsonl", json.dumps(ROWS["sft"] | {"output": draw.choice("abc")}) + "\n"),
    lambda draw: keys("model/generation_config.json", top_k=draw.randint(1, 9)),
    lambda draw: {"learning_rate": draw.choice([1e-5, 3e-4, 1e-3]), "seed": draw.choice([42, 7])},
    lambda draw: {"target_modules": draw.choice(["v_proj,q_proj", "q_proj", "v_proj , q_proj"])},
    lambda draw: {"resume_from_checkpoint": f"out/{newest(draw)}"},
    lambda draw: {"epochs": draw.randint(2, 4), "gradient_accumulation_steps": draw.choice([1, 2])},
    lambda draw: {"lora_rank": draw.choice([4, 8]), "training_type": draw.choice(["lora", "full"])},
    lambda draw: of_processes(f"out/{newest(draw)}", draw.choice([1, 2, 8])),
    lambda draw: draw.choice([folder, pipe, looped, dangling])(f"out/{newest(draw)}/{draw.choice(STATES)}"),
    lambda draw: linked(f"out/{newest(draw)}", draw.choice(["elsewhere/moved", "out/moved"])),
    lambda draw: file(f"out/checkpoint-{draw.choice([0, 99, 10**17, 10**20])}/x", b""),
    lambda draw: linked("out", draw.choice(["elsewhere", "results/of/a/run"])),
)
"""What can be wrong with a checkpoint, or with the job that would go on from it."""
STATES: Final = (
    *("adapter_model.safetensors", "optimizer.pt", "scheduler.pt", "rng_state.pth", "trainer_state.json", "hpc.json"),
)


def newest(draw: random.Random) -> str:
    """The newest checkpoint, or the one before."""
    return draw.choice(["checkpoint-3", "checkpoint-3", "checkpoint-2"])


ODD_NAMES: Final = (
    *("x" * 300, f"{'x' * 300}/data.jsonl", "a/" * 2100 + "b", "train.jsonl/below", "./model/", "model/../train.jsonl"),
    *("/dev/null", "/proc/self/mem", "with space.jsonl", "\u00fcber/\U0001f600", ".", ""),
)
"""Names of files that a file system cannot have, or that are something else than they seem."""
JOB: Final[tuple[Callable[[random.Random], dict[str, Any]], ...]] = (
    lambda draw: {"max_sequence_length": draw.choice([1, 2, 4, 8, 12, 16, 24])},
    lambda draw: {"target_modules": draw.choice(["q_proj", "lm_head", "typo_proj", "down_proj,up_proj"])},
    lambda draw: {"resume_from_checkpoint": draw.choice([True, "out/checkpoint-3", "elsewhere/checkpoint-1"])},
    lambda _draw: {"eval_strategy": "epoch", "eval_data": "train.jsonl"},
    lambda draw: {"train_data": draw.choice(["gone.jsonl", "model", "."])},
    lambda draw: {"lora_rank": draw.choice([1, 32, 512])},
    lambda draw: {"data_format": draw.choice(["alpaca", "sharegpt"])},
    lambda draw: {"eval_strategy": "epoch", "eval_split": draw.choice([0.5, 1, 3, MANY, 99])},
    lambda draw: {"max_samples": draw.choice([1, 3, 99])},
    lambda draw: {draw.choice(["train_data", "model", "output_dir"]): draw.choice(ODD_NAMES)},
    lambda draw: {"chat_template": draw.choice(["train.jsonl", "model", *ODD_NAMES])},
)
"""What can be unfortunate in the job."""


LONG: Final = "a long question " * 40
BEYOND: Final = "<|beyond|>"
"""A token that the tokenizer has and the model has not."""
TEMPLATES: Final = (
    "{{ raise_exception('no') }}",
    "{% for m in messages %}{% if m['role'] == 'user' %}{{ raise_exception('no questions') }}{% endif %}{% endfor %}",
    "{% for m in messages %}{{ m['content'] + 1 }}{% endfor %}",
    "{% for m in messages %}{{ m.nothing.at.all }}{% endfor %}",
)
"""Chat templates that compile and refuse every conversation."""
Late = tuple[dict[str, Any], list[Any], tuple[Change, ...]]
"""The job, the rows and the changes of a world that is sound until its tokens are made."""
LATE: Final[tuple[Callable[[random.Random, dict[str, Any]], Late], ...]] = (
    lambda draw, row: ({"max_sequence_length": draw.randint(2, 60)}, [longer_question(row)] * MANY, ()),
    lambda draw, row: ({}, [row] * MANY, (file("model/chat_template.jinja", draw.choice(TEMPLATES)),)),
    lambda draw, row: (
        {},
        [*[row] * draw.randint(1, MANY), with_text(row, BEYOND)],
        (beyond(draw.randint(450, 9000)),),
    ),
)
"""What shows only when tokens are made: no answer within the limit, a template that refuses, a token too many."""


def longer_question(row: dict[str, Any]) -> dict[str, Any]:
    """The row with a question that alone is longer than any limit that is drawn."""
    if "conversations" in row:
        return {**row, "conversations": [{"from": "human", "value": LONG}]}
    return {**row, "instruction": LONG}


def with_text(row: dict[str, Any], text: str) -> dict[str, Any]:
    """The row with something more in its text."""
    if "conversations" in row:
        return {**row, "conversations": [{"from": "human", "value": text}]}
    return {**row, **{key: row[key] + text for key in row.keys() & {"text", "output"}}}


def beyond(number: int) -> Change:
    """A token of the tokenizer with a number that the model has no embedding for."""

    def change() -> None:
        path = Path("model/tokenizer.json")
        values = json.loads(path.read_text())
        token = {"id": number, "content": BEYOND, "special": False, "normalized": False}
        token |= {"single_word": False, "lstrip": False, "rstrip": False}
        path.write_text(json.dumps({**values, "added_tokens": [*values["added_tokens"], token]}))

    return change


def late(draw: random.Random) -> World:
    """A world that is sound until its tokens are made. Pre-training has no questions and no template."""
    config = dict(draw.choice(TRAINERS))
    trainer = config.get("trainer", "sft")
    config_, rows, changes = draw.choice(LATE[2:] if trainer == "pt" else LATE)(draw, ROWS[trainer])
    return World("", config | config_, rows, changes)


def going_on(draw: random.Random) -> World:
    """A world with the checkpoints of an earlier run, from which its job would go on."""
    config: dict[str, Any] = {**TRAINED, "resume_from_checkpoint": True, "epochs": 2}
    changes: list[Change] = []
    for kind in draw.sample(CHECKPOINT, draw.randint(1, 2)):
        change = kind(draw)
        if isinstance(change, dict):
            config |= change
        else:
            changes.append(change)
    return World("", config, changes=tuple(changes), trained=True)


def drawn(seed: int, number: int) -> World:
    """The world of a seed and a number: the same every time. Two of five are wrong in their tokens only."""
    draw = random.Random(f"{seed}/{number}")
    chance = draw.random()
    if chance < 0.5:
        return replace(late(draw) if chance < 0.4 else going_on(draw), name=f"{seed}/{number}")
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
