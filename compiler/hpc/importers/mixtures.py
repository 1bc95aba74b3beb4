"""Several data sets in a source: paths, with weights where it has them, and what each of their settings becomes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from hpc.importers.table import Outcome
from hpc.importers.tool_values import UnknownValueError, number

Entry = Mapping[str, Any]
Part = Callable[[str, Any], Outcome]
DRAWN: Final = "a weight below 1 takes the same share of the rows in every epoch, but maybe not the same rows"
SPLIT: Final = "hpc reads train of a folder with splits: write the file of this split"
CONFIGURATION: Final = "hpc reads a file, a folder or a hub id: download this part of it"


def paths(name: str, found: Iterable[tuple[Any, Any]]) -> dict[str, Any]:
    """The field of these paths and weights: one path, or a list; a weight of 1 or none is not written."""
    items: list[Any] = []
    for path, weight in found:
        plain = weight is None or number(weight) == 1
        items += [path] if plain else [{"path": path, "weight": number(weight)}]
    return {name: items[0] if len(items) == 1 and isinstance(items[0], str) else items}


def read_entries(key: str, name: str, entries: list[Any], part: Part, **values: Any) -> Outcome:
    """A list of data sets, each a path or a mapping; what is lost or open in one of them is so for all.

    Raises:
        UnknownValueError: an entry has no path.
    """
    found: list[tuple[Any, Any]] = []
    parts: dict[str, Outcome] = {}
    for index, entry in enumerate(entries):
        settings = entry if isinstance(entry, Mapping) else {"path": entry}
        files = files_of(settings)
        if not files or not all(isinstance(file, str) for file in files):
            raise UnknownValueError(entry)
        found += [(file, settings.get("weight")) for file in files]
        if settings is entry:
            parts |= {f"{key}.{index}.{each}": part(each, value) for each, value in entry.items()}
    hard, soft = _reasons(parts, "lost"), _reasons(parts, "resolved")
    state: Any = "lost" if hard else "resolved" if soft else "mapped"
    return Outcome(state, {} if hard else paths(name, found) | values, hard or soft, parts=parts)


def _reasons(parts: Mapping[str, Outcome], state: str) -> str:
    """Each reason once, with the settings that it is about."""
    about: dict[str, list[str]] = {}
    for place, each in parts.items():
        if each.state == state:
            about.setdefault(each.why, []).append(place)
    return "; ".join(f"{', '.join(places)}: {why}" for why, places in about.items())


def files_of(entry: Entry) -> list[Any]:
    """The files of a local format (`path: json`), else the path or id itself."""
    files = entry.get("data_files")
    if files and entry.get("path") in ("json", "csv", "parquet", "arrow", "text"):
        return files if isinstance(files, list) else [files]
    path = entry.get("path") or entry.get("id")
    return [path] if path else []


def weight(value: Any) -> Outcome:
    """The weight of a data set."""
    return Outcome("resolved" if number(value) < 1 else "mapped", why=DRAWN if number(value) < 1 else "a weight")


def mixer(value: Mapping[str, Any], name: str) -> Outcome:
    """Paths with the share of each: ``{"org/a": 1.0, "org/b": 0.5}``."""
    below = any(number(share) < 1 for share in value.values())
    return Outcome("resolved" if below else "mapped", paths(name, value.items()), DRAWN if below else "")
