"""A compiled file line by line, each line with the value that it shows and where that value comes from."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from hpc.compile import Artifact, Compilation
from hpc.explain import explain, row_of


def artifact(compilation: Compilation, name: str) -> dict[str, Any]:
    """One artifact as ``{"name", "lines": [{"text", "key", "fields", "why"}]}``."""
    found = compilation.artifacts[name]
    return {"name": name, "lines": [_line(compilation, found, text, key) for text, key in _keyed(found)]}


def _keyed(found: Artifact) -> Iterator[tuple[str, str]]:
    """Each line with the dotted key of the table's row that wrote it; an empty key for a line without one."""
    if found.lowered is None or not found.name.endswith(".json"):
        yield from ((line, "") for line in found.text.splitlines())
        return
    keys = found.lowered.values
    for line, path in _render(json.loads(found.text)):
        yield line, row_of(".".join(path), keys)


def _render(
    value: Any, path: tuple[str, ...] = (), before: str = "", after: str = ""
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The lines of ``json.dumps(value, indent=2)``, each with the path of its value."""
    indent = " " * (2 * len(path))
    if not (isinstance(value, dict | list) and value):
        yield f"{indent}{before}{json.dumps(value, ensure_ascii=False)}{after}", path
        return
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    items = value.items() if isinstance(value, dict) else ((str(i), item) for i, item in enumerate(value))
    yield f"{indent}{before}{opening}", path
    for number, (name, item) in enumerate(items, 1):
        label = f"{json.dumps(name, ensure_ascii=False)}: " if isinstance(value, dict) else ""
        yield from _render(item, (*path, name), label, "," if number < len(value) else "")
    yield f"{indent}{closing}{after}", path


def _line(compilation: Compilation, found: Artifact, text: str, key: str) -> dict[str, Any]:
    if not key or found.lowered is None:
        return {"text": text, "key": "", "fields": [], "why": ""}
    _, *why = explain(compilation, f"{found.name}:{key}").splitlines()
    return {"text": text, "key": key, "fields": list(found.lowered.fields[key]), "why": "\n".join(w[2:] for w in why)}
