"""A value on the command line: ``--set KEY=VALUE`` is read as the same entry of a JSON file would be."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, Final

from hpc.diagnostics import HpcError
from hpc.source import check_visible, parse
from hpc.source.document import Document
from hpc.source.source_error import SourceError, without_place

_NOT_TEXT: Final = re.compile("[\ud800-\udfff]")
"""How Python holds the bytes of an argument that are not UTF-8."""


def override(document: Document, options: Sequence[str]) -> Document:
    """The document with ``--set KEY=VALUE`` options applied; what a file may not contain is rejected."""
    values, typed = dict(document.values), dict(document.overrides)
    for option in options:
        key, equals, text = option.partition("=")
        if not equals or not key:
            from hpc.rules import refused

            raise refused("HPC703", f"`--set {option}` is not KEY=VALUE")
        values[key] = read_value(key, text)
        typed[key] = f"--set {option}"
    return document._replace(values=values, overrides=typed)


def read_value(key: str, text: str) -> Any:
    """The value: JSON, or else a string.

    Raises:
        HpcError: HPC006 to HPC021, as for a file; the option takes the place of the file.
    """
    name = f"--set {key}={text}"
    if found := _NOT_TEXT.search(name):
        byte = f"the byte 0x{ord(found[0]) & 0xFF:02x} is not UTF-8"
        raise without_place("HPC006", byte, _NOT_TEXT.sub("\ufffd", name), "write the option in UTF-8")
    written = text if _is_json(text) else json.dumps(text, ensure_ascii=False)
    try:
        check_visible(text, name)
        return parse(f"{{{json.dumps(key)}: {written}}}", "json", name).values[key]
    except HpcError as error:
        # The places are those of the JSON around the value, which the user has not written.
        raise SourceError(*(d._replace(span=None, related=(), fix=None) for d in error.diagnostics)) from None


def _is_json(text: str) -> bool:
    """Whether the text has the form of JSON; not yet whether it can be used."""
    try:
        json.loads(text, parse_int=str, parse_float=str)
    except ValueError:
        return False
    except RecursionError:
        pass
    return True
