"""A file of another tool: its keys with their lines, and what the command around them says."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hpc.diagnostics import Diagnostic, HpcError, Span
from hpc.importers.placeholders import TEMPLATE, without_templates
from hpc.source import parse
from hpc.source.document import Document, Format
from hpc.source.load import FORMATS, SCRIPTS, load_stdin, load_text


@dataclass(frozen=True)
class Source:
    """``values`` by key, and the place of each key. ``command`` is the program that a script calls, in words.

    ``launch`` are fields that the launcher around the program decides, with the words that say so. ``repeated`` are the
    keys whose values others repeat by YAML's aliases.
    """

    file: str
    text: str
    values: Mapping[str, Any]
    places: Mapping[str, Span]
    command: tuple[str, ...] = ()
    launch: Mapping[str, tuple[Any, str]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    repeated: frozenset[str] = frozenset()

    @property
    def folder(self) -> Path:
        """Where the files that it names are looked for."""
        return Path(self.file).parent

    def line(self, key: str) -> int | None:
        """The line of a key, counted from 1."""
        span = self.places.get(key)
        return span.line if span else None


def load(path: str) -> tuple[str, str]:
    """The name to show and the text of a file, or of standard input for ``-``.

    Raises:
        HpcError: HPC001 to HPC006.
    """
    return ("<stdin>", load_stdin(None)) if path == "-" else load_text(path)


def read_config(text: str, file: str) -> Source | None:
    """The keys of a config; None for a script.

    Raises:
        HpcError: it cannot be read (HPC007 to HPC028).
    """
    format_ = FORMATS.get(Path(file).suffix.lower()) or _guess(text, file)
    if format_ is None:
        return None
    document, notes = _document(text, format_, file)
    places = {key: place.key for key, place in document.places.items()}
    return Source(file, text, document.values, places, notes=notes, repeated=frozenset(_repeated(text, places)))


def _document(text: str, format_: Format, file: str) -> tuple[Document, tuple[str, ...]]:
    """The document, with a note for each key that is written twice: of such keys other tools take the last value."""
    try:
        return parse(text, format_, file, aliases=True), ()
    except HpcError as error:
        if filled := without_templates(text, format_):
            document, notes = _document(filled, format_, file)
            return document, (TEMPLATE, *notes)
        if format_ == "toml" or any(each.code != "HPC017" for each in error.diagnostics):
            raise
        return parse(text, format_, file, aliases=True, last=True), tuple(map(_twice, error.diagnostics))


def _twice(found: Diagnostic) -> str:
    places = [found.related[0].span, found.span]
    lines = " and ".join(str(place.line) for place in places if place)
    return f"{found.message}, in lines {lines}: the last value counts, as PyYAML and Python's json read it"


def _repeated(text: str, places: Mapping[str, Span]) -> Iterator[str]:
    """The keys below which something is called ``&name`` that ``*name`` repeats."""
    named = set(re.findall(r"[\s,\[]\*(\w+)", text)) if "&" in text else set()
    lines = text.splitlines() if named else []
    starts = [*sorted({place.line for place in places.values()}), len(lines) + 1]
    for key, place in places.items() if named else ():
        after = starts[bisect_right(starts, place.line)]
        if named & set(re.findall(r"[\s:,\[]&(\w+)", "\n".join(lines[place.line - 1 : after - 1]))):
            yield key


def _guess(text: str, file: str) -> Format | None:
    """The format of a text without an extension; None for a script."""
    if Path(file).suffix.lower() in (*SCRIPTS, ".txt"):
        return None
    stripped = text.lstrip()
    if stripped.startswith(("{", "//", "/*")):
        return "jsonc"
    return None if stripped.startswith("#!") or " --" in stripped else "yaml"
