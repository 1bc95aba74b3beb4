"""A new key in a config, at its place in the order of the schema; comments stay next to their keys."""

from __future__ import annotations

import re
from typing import Any, Final

from hpc.diagnostics import Edit
from hpc.edit import remove_key, set_value
from hpc.source.document import Document, Place
from hpc.source.encode import encode, encode_key
from hpc_schema import properties

_REST_OF_LINE: Final = {
    "json": re.compile(r"[ \t]*,?(?:[ \t]*(?://[^\r\n]*|/\*[^\r\n]*?\*/))*[ \t]*(?=[\r\n])"),
    "yaml": re.compile(r"[ \t]*,?[ \t]*(?:#[^\r\n]*)?(?=[\r\n]|\Z)"),
}
_REST_OF_LINE["jsonc"], _REST_OF_LINE["toml"] = _REST_OF_LINE["json"], _REST_OF_LINE["yaml"]
_SKIP: Final = re.compile(r"(?:\s|//[^\r\n]*|/\*.*?\*/|#[^\r\n]*)*", re.DOTALL)


def put(document: Document, key: str, value: Any) -> tuple[Edit, ...]:
    """Write a value: in place where the key is written, as a new key otherwise."""
    if key in document.places:
        return set_value(document, key, value)
    pair = _pair(document, key, value)
    if not _in_braces(document):
        return (_on_its_own_line(document, key, pair),)
    anchor = _anchor(document, key)
    return _first_in_braces(document, pair) if anchor is None else _after(document, anchor, pair)


def drop(document: Document, key: str) -> tuple[Edit, ...]:
    """Remove a key, if it is there."""
    return remove_key(document, key) if key in document.places else ()


def _pair(document: Document, key: str, value: Any) -> str:
    sign = " = " if document.format == "toml" else ": "
    return encode_key(document.format, key) + sign + encode(document.format, value)


def _in_braces(document: Document) -> bool:
    if document.format != "yaml":
        return document.format != "toml"
    return document.text.startswith("{", _start(document.text))


def _start(text: str, position: int = 0) -> int:
    """The next character that is neither blank nor in a comment."""
    found = _SKIP.match(text, position)
    return found.end() if found else position


def _anchor(document: Document, key: str) -> Place | None:
    """The written key that comes closest before this one in the schema."""
    order = list(properties())
    before = order[: order.index(key)] if key in order else order
    return next((document.places[name] for name in reversed(before) if name in document.places), None)


def _on_its_own_line(document: Document, key: str, pair: str) -> Edit:
    anchor = _anchor(document, key)
    if anchor is not None:
        end = _end_of_line(document, anchor.value.end) or anchor.value.end
        return Edit(end, end, f"\n{pair}")
    first = min((p.key.start for p in document.places.values()), default=len(document.text))
    start = document.text.rfind("\n", 0, first) + 1 if document.places else first
    return Edit(start, start, f"{pair}\n")


def _after(document: Document, anchor: Place, pair: str) -> tuple[Edit, ...]:
    end = anchor.value.end
    line_end = _end_of_line(document, end)
    if line_end is None:
        return (Edit(end, end, f", {pair}"),)
    fresh = f"\n{_indent(document)}{pair}"
    comma = _start(document.text, end)
    if comma < line_end and document.text[comma] == ",":
        return (Edit(line_end, line_end, f"{fresh},"),)
    return (Edit(end, end, ","), Edit(line_end, line_end, fresh))


def _first_in_braces(document: Document, pair: str) -> tuple[Edit, ...]:
    brace = _start(document.text) + 1
    if not document.places:
        closes = document.text.startswith("}", brace)
        return (Edit(brace, brace, f"\n  {pair}" + ("\n" if closes else "")),)
    line_end = _end_of_line(document, brace)
    if line_end is None:
        first = min(place.key.start for place in document.places.values())
        return (Edit(first, first, f"{pair}, "),)
    return (Edit(line_end, line_end, f"\n{_indent(document)}{pair},"),)


def _end_of_line(document: Document, position: int) -> int | None:
    """The end of the line when nothing but a comma and a comment follows; None when there is more on it."""
    found = _REST_OF_LINE[document.format].match(document.text, position)
    return found.end() if found else None


def _indent(document: Document) -> str:
    first = min(place.key.start for place in document.places.values())
    line = document.text.rfind("\n", 0, first) + 1
    before = document.text[line:first]
    return before if not before.strip() else "  "
