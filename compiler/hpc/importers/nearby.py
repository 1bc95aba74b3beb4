"""Files that another tool's config names: they lie beside it, or where hpc is started."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from hpc_disk.files import kind


def find(name: str, *folders: Path, kinds: Collection[str] = ("file",)) -> Path | None:
    """The path of this name in the first of the folders that has it, or in the current folder; None where none has."""
    return next((path for folder in (*folders, Path()) if kind(path := folder / name) in kinds), None)


def read_values(name: str, folder: Path) -> Mapping[str, Any] | None:
    """The keys and values of a YAML or JSON file; None where there is none.

    Raises:
        HpcError: It cannot be read (HPC001 to HPC028).
    """
    from hpc.source import parse
    from hpc.source.load import load_file

    path = find(name, folder)
    if path is None:
        return None
    file, format_, text = load_file(str(path))
    return parse(text, format_, file, aliases=True).values
