"""What a model's folder says about it, read without any model library."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any


@cache
def model_config(model: str | None) -> dict[str, Any]:
    """The model's ``config.json``; empty where there is none to read."""
    try:
        loaded = json.loads((Path(model or "") / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return loaded if isinstance(loaded, dict) and model else {}


def hidden_size(model: str | None) -> int | None:
    """The width of the model's hidden states, where it is known."""
    size = model_config(model).get("hidden_size")
    return size if isinstance(size, int) and size > 0 else None
