"""Whether a text is a path: what may be the id of something on a hub is not refused for being absent."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal

from hpc_disk.files import kind

DATA_SUFFIXES: Final = (".json", ".jsonl", ".jsonlines", ".csv", ".parquet", ".txt", ".zip")


def local(text: str) -> Literal["surely", "perhaps"] | None:
    """Whether a text that names nothing on this disk is a path, and not a hub's id (``owner/name``)."""
    path = Path(text)
    if path.is_absolute() or text.startswith((".", "~")) or len(path.parts) > 2 or path.suffix.lower() in DATA_SUFFIXES:
        return "surely"
    return "perhaps" if len(path.parts) == 2 and kind(path.parent) == "folder" else None
