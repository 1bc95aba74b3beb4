"""Whether a text is a path: what may be the id of something on a hub is not refused for being absent."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final, Literal

from hpc_disk.files import kind
from hpc_disk.readers import SUFFIXES

HUB_ID: Final = re.compile(r"[\w-][\w.-]*(/[\w-][\w.-]*)?")


def local(text: str) -> Literal["surely", "perhaps"] | None:
    """Whether a text that names nothing on this disk is a path, and not a hub's id (``owner/name``)."""
    path = Path(text)
    if path.is_absolute() or text.startswith((".", "~")) or len(path.parts) > 2 or path.suffix.lower() in SUFFIXES:
        return "surely"
    if not HUB_ID.fullmatch(text):
        return "surely"
    return "perhaps" if len(path.parts) == 2 and kind(path.parent) == "folder" else None
