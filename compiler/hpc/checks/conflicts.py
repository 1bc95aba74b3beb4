"""Conflicts that the schema itself states (HPC2xx), explained with the texts beside them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import cache
from typing import Any

from hpc.checks.diagnose import default_of, relation
from hpc.checks.words import show
from hpc.diagnostics import Diagnostic
from hpc.source.document import Document
from hpc_schema import schema
from hpc_schema.validator import RULES


def broken_rules(document: Document, wrong: Collection[str]) -> Iterator[Diagnostic]:
    """One diagnostic for each rule that the document breaks; a rule that reads a wrong field says nothing."""
    for code, parts in RULES.items():
        if not all(holds(document.values) for holds in parts) and _read(code).isdisjoint(wrong):
            rule = next(block["x-rule"] for block in _rules()[code] if "title" in block["x-rule"])
            first = rule["fields"][0]
            message = f"`{first}` is {show(document.values.get(first, default_of(first)))}, but {rule['title']}"
            yield relation(document, code, message, rule["fields"])


@cache
def _rules() -> dict[str, list[dict[str, Any]]]:
    """Code → the blocks that state the rule together."""
    found: dict[str, list[dict[str, Any]]] = {}
    for block in schema()["allOf"]:
        if "x-rule" in block:
            found.setdefault(block["x-rule"]["code"], []).append(block)
    return found


@cache
def _read(code: str) -> frozenset[str]:
    """The fields that the rule reads."""
    return frozenset(name for block in _rules()[code] for name in _fields(block))


def _fields(block: dict[str, Any]) -> Iterator[str]:
    for part in (block["if"], block["if"].get("not", {}), block["then"]):
        yield from part.get("properties", ())
        yield from part.get("required", ())
