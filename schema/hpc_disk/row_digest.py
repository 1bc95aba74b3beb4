"""The rows of a training as one short text: it changes with everything that makes other tokens of them."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any, Final

from hpc_disk.data import DataSet, listed, sources
from hpc_disk.digests import file_digest
from hpc_disk.files import kind
from hpc_disk.foreign import Unreadable
from hpc_disk.format_choice import choose_format
from hpc_disk.formats import Format
from hpc_disk.needs import Needs
from hpc_disk.readers import NoLibraryError
from hpc_disk.rows import Listing
from hpc_disk.sampling import sample

ROWS_VERSION: Final = 11
"""Raised whenever hpc makes other tokens of the same rows: earlier caches and checkpoints do not fit then."""
TOKENIZER: Final = (
    *("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json"),
    *("chat_template.jinja", "tokenizer.model", "vocab.json", "merges.txt", "vocab.txt"),
)
"""The files that turn rows into tokens."""


def rows_digest(needs: Needs) -> str:
    """The training rows as tokens: bytes of the data sets, their formats and weights, and bytes of the tokenizer.

    A name of the hub counts as its name. What the fields say of the rows (length, ``max_samples`` …) is not in it: a
    checkpoint's identity compares those one by one.
    """
    sets = [_data_set(needs, source) for source in sources(needs.train_data)]
    text = json.dumps([ROWS_VERSION, sets, _tokenizer(needs.model)])
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _tokenizer(model: str | None) -> Any:
    if not model or kind(model) is None:
        return model
    return [file_digest(Path(model, name)) for name in TOKENIZER]


def _data_set(needs: Needs, source: DataSet) -> list[Any]:
    if kind(source.path) not in ("file", "folder"):  # A pipe can be read only once, by the run.
        return [source.weight, source.path, needs.data_format]
    try:
        found = listed(needs, source, "train")
    except Unreadable as fault:
        return [source.weight, str(fault)]
    parts = [[part.suffix, part.member, file_digest(part.path)] for part in found.parts]
    return [source.weight, parts, _format(needs, source, found)]


def _format(needs: Needs, source: DataSet, found: Listing) -> Any:
    """What the columns are read as: another ``data_format`` may read the same ones."""
    try:
        first = sample(found.parts, whole=found.whole).first
    except (Unreadable, NoLibraryError):
        return needs.data_format
    chosen = choose_format(needs, source.path, first, "train_data") if first else None
    return [chosen.name, chosen.kind] if isinstance(chosen, Format) else needs.data_format
