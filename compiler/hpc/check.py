"""Everything that is wrong with a document, in one pass: the schema's fields and rules, then hpc's own checks.

Invariant: no diagnostic only follows from another. A field whose own value is wrong takes part in no relation.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hpc.checks.relations import CHECKS
from hpc.diagnostics import Diagnostic, in_file_order
from hpc.resolve import resolve
from hpc.source.document import Document
from hpc_schema import properties, schema
from hpc_schema.validator import validate as is_valid_or_raise


def check(document: Document, *, portal: bool = False) -> list[Diagnostic]:
    """All diagnostics in file order; empty when there is nothing to say. ``portal`` adds the platform's limits."""
    found = [] if _is_plainly_valid(document.values) else list(_explain(document))
    wrong = frozenset(d.pointer[1:] for d in found if d.code.startswith("HPC1"))
    found += _relations(document, wrong)
    if portal:
        found += _portal(document, wrong)
    return in_file_order(found)


def _is_plainly_valid(values: Any) -> bool:
    """The fast path: the generated validator, and integers written as floats, which it lets pass."""
    try:
        is_valid_or_raise(values)
    except ValueError:
        return False
    return not any(
        isinstance(value, float) and properties()[name]["type"] == "integer" for name, value in values.items()
    )


def _explain(document: Document) -> Iterator[Diagnostic]:
    """The slow path: what the schema has against the document."""
    from jsonschema import Draft7Validator

    from hpc.checks import fields

    wrong = set()
    for key, value in document.values.items():
        if key not in properties():
            wrong.add(key)
            yield fields.unknown_key(document, key)
        elif not fields.is_valid(value, properties()[key]):
            wrong.add(key)
            yield fields.wrong_value(document, key)
    sound = {key: value for key, value in document.values.items() if key not in wrong}
    for block in schema()["allOf"]:
        if "x-rule" in block and not Draft7Validator(block).is_valid(sound):
            yield from _broken_rule(document, block["x-rule"]["code"], wrong)


def _broken_rule(document: Document, code: str, wrong: set[str]) -> Iterator[Diagnostic]:
    from hpc.checks.report import diagnose
    from hpc.checks.words import show

    rule = next(
        b["x-rule"] for b in schema()["allOf"] if b.get("x-rule", {}).get("code") == code and "title" in b["x-rule"]
    )
    if wrong & set(rule["fields"]):
        return
    first, *others = rule["fields"]
    value = document.values.get(first, properties()[first].get("default"))
    message = f"`{first}` is {show(value)}, but {rule['title']}"
    yield diagnose(document, code, "error", message, first, related=others)


def _relations(document: Document, wrong: frozenset[str]) -> Iterator[Diagnostic]:
    config = resolve(document, ignored=wrong)
    for run in CHECKS:
        for finding in run(config):
            names = [field.name for field in finding.fields]
            if not wrong.intersection(names):
                from hpc.checks.report import diagnose

                first, *others = names
                yield diagnose(
                    document,
                    finding.code,
                    finding.severity,
                    finding.message,
                    first,
                    related=others,
                    at_key=finding.code == "HPC401",
                    help_=finding.help,
                )


def _portal(document: Document, wrong: frozenset[str]) -> Iterator[Diagnostic]:
    from hpc.checks.fields import is_valid
    from hpc.checks.report import diagnose
    from hpc.checks.words import listing, show

    for name, value in document.values.items():
        limit = properties().get(name, {}).get("x-portal")
        if limit is None or name in wrong:
            continue
        if not is_valid(value, {**limit, "type": properties()[name]["type"]}):
            allowed = listing(limit["enum"] if "enum" in limit else [limit["const"]])
            message = f"`{name}` is {show(value)}, but the platform allows only {allowed}"
            yield diagnose(document, "HPC601", "error", message, name)
