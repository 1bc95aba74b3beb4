"""Reading: a path becomes a document, or an error that says where the text is wrong.

Only the JSON reader is imported at once; the others when a file of their format is read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, partial
from typing import IO, Any, Final, Protocol

from hpc.source import json_reader
from hpc.source.document import Document, Format, Place
from hpc.source.load import load_file, load_stdin
from hpc.source.problem import Entries, Fault, FaultyText

__all__ = ["Document", "Format", "Place", "check_visible", "parse", "read"]

# Control characters, line breaks that only some formats know (NEL, LS, PS), code points that are not characters.
_INVISIBLE: Final = "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]"
_INVISIBLE_ASCII: Final = "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"  # compiled twenty times faster


class Reader(Protocol):
    """One format."""

    def parse(self, text: str) -> tuple[dict[str, Any], Entries]:
        """The values of a text, and its entries when somebody asks for their places; raises ``FaultyText``."""


def read(path: str, stdin: IO[Any] | None = None) -> Document:
    """Read a config; its format follows from the extension.

    ``-`` is standard input (``stdin``, or the process's own): JSON with comments, shown as ``<stdin>``.

    Raises:
        HpcError: HPC001 to HPC028; a ``SourceError``, which also holds the text as far as it was read.
    """
    if path == "-":
        return parse(load_stdin(stdin), "jsonc", "<stdin>")
    name, format_, text = load_file(path)
    return parse(text, format_, name)


def parse(text: str, format_: Format, file: str, *, aliases: bool = False, last: bool = False) -> Document:
    """The document that a text is; ``file`` is its name in diagnostics.

    ``aliases``: YAML may repeat values by aliases, as the files of other tools do. ``last``: keys may be written twice,
    too (YAML, and JSON as far as it is YAML), and the last value counts.

    Raises:
        HpcError: HPC007 to HPC028.
    """
    reader = _reader(format_, aliases=aliases)
    check_visible(text, file)
    try:
        values, entries = _parse_last(text) if last else reader.parse(text)
        _check_nul(values, entries)
    except FaultyText as error:
        from hpc.source.source_error import as_error

        raise as_error(file, text, error.problems) from None
    return Document(file, format_, text, values, cache(partial(_locate, text, entries)))


def _parse_last(text: str) -> tuple[dict[str, Any], Entries]:
    from hpc.source.yaml_aliases import parse_last

    return parse_last(text)


def check_visible(text: str, file: str) -> None:
    """Raise HPC007 where a character cannot be seen."""
    if found := re.search(_INVISIBLE_ASCII if text.isascii() else _INVISIBLE, text):
        from hpc.source.source_error import as_error

        message = f"invisible character U+{ord(found[0]):04X}"
        raise as_error(file, text, [Fault("HPC007", message, *found.span())])


def _check_nul(values: Mapping[str, Any], entries: Entries) -> None:
    """Every format can write a NUL as an escape; no path, no argument and no library takes one."""
    held = {key for key, value in values.items() if isinstance(value, str) and "\0" in value}
    if held:
        message, help_ = "this string contains a NUL character", "delete the NUL"
        found = [entry for entry in entries() if entry.key in held]
        raise FaultyText(*(Fault("HPC007", message, e.start, e.end, help_, e.key) for e in found))


def _locate(text: str, entries: Entries) -> Mapping[str, Place]:
    from hpc.source.source_error import Places

    return Places(text, entries())


def _reader(format_: Format, *, aliases: bool) -> Reader:
    if aliases and format_ == "yaml":
        from hpc.source import yaml_aliases

        return yaml_aliases
    if format_ == "json":
        return json_reader
    if format_ == "jsonc":
        from hpc.source import jsonc_reader

        return jsonc_reader
    if format_ == "yaml":
        from hpc.source import yaml_reader

        return yaml_reader
    from hpc.source import toml_reader

    return toml_reader
