"""An import as the text of a commented config, or as one JSON object."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator
from typing import Any, Final

from hpc.checks.names import is_secret
from hpc.importers.reading import Import, leaves
from hpc.importers.table import Outcome, Row
from hpc.source.document import Format
from hpc.source.encode import encode, encode_key

HEADINGS: Final = {
    "lost": "Lost: hpc does not do this.",
    "resolved": "Look at these: they need a value that the source does not give.",
    "implied": "hpc always does so.",
    "no_effect": "Without effect on what is trained.",
}
WIDTH: Final = 100


def to_text(done: Import, format_: Format) -> str:
    """The config, each value with its origin; then what became of the keys that are no values."""
    if format_ == "json":
        return json.dumps(done.config, indent=2, ensure_ascii=False) + "\n"
    mark = "//" if format_ == "jsonc" else "#"
    head = [f"{mark} Imported from {done.source.file} ({done.tool.title}) by hpc import."]
    body = [*head, *_notes(done, mark), "", *_entries(done, format_, mark)]
    if format_ == "jsonc":
        body = [*body[: len(body) - len(done.config)], "{", *body[len(body) - len(done.config) :], "}"]
    return "\n".join([*body, *_others(done, mark)]) + "\n"


def to_json(done: Import) -> str:
    """``tool``, ``config`` and ``keys``: source key → state, fields and why."""
    keys: dict[str, Any] = {}
    for key, outcome in done.outcomes.items():
        value = _value(done, key)
        for name in (key, *leaves(key, value)):
            keys[name] = _entry(outcome.parts.get(name, outcome), done.tool.by_key.get(key))
    found = {"tool": done.tool.name, "config": done.config, "keys": keys}
    return json.dumps(found, indent=2, ensure_ascii=False) + "\n"


def _entry(outcome: Outcome, row: Row | None) -> dict[str, Any]:
    """A key that is mapped names its fields also where their values are hpc's defaults."""
    fields = list(outcome.values) or (list(row.fields) if row and outcome.state in ("mapped", "resolved") else [])
    return {"state": outcome.state, "fields": fields, "why": reason(outcome)}


def reason(outcome: Outcome) -> str:
    """Why, and what to do instead."""
    return "; ".join(filter(None, (outcome.why, outcome.instead)))


def _notes(done: Import, mark: str) -> Iterator[str]:
    for note in done.notes:
        yield from textwrap.wrap(note, WIDTH, initial_indent=f"{mark} Note: ", subsequent_indent=f"{mark}   ")


def _entries(done: Import, format_: Format, mark: str) -> Iterator[str]:
    last = list(done.config)[-1] if done.config else ""
    for name, value in done.config.items():
        text = f"{encode_key(format_, name)}{' = ' if format_ == 'toml' else ': '}{encode(format_, value)}"
        if format_ == "jsonc":
            text = f"  {text}{',' if name != last else ''}"
        yield f"{text}  {mark} {done.origins[name]}"


def _others(done: Import, mark: str) -> Iterator[str]:
    for state, heading in HEADINGS.items():
        found = {key: outcome for key, outcome in done.outcomes.items() if outcome.state == state}
        if found:
            yield ""
            yield f"{mark} {heading}"
        for key, outcome in found.items():
            line = done.source.line(key)
            value = _shown(key, _value(done, key))
            text = f"{key}: {value}{f' (line {line})' if line else ''}: {reason(outcome)}"
            yield from textwrap.wrap(text, WIDTH, initial_indent=f"{mark}   ", subsequent_indent=f"{mark}     ")


def _value(done: Import, key: str) -> Any:
    return done.source.values.get(key, " ".join(done.source.command))


def _shown(key: str, value: Any) -> str:
    """The beginning of the value; a secret is not copied."""
    names = (key, *(name.rpartition(".")[2] for name in leaves(key, value)))
    return "a secret, which is not copied" if any(map(is_secret, names)) else encode("jsonc", value)[:60]
