"""Buttons for what a diagnostic's help suggests: each is tried, and offered only where it takes the problem away."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import count
from typing import Any, Final

from hpc.check import check
from hpc.diagnostics import Diagnostic, Edit, Fix, HpcError
from hpc.edit import apply, is_safe
from hpc.insert import drop, put
from hpc.resolve import resolve
from hpc.rules import all_rules
from hpc.source import parse
from hpc.source.document import Document
from hpc_disk.files import kind
from hpc_schema import fields as f
from hpc_schema import properties

MOST: Final = 12
"""Diagnostics of a text that get suggestions: each one costs a few checks."""
READ: Final = 200_000
"""Characters that may be read again for them: a large text, which is hardly a config, gets fewer or none."""
CHOICES: Final = 4
PAIR: Final = re.compile(r"[\"`](\w+)[\"`]: (\"[^\"]*\"|[-\w.+]+)")
SETTING: Final = re.compile(r"\b(\w+): (\"[^\"]*\"|[-\d.e]+|true|false)")
VALUE: Final = re.compile(r"\"[^\"]*\"|-?\d[\w.+-]*|\btrue\b|\bfalse\b")

MEANT: Final = re.compile(r"did you mean `(\w+)`")

Changes = dict[str, Any]


def suggested(document: Document, found: Diagnostic, before: list[Diagnostic]) -> Iterator[Fix]:
    """What would take a diagnostic away, besides its safe fix."""
    field = found.pointer[1:]
    told = Counts(before)
    done = 0
    for changes in _ideas(document, found, field):
        edits = _edits(document, changes)
        if edits and done < CHOICES and told.helped(document, edits, found):
            done += 1
            yield Fix(_words(changes), edits)


class Counts:
    """The errors before a change, to compare with those after it."""

    def __init__(self, before: list[Diagnostic]) -> None:
        self.errors = sum(d.severity == "error" for d in before)

    def helped(self, document: Document, edits: tuple[Edit, ...], found: Diagnostic) -> bool:
        """Whether the problem is gone and no other has come."""
        try:
            after = check(parse(apply(document.text, edits), document.format, document.file)).diagnostics
        except HpcError:
            return False
        gone = all((d.code, d.pointer) != (found.code, found.pointer) for d in after)
        return gone and sum(d.severity == "error" for d in after) <= self.errors - (found.severity == "error")


def _ideas(document: Document, found: Diagnostic, field: str) -> Iterator[Changes]:
    """Field to value, or to None for a key to remove; the sentences of a help that are alternatives, one by one."""
    known = properties()
    for part in re.split(r",? or |; ", found.help):
        pairs = {name: _value(text) for name, text in (*PAIR.findall(part), *SETTING.findall(part)) if name in known}
        if pairs:
            yield pairs
    if field in known:
        for text in VALUE.findall(PAIR.sub("", found.help)):
            yield {field: _value(text)}
        if field in document.values and ("remove" in found.help or is_of(found.code, "effect")):
            yield {field: None}
    elif field in document.values:
        if meant := MEANT.search(found.help):
            yield {field: None, meant[1]: document.values[field]}
        yield {field: None}


def is_of(code: str, kind: str) -> bool:
    """Whether a code's rule is of a kind."""
    rule = all_rules().get(code)
    return rule is not None and rule.kind == kind


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text.strip('"')


def _edits(document: Document, changes: Changes) -> tuple[Edit, ...]:
    """The edits of all changes; empty where one of them would take a comment along."""
    edits: list[Edit] = []
    for name, value in changes.items():
        if name in document.places and not is_safe(document, name):
            return ()
        try:
            edits += drop(document, name) if value is None else put(document, name, value)
        except ValueError:
            return ()
    return tuple(edits)


def _words(changes: Changes) -> str:
    """What a button says."""
    written = [
        f"`{name}` to {json.dumps(value, ensure_ascii=False)}" for name, value in changes.items() if value is not None
    ]
    removed = [f"`{name}`" for name, value in changes.items() if value is None]
    if written and removed:
        return f"rename it to {written[0].split(' ')[0]}"
    return f"remove {removed[0]}" if removed else f"set {' and '.join(written)}"


def ways_on(document: Document) -> tuple[Fix, ...]:
    """What to do where the output folder holds a run already: go on with it, or leave it alone."""
    folder = resolve(document)[f.output_dir].rstrip("/")
    free = next(name for number in count(2) if kind(name := f"{folder}-{number}") is None)
    return (
        Fix("resume it", put(document, f.resume_from_checkpoint.name, True)),
        Fix(f"use the new folder `{free}`", put(document, f.output_dir.name, free)),
    )


def with_suggestions(document: Document, found: list[Diagnostic]) -> list[tuple[Diagnostic, tuple[Fix, ...]]]:
    """Each diagnostic with its buttons, the safe fix first."""
    most = min(MOST, READ // (len(document.text) + 1))
    return [
        (d, (d.fix,) if d.fix else tuple(suggested(document, d, found)) if number < most else ())
        for number, d in enumerate(found)
    ]
