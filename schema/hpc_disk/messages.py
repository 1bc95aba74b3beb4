"""A value and a near word, for messages about a model."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any


def show(value: Any) -> str:
    """The value as JSON writes it, cut where it is long."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else text[:59] + "…"


def nearest(word: str, words: Iterable[str]) -> str | None:
    """The most similar of the words, if any is similar enough to be meant."""
    import difflib  # slow to import, and needed for a mistake only

    return next(iter(difflib.get_close_matches(word.lower(), list(words), n=1)), None)
