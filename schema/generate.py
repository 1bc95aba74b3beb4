"""Writes what is generated from the schema: the validator module, the field handles, the page of fields; and a list.

The list has the keys of the tools that hpc imports from.

The schema itself is written by hand, but for its lists of preference losses and data formats.

``python schema/generate.py`` writes; with ``--check`` it lists what is out of date, and exits with 1.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from hpc_schema import properties, schema
from hpc_schema.field import Field, When
from hpc_schema.field_facts import facts
from lists_in_schema import with_lists
from validator_module import validator_module

ROOT = Path(__file__).resolve().parent.parent
HEADER = "generated from hpc.schema.json by schema/generate.py: do not edit"
INTRODUCTION = """\
Every key is optional. Unknown keys are errors.

The keys are those of a fine-tuning platform's own configs, so hpc reads them unchanged. Where hpc accepts more values
than the platform, the field says so, and `hpc validate --portal` reports each use. The platform publishes no dates:
a limit with an end was seen to be gone on that day."""
PYTHON_TYPES = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "array": "list[Any]"}


def conditions(block: dict[str, Any]) -> tuple[When, ...]:
    """The conditions of one activity block, from its ``if``."""
    return tuple(
        When(name, tuple(test["enum"]) if "enum" in test else (test["const"],))
        for name, test in block["if"]["properties"].items()
    )


def activity() -> dict[str, tuple[When, ...]]:
    """Field name → when it applies."""
    found: dict[str, tuple[When, ...]] = {}
    for block in schema()["allOf"]:
        if "x-active" in block:
            for name in block["then"]["properties"]:
                found[name] = found.get(name, ()) + conditions(block)
    return found


def python_type(subschema: dict[str, Any]) -> str:
    """The type of a field's handle; optional where there is neither a default nor another field to follow."""
    types = subschema["type"] if isinstance(subschema["type"], list) else [subschema["type"]]
    union = " | ".join(PYTHON_TYPES[t] for t in types)
    followed = "default" in subschema or "x-default" in subschema
    return union if followed else f"{union} | None"


def handle(name: str, subschema: dict[str, Any], when: tuple[When, ...]) -> str:
    """One line of fields.py."""
    field: Field[Any] = Field(name, subschema["x-group"], subschema["title"], subschema.get("default"), when)
    arguments = ", ".join(repr(a) for a in (field.name, field.group, field.title, field.default))
    tail = f", {when!r}" if when else ""
    return f"{name}: Final[Field[{python_type(subschema)}]] = Field({arguments}{tail})"


def fields_module() -> str:
    """The typed handles, one per field, in the order of the schema."""
    names = [name for name in properties() if not name.startswith("$")]
    lines = [handle(name, properties()[name], activity().get(name, ())) for name in names]
    return "\n".join(
        [
            f'"""One typed handle per field; {HEADER}."""',
            "# ruff: noqa",
            "from typing import Any, Final",
            "",
            "from hpc_schema.field import Field, When",
            "",
            *lines,
            "",
            f"ALL: Final[tuple[Field[Any], ...]] = ({', '.join(names)})",
            "BY_NAME: Final[dict[str, Field[Any]]] = {field.name: field for field in ALL}",
            "",
        ]
    )


def field_entry(name: str) -> list[str]:
    """The lines of one field on the reference page."""
    subschema = properties()[name]
    head = [f"### `{name}`", "", f"**{subschema['title']}**: {subschema['markdownDescription']}", ""]
    return [*head, *facts(subschema, activity().get(name, ())), ""]


def fields_page() -> str:
    """The reference page of all fields."""
    lines = ["# Fields", "", f"<!-- {HEADER} -->", "", INTRODUCTION, ""]
    for group in schema()["x-groups"]:
        lines += [f"## {group['title']}", "", f"{group['description']}.", ""]
        for name, subschema in properties().items():
            if subschema["x-group"] == group["name"]:
                lines += field_entry(name)
    return "\n".join(lines).rstrip() + "\n"


def foreign_keys() -> str:
    """The keys of other tools; their tables import what is written before."""
    from hpc.importers.foreign_keys import text

    return text()


SCHEMA = "schema/hpc_schema/hpc.schema.json"
OUTPUTS = {
    SCHEMA: lambda: with_lists((ROOT / SCHEMA).read_text(encoding="utf-8")),
    "schema/hpc_schema/validator.py": lambda: validator_module(HEADER),
    "schema/hpc_schema/fields.py": fields_module,
    "docs/reference/fields.md": fields_page,
    "compiler/hpc/importers/foreign_keys.txt": foreign_keys,
}


def main(argv: list[str]) -> int:
    """Write, or check, every generated file."""
    stale = [name for name, make in OUTPUTS.items() if is_stale(name, make(), write="--check" not in argv)]
    return 1 if stale and "--check" in argv else 0


def is_stale(name: str, text: str, *, write: bool) -> bool:
    """Whether a file is out of date, which is said; it is written before the next one, which may follow from it."""
    path = ROOT / name
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return False
    print(f"{'written' if write else 'out of date'}: {name}")
    if write:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        schema.cache_clear()
        properties.cache_clear()
    return True


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
