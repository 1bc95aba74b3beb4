"""A compiled folder: every value in it by its key, with the fields that it comes from and their places."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from hpc_disk.files import read_object, section
from hpc_disk.run_folder import BUILD

ORIGINS: Final = "origins.json"
PLAN: Final = "plan.json"
FILES: Final = ("training_arguments.json", "peft.json", "deepspeed.json", PLAN, ORIGINS)


@dataclass(frozen=True)
class Build:
    """The values of a compiled job.

    Attributes:
        values: ``artifact:dotted.key`` → value.
        fields: The same key → the names of the fields that it is made from.
        causes: Field → where its value was given, in words (``train.json:3:20``, ``default``).
        given: Field → its value, for the fields that are written into some artifact as they are.
    """

    values: Mapping[str, Any]
    fields: Mapping[str, tuple[str, ...]]
    causes: Mapping[str, str]
    given: Mapping[str, Any]


def folder_of(path: Path) -> Path | None:
    """The compiled folder at a path: the path itself, or the one in a run's output folder; None for neither."""
    return next((folder for folder in (path, path / BUILD) if "hpc" in read_object(folder / PLAN)), None)


def read_build(folder: Path) -> Build:
    """The values of a compiled folder, as far as its files can be read."""
    return build_of({name: found for name in FILES if (found := read_object(folder / name))})


def build_of(artifacts: Mapping[str, Mapping[str, Any]]) -> Build:
    """The values of artifacts that are JSON objects, by the places that ``origins.json`` names."""
    origins = artifacts.get(ORIGINS, {})
    field_origins = section(dict(origins), "fields")
    values: dict[str, Any] = {}
    fields: dict[str, tuple[str, ...]] = {}
    given: dict[str, Any] = {}
    for artifact, pointer, origin in _entries(origins):
        if artifact in artifacts:
            key = f"{artifact}:{pointer.strip('/').replace('/', '.')}"
            values[key] = _at(artifacts[artifact], pointer)
            names = origin.get("fields")
            fields[key] = tuple(map(str, names)) if isinstance(names, list) else ()
            if len(fields[key]) == 1 and "derived" not in origin:
                given[fields[key][0]] = values[key]
    return Build(values, fields, {name: _words(section(field_origins, name)) for name in field_origins}, given)


def _entries(origins: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    for artifact, entries in origins.items():
        if artifact != "fields" and isinstance(entries, Mapping):
            yield from ((artifact, pointer, origin) for pointer, origin in entries.items() if isinstance(origin, dict))


def _at(value: Any, pointer: str) -> Any:
    for part in pointer.strip("/").split("/"):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def _words(origin: dict[str, Any]) -> str:
    written = section(origin, "written")
    if {"file", "line", "column"} <= written.keys():
        return f"{written['file']}:{written['line']}:{written['column']}"
    return str(origin.get("overridden") or origin.get("derived") or "default")
