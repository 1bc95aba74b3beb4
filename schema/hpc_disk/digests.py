"""The files that a job starts from, as short texts that change when they do."""

from __future__ import annotations

import os
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Final

from hpc_disk.files import kind

MOST_FILES: Final = 10_000
PIECES: Final = 16
"""Places of a file of weights that are read: every byte of a large model would take minutes."""
PIECE: Final = 1 << 16


def weights_digest(model: str) -> str:
    """The weights that training starts from: names, sizes, and pieces of every file."""
    import hashlib

    files = [path for path in _files(model) if path.suffix in (".safetensors", ".bin")]
    digest = hashlib.sha256()
    if kind(model) is None:
        digest.update(f"name {model}\n".encode())
    for path in files:
        digest.update(_of_file(path, whole=False).encode())
    return digest.hexdigest()[:32]


def _files(path: str) -> list[Path]:
    """The regular files at a path, in one order."""
    what = kind(path)
    if what == "file":
        return [Path(path)]
    if what != "folder":
        return []
    found = (Path(folder, name) for folder, _, names in os.walk(path) for name in names)
    return sorted(islice(found, MOST_FILES))


def file_digest(path: Path) -> str:
    """The bytes of a file; empty where it cannot be read. A file is read again only when it has changed."""
    return _of_file(path, whole=True)


def _of_file(path: Path, *, whole: bool) -> str:
    try:
        state = path.stat()
        return _read(path.absolute(), state.st_mtime_ns, state.st_size, whole=whole) if kind(path) == "file" else ""
    except OSError:
        return ""


@lru_cache(maxsize=1024)
def _read(path: Path, _changed: int, size: int, *, whole: bool) -> str:
    import hashlib

    with path.open("rb") as file:
        if whole:
            return hashlib.file_digest(file, "sha256").hexdigest()
        digest = hashlib.sha256(f"{path.name} {size}".encode())
        for piece in range(PIECES):
            file.seek(size * piece // PIECES)
            digest.update(file.read(PIECE))
        return digest.hexdigest()
