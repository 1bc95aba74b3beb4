"""The schema of a fine-tuning job, and what is generated from it."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

SCHEMA_FILE = Path(__file__).with_name("hpc.schema.json")


@cache
def schema() -> dict[str, Any]:
    """The schema as a plain object. Callers share it: read, never write."""
    loaded: dict[str, Any] = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    return loaded


@cache
def properties() -> dict[str, dict[str, Any]]:
    """Field name → its whole property schema, references resolved, in the order of the file."""
    definitions = schema()["definitions"]
    return {name: definitions.get(name, subschema) for name, subschema in schema()["properties"].items()}
