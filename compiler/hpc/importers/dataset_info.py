"""LLaMA-Factory's ``dataset_info.json``: from the name of a data set to its file, its format and its columns."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from hpc.importers.nearby import find
from hpc.importers.table import ForeignJob, Outcome
from hpc.importers.tool_values import UnknownValueError, is_placeholder, words

HUB_KEYS: Final = ("hf_hub_url", "ms_hub_url", "om_hub_url")
PLAIN_COLUMNS: Final = {
    "prompt": "instruction",
    "query": "input",
    "response": "output",
    "messages": "conversations",
    "chosen": "chosen",
    "rejected": "rejected",
    "system": "system",
    "history": "history",
    "tools": "tools",
}
OPENAI: Final = {"role_tag": "role", "content_tag": "content", "user_tag": "user", "assistant_tag": "assistant"}


def read_datasets(job: ForeignJob, key: str, name: str) -> Outcome:
    """The data sets under ``key`` become the field ``name``: one path, or a list of them.

    Raises:
        UnknownValueError: a placeholder stands for the names.
    """
    if job[key] is None:
        return Outcome("mapped")
    names = [name.strip() for name in job[key].split(",")] if isinstance(job[key], str) else words(job[key])
    if any(is_placeholder(name) for name in names):
        raise UnknownValueError(job[key])
    info = _load(job)
    entries = [(each, info.get(each)) for each in names]
    paths = [_path(job, each, entry) for each, entry in entries]
    notes = [_note(each, entry) for each, entry in entries]
    values: dict[str, Any] = {name: paths[0] if len(paths) == 1 else paths}
    return Outcome("mapped" if all(not note for note in notes) else "resolved", values, "; ".join(filter(None, notes)))


def _load(job: ForeignJob) -> Mapping[str, Any]:
    folder = job["dataset_dir"]
    if not isinstance(folder, str) or is_placeholder(folder):
        folder = "data"
    path = find(f"{folder}/dataset_info.json", job.folder)
    try:
        found = json.loads(path.read_text(encoding="utf-8")) if path else {}
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _path(job: ForeignJob, name: str, entry: Any) -> str:
    if not isinstance(entry, Mapping):
        return name
    hub = next((entry[key] for key in HUB_KEYS if entry.get(key)), None)
    file = entry.get("file_name")
    if file is None:
        return str(hub or name)
    return str(Path(str(job["dataset_dir"] or "data"), str(file)))


def _note(name: str, entry: Any) -> str:
    """What the reader must look at, or nothing."""
    if not isinstance(entry, Mapping):
        return f"{name} is not in a dataset_info.json here: write the path of its file"
    columns, tags = entry.get("columns") or {}, entry.get("tags") or {}
    other = {key: column for key, column in columns.items() if PLAIN_COLUMNS.get(key) != column}
    if tags == OPENAI and other == {"messages": "messages"}:
        tags, other = {}, {}
    said = [f"{key} is in the column {column}" for key, column in other.items()]
    said += [f"{key} is {value}" for key, value in tags.items()]
    said += [f"it takes the {key} {entry[key]}" for key in ("subset", "folder") if entry.get(key)]
    said += [f"it takes the split {entry['split']}"] if entry.get("split", "train") != "train" else []
    said += [f"it takes {entry['num_samples']} rows"] if entry.get("num_samples") else []
    return f"{name}: {', '.join(said)}: write the rows so, and check them with `hpc data`" if said else ""
