"""A recipe as the text of a config with comments, generated from the schema."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator
from typing import Any, Final

from hpc.recipes import RECIPES
from hpc.resolve import resolve
from hpc.source.document import Document, Format
from hpc.source.encode import encode
from hpc_schema import fields as f
from hpc_schema import properties, schema
from hpc_schema.field import Field, Value

WIDTH: Final = 100


def starting_config(recipe: str, format_: Format) -> str:
    """The config of a recipe: every field that applies in it, with its value, its meaning and its choices.

    The output folder is left out: it follows the name of the file. Groups are headings and descriptions are
    comments, except in plain JSON, which has no comments.
    """
    values = _values(recipe)
    if format_ == "json":
        return json.dumps(values, indent=2) + "\n"
    mark, indent = ("//", "  ") if format_ == "jsonc" else ("#", "")
    lines = list(_lines(values, format_, mark))
    body = "".join(f"{indent}{line}\n" if line else "\n" for line in lines)
    head = f"{mark} {recipe}: a config to start from. Edit the model and data paths, then run: hpc validate, hpc run.\n"
    return head + (f"{{\n{body}}}\n" if format_ == "jsonc" else f"\n{body}")


def _values(recipe: str) -> dict[str, Value]:
    """The recipe's values and the other fields' defaults, in the schema's order, where they apply."""
    config = resolve(Document(recipe, "json", "", RECIPES[recipe], dict))
    acting = (field for field in f.ALL if config.acts(field) and field.name not in config.derived)
    return {field.name: config[field] for field in acting if config[field] is not None}


def _lines(values: dict[str, Value], format_: Format, mark: str) -> Iterator[str]:
    last = list(values)[-1]
    for group in schema()["x-groups"]:
        members = [field for field in f.ALL if field.group == group["name"] and field.name in values]
        if not members:
            continue
        if group["name"] != "job":
            yield ""
        yield f"{mark} ---- {group['title']}: {group['description']} ----"
        for field in members:
            yield ""
            yield from _comment(field, mark)
            yield _entry(field.name, values[field.name], format_, comma=field.name != last)


def _comment(field: Field[Any], mark: str) -> list[str]:
    subschema = properties()[field.name]
    text = subschema["description"]
    if "enum" in subschema:
        text += f" One of {', '.join(str(value) for value in subschema['enum'])}."
    return textwrap.wrap(text, WIDTH, initial_indent=f"{mark} ", subsequent_indent=f"{mark} ")


def _entry(name: str, value: Value, format_: Format, *, comma: bool) -> str:
    text = encode(format_, value)
    if format_ == "jsonc":
        return f'"{name}": {text}{"," if comma else ""}'
    return f"{name}{' = ' if format_ == 'toml' else ': '}{text}"
