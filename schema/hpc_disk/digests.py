"""What a job learns from and starts from, each as one short text that changes when it does."""

from __future__ import annotations

import hashlib
import os
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Final

from hpc_disk.data import sources
from hpc_disk.files import kind
from hpc_disk.needs import Needs

TOKENIZER: Final = (
    *("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json"),
    *("chat_template.jinja", "tokenizer.model", "vocab.json", "merges.txt", "vocab.txt"),
)
"""The files that turn rows into tokens."""
MOST_FILES: Final = 10_000
PIECES: Final = 16
"""Places of a file of weights that are read: every byte of a large model would take minutes."""
PIECE: Final = 1 << 16


def rows_digest(needs: Needs) -> str:
    """The rows as tokens: the bytes of the training data and of the tokenizer. A name of the hub counts as its name."""
    tokenizer = [Path(needs.model, name) for name in TOKENIZER] if needs.model else []
    found = sources(needs.train_data)
    files = [file for source in found for file in _files(source.path)]
    names = [source.path if source.weight == 1 else f"{source.path} × {source.weight}" for source in found]
    return _joined((*names, needs.model), [*files, *tokenizer], whole=True)


def weights_digest(model: str) -> str:
    """The weights that training starts from: names, sizes, and pieces of every file."""
    files = [path for path in _files(model) if path.suffix in (".safetensors", ".bin")]
    return _joined((model,), files, whole=False)


def _joined(names: tuple[str | None, ...], files: list[Path], *, whole: bool) -> str:
    digest = hashlib.sha256()
    for name in names:
        if name and kind(name) is None:
            digest.update(f"name {name}\n".encode())
    for path in files:
        digest.update(_of_file(path, whole=whole).encode())
    return digest.hexdigest()[:32]


def _files(path: str | None) -> list[Path]:
    """The regular files at a path, in one order."""
    what = kind(path) if path else None
    if what == "file":
        return [Path(str(path))]
    if what != "folder":
        return []
    found = (Path(folder, name) for folder, _, names in os.walk(str(path)) for name in names)
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
    with path.open("rb") as file:
        if whole:
            return hashlib.file_digest(file, "sha256").hexdigest()
        digest = hashlib.sha256(f"{path.name} {size}".encode())
        for piece in range(PIECES):
            file.seek(size * piece // PIECES)
            digest.update(file.read(PIECE))
        return digest.hexdigest()
