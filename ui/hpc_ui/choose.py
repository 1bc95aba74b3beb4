"""What the page offers instead of typing: data and models in the current folder, and models in the hub's cache."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from hpc_disk.files import kind
from hpc_disk.models.folder import hub_cache
from hpc_disk.readers import SUFFIXES
from hpc_ui.configs import Refused, inside

MOST: Final = 500
DEPTH: Final = 4
HIDDEN: Final = frozenset({"node_modules", "mlruns"})


def folder(name: str) -> dict[str, Any]:
    """The folders and the data files in a folder; raises ``Refused`` outside the current one."""
    path = Path(inside(name) if name not in ("", ".") else ".")
    if kind(path) != "folder":
        raise Refused(f"{path} is not a folder")
    entries = sorted(path.iterdir(), key=lambda entry: entry.name.lower())[:MOST]
    shown = [entry for entry in entries if entry.name[0] not in "._" and entry.name not in HIDDEN]
    return {
        "folder": "" if path == Path() else str(path),
        "folders": [{"path": str(entry), "model": is_model(entry)} for entry in shown if kind(entry) == "folder"],
        "files": [_file(entry) for entry in shown if kind(entry) == "file" and entry.suffix.lower() in SUFFIXES],
    }


def models() -> list[dict[str, str]]:
    """Every model folder in the current one, and every model of the hub's cache."""
    here = [{"name": str(path), "where": "in this folder"} for path in _model_folders()]
    return [*here, *({"name": name, "where": "in the hub's cache"} for name in _cached())]


def is_model(path: Path) -> bool:
    """Whether a folder holds a model: its config.json, without being an adapter's."""
    return kind(path / "config.json") == "file"


def _model_folders() -> Iterator[Path]:
    count = 0
    for place, names, _ in os.walk("."):
        path = Path(place)
        names[:] = sorted(name for name in names if name not in HIDDEN and not name.startswith("checkpoint-"))
        names[:] = [name for name in names if name[0] != "." or name == ".cache"] if len(path.parts) < DEPTH else []
        if path.parts and is_model(path):
            yield path
            count += 1
            names.clear()
        if count >= MOST:
            return


def _cached() -> list[str]:
    try:
        found = sorted(hub_cache().glob("models--*"))
    except (OSError, RuntimeError):
        return []
    whole = [path.name for path in found if any(path.glob("snapshots/*/config.json"))]
    return [name.removeprefix("models--").replace("--", "/") for name in whole[:MOST]]


def _file(path: Path) -> dict[str, Any]:
    return {"path": str(path), "bytes": path.stat().st_size}
