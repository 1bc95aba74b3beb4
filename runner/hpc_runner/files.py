"""Files that are either whole or not there."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any


def write_json(path: Path, value: Any) -> None:
    """Write a small JSON file atomically."""
    temporary = path.with_name(f".{path.name}.tmp")
    temporary.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")
    temporary.replace(path)


def partial_folder(target: Path, *, create: bool) -> Path:
    """The folder to write into before it becomes ``target``; what a crash left there is removed."""
    partial = target.with_name(f".{target.name}.partial")
    if create:
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
    return partial


def commit_folder(partial: Path, target: Path) -> None:
    """Turn the written folder into ``target``, when everything in it has reached the disk."""
    for path in partial.rglob("*"):
        if path.is_file():
            _sync(path)
    old = target.with_name(f".{target.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if target.exists():
        target.rename(old)
    partial.rename(target)
    _sync(target.parent)
    shutil.rmtree(old, ignore_errors=True)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
