"""How long the rows of a data set are in tokens, as the last run that tokenized them found it.

The runner writes it beside its cache of rows. The key follows from what is on the disk, without a tokenizer, so that
`hpc plan` finds it in milliseconds.
"""

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, NamedTuple

from hpc_disk.cache_place import cache_folder
from hpc_disk.data import DataSet
from hpc_disk.files import read_object
from hpc_disk.models.folder import folder_of
from hpc_disk.needs import Needs
from hpc_disk.row_digest import ROWS_VERSION, TOKENIZER
from hpc_disk.rows import Listing

PLACE: Final = "lengths"


class Lengths(NamedTuple):
    """The rows of a data set: tokens before they are cut → how many rows. ``kept``: rows that were left with a limit.

    Attributes:
        counts: Length → number of rows.
        limit: ``max_sequence_length`` of the run that found it.
        kept: Rows of which something is learned within the limit.
        start: The fewest tokens before the first learned one of a row.
    """

    counts: dict[int, int]
    limit: int
    kept: int
    start: int = 0


def remember(
    needs: Needs, source: DataSet, found: Listing, lengths: Mapping[int, int], kept: int, start: int = 0
) -> None:
    """Write the lengths down; a cache that cannot be written is none."""
    value = {"limit": needs.max_sequence_length, "kept": kept, "lengths": sorted(lengths.items()), "start": start}
    path = _path(needs, source, found)
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        partial = path.with_suffix(f".{os.getpid()}")
        partial.write_text(json.dumps(value), encoding="utf-8")
        partial.rename(path)


def recall(needs: Needs, source: DataSet, found: Listing) -> Lengths | None:
    """What was written down for these rows; None where nothing was, or where anything has changed since."""
    value = read_object(_path(needs, source, found))
    try:
        counts = {int(length): int(count) for length, count in value["lengths"]}
        return Lengths(counts, value["limit"], value["kept"], value.get("start", 0))
    except (KeyError, TypeError, ValueError):
        return None


def _path(needs: Needs, source: DataSet, found: Listing) -> Path:
    said = [needs.trainer, needs.data_format, needs.system_prompt, source.path]
    parts = [[part.name, part.member, part.size, part.changed] for part in found.parts]
    import hashlib

    text = json.dumps([ROWS_VERSION, said, parts, _tokenizer(needs)], default=str)
    return cache_folder() / PLACE / f"{hashlib.sha256(text.encode()).hexdigest()[:32]}.json"


def _tokenizer(needs: Needs) -> list[Any]:
    """The files that turn text into tokens, by size and change."""
    folder = folder_of(needs.model)
    files = [folder / name for name in TOKENIZER] if folder else []
    return [needs.model, *(_state(path) for path in (*files, *map(Path, filter(None, [needs.chat_template]))))]


def _state(path: Path) -> list[int] | None:
    try:
        state = path.stat()
    except OSError:
        return None
    return [state.st_size, state.st_mtime_ns]
