"""The schema of a fine-tuning job, and what is generated from it."""

from __future__ import annotations

import json
from functools import cache
from os.path import dirname, join
from typing import Any

SCHEMA_FILE = join(dirname(__file__), "hpc.schema.json")  # noqa: PTH118, PTH120 (pathlib is slow to import)


@cache
def schema() -> dict[str, Any]:
    """The schema as a plain object. Callers share it: read, never write."""
    with open(SCHEMA_FILE, encoding="utf-8") as stream:  # noqa: PTH123
        loaded: dict[str, Any] = json.load(stream)
    return loaded


@cache
def properties() -> dict[str, dict[str, Any]]:
    """Field name → its whole property schema, references resolved, in the order of the file."""
    definitions = schema()["definitions"]
    return {name: definitions.get(name, subschema) for name, subschema in schema()["properties"].items()}
