"""How many steps and tokens a job takes, when its data lies on this machine."""

from __future__ import annotations

import json
from functools import lru_cache
from math import ceil
from pathlib import Path
from typing import Any

from hpc.resolve import Config
from hpc_schema import fields as f
from hpc_schema.field import Field

MAX_BYTES = 256 << 20
CHARACTERS_PER_TOKEN = 4

Row = tuple[str, str, tuple[Field[Any], ...]]


def estimate(config: Config) -> list[Row]:
    """Summary rows for data, steps and tokens; none where the data is not a local file that can be counted."""
    counted = count(config[f.train_data])
    if counted is None:
        return []
    rows, characters = counted
    longest = config[f.max_sequence_length]
    tokens = min(characters // CHARACTERS_PER_TOKEN, rows * longest)
    examples = max(1, tokens // longest) if config[f.trainer] == "pt" else rows
    steps = optimizer_steps(config, examples)
    return [
        ("Examples", f"{rows:,} rows, about {tokens:,} tokens", (f.train_data, f.max_sequence_length)),
        ("Steps", f"{'about ' * (examples != rows)}{steps:,}", (f.epochs, f.batch_size, f.gradient_accumulation_steps)),
        ("Tokens learnt from", f"about {tokens * config[f.epochs]:,}", (f.epochs, f.max_sequence_length)),
    ]


def optimizer_steps(config: Config, examples: int) -> int:
    """Steps of all epochs, as the transformers Trainer counts them: the last, smaller step of an epoch counts."""
    devices = config[f.nodes] * config[f.devices_per_node]
    batches = ceil(examples / (config[f.batch_size] * devices))
    return config[f.epochs] * ceil(batches / config[f.gradient_accumulation_steps])


def count(path: str | None) -> tuple[int, int] | None:
    """Rows and characters of a JSON, JSONL or text file; None for anything else."""
    if not path:
        return None
    try:
        info = Path(path).stat()
    except (OSError, ValueError):
        return None
    return _count(path, info.st_mtime_ns, info.st_size)


@lru_cache(maxsize=32)
def _count(path: str, _changed: int, size: int) -> tuple[int, int] | None:
    kind = Path(path).suffix.lower()
    if size > MAX_BYTES or not Path(path).is_file() or kind not in (".json", ".jsonl", ".jsonlines", ".txt"):
        return None
    try:
        text = Path(path).read_text(encoding="utf-8")
        rows = json.loads(text) if kind == ".json" else [line for line in text.splitlines() if line.strip()]
    except (ValueError, RecursionError):
        return None
    return (len(rows), len(text)) if isinstance(rows, list) and rows else None
