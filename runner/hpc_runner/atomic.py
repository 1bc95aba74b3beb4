"""Files that are either whole or not there."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

PARTIAL: Final = ".partial"
OLD: Final = ".old"
"""Ends of the names of folders that take the place of another."""


def write_json(path: Path, value: Any) -> None:
    """Write a small JSON file atomically."""
    write_text(path, json.dumps(value, indent=2) + "\n")


def write_text(path: Path, text: str) -> None:
    """Write a small text file atomically."""
    with replaced(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


@contextmanager
def replaced(path: Path) -> Iterator[Path]:
    """A new file to write, which then takes the place of ``path``. Its name is random: a link there is not followed."""
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
    os.close(descriptor)
    temporary = Path(name)
    try:
        yield temporary
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def remove(path: Path) -> None:
    """Remove what has this name, if anything: a folder with its contents, a file, or a link and not its target."""
    if path.is_symlink() or path.is_file():
        path.unlink()
    else:
        shutil.rmtree(path, ignore_errors=True)


def remove_partial(target: Path) -> None:
    """Remove what a crash left while ``target`` was written; no other process may be writing it."""
    for end in (PARTIAL, OLD):
        for left in target.parent.glob(f".{target.name}.*{end}"):
            remove(left)


def partial_folder(target: Path) -> Path:
    """A new folder to write into before it becomes ``target``. Its name is random."""
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=PARTIAL, dir=target.parent))
    partial.chmod(0o777 & ~_umask())
    return partial


def commit_folder(partial: Path, target: Path) -> None:
    """Turn the written folder into ``target``, when everything in it has reached the disk."""
    for path in partial.rglob("*"):
        if path.is_file():
            _sync(path)
    old = partial.with_suffix(OLD)
    if target.is_symlink() or target.exists():
        target.rename(old)
    partial.rename(target)
    _sync(target.parent)
    remove(old)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
