"""A config in another format: the same values in the same order, with the comments where the format has them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from hpc.source.document import Document, Format, Place
from hpc.source.encode import encode, encode_key

STRING: Final = r"\"(?:\\.|[^\"\\])*\"|'[^']*'"
COMMENTS: Final = {
    "jsonc": re.compile(rf"{STRING}|(//[^\r\n]*|/\*.*?\*/)", re.DOTALL),
    "yaml": re.compile(rf"{STRING}|((?<!\S)#[^\r\n]*)"),
    "toml": re.compile(rf"{STRING}|(#[^\r\n]*)"),
}
COMMENTS["json"] = COMMENTS["jsonc"]
NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")
EMPTY_LINE: Final = re.compile(r"\n[ \t]*\r?\n")


@dataclass(frozen=True)
class Converted:
    """A text in its new format, and how many comments it could not take along."""

    text: str
    lost: int


@dataclass(frozen=True)
class ConfigLine:
    """A line of a config: an entry (without its comma), a comment, or nothing; and the comment that ends it."""

    entry: str = ""
    comment: str = ""


def convert(document: Document, format_: Format) -> Converted:
    """The document as a text of another format.

    Raises:
        ValueError: the format has no such value (null in TOML).
    """
    lines = list(_lines(document, format_))
    lost = sum(bool(line.comment) for line in lines) if format_ == "json" else 0
    if format_ == "json":
        lines = [ConfigLine(line.entry) for line in lines if line.entry or not line.comment]
    mark = "//" if format_ == "jsonc" else "#"
    if format_ in ("yaml", "toml"):
        written = [_joined(line.entry, line.comment, mark) for line in lines] if document.values else ["{}"]
        return Converted(_text(written), lost)
    head, body = _head(lines)
    last = max((number for number, line in enumerate(body) if line.entry), default=-1)
    entries = [f"{line.entry}," if line.entry and number != last else line.entry for number, line in enumerate(body)]
    inner = [_joined(entry, line.comment, mark) for entry, line in zip(entries, body, strict=True)]
    written = [*(_joined("", line.comment, mark) for line in head), "{", *(f"  {line}".rstrip() for line in inner), "}"]
    return Converted(_text(written), lost)


def _text(lines: list[str]) -> str:
    """The lines, never two empty ones after each other and none at an end."""
    text = re.sub(r"\n{3,}", "\n\n", "\n".join(lines).strip("\n"))
    return re.sub(r"\{\n\n", "{\n", re.sub(r"\n\n\}$", "\n}", text)) + "\n"


def _joined(entry: str, comment: str, mark: str) -> str:
    return "  ".join(filter(None, (entry, f"{mark} {comment}".rstrip() if comment else "")))


def _head(lines: list[ConfigLine]) -> tuple[list[ConfigLine], list[ConfigLine]]:
    """Comments before an empty line at the start belong to the file, and stand before its brace."""
    for number, line in enumerate(lines):
        if line.entry:
            break
        if not line.comment and number:
            return lines[:number], lines[number + 1 :]
    return [], lines


def _lines(document: Document, format_: Format) -> Iterator[ConfigLine]:
    text, end = document.text, 0
    places = sorted(document.places.items(), key=lambda item: item[1].key.start)
    entry = ""
    for key, place in places:
        yield from _between(document, entry, text[end : place.key.start])
        yield from _inside(document, place, document.values[key])
        sign = " = " if format_ == "toml" else ": "
        entry = encode_key(format_, key) + sign + _value(document, place, document.values[key], format_)
        end = max(end, place.value.end)
    yield from _between(document, entry, text[end:])


def _between(document: Document, entry: str, gap: str) -> Iterator[ConfigLine]:
    """The entry before a gap with the comment on its line, then the gap's other comments and empty lines."""
    first, position = True, 0
    for match in COMMENTS[document.format].finditer(gap):
        if not match[1]:
            continue
        before, position = gap[position : match.start()], match.end()
        words = _words(match[1])
        if first and entry and "\n" not in before and len(words) == 1:
            yield ConfigLine(entry, words[0])
        else:
            yield from [ConfigLine(entry)] if first and entry else []
            yield from [ConfigLine()] if EMPTY_LINE.search(before) else []
            yield from (ConfigLine(comment=word) for word in words)
        first = False
    yield from [ConfigLine(entry)] if first and entry else []
    yield from [ConfigLine()] if EMPTY_LINE.search(gap[position:]) else []


def _inside(document: Document, place: Place, value: Any) -> Iterator[ConfigLine]:
    """Comments between a key and its value, and within a list: they move in front of the entry."""
    stop = place.value.end if isinstance(value, list | dict) else place.value.start
    for match in COMMENTS[document.format].finditer(document.text, place.key.end, stop):
        yield from (ConfigLine(comment=word) for word in _words(match[1] or ""))


def _words(comment: str) -> list[str]:
    """The lines of a comment without its marks."""
    bare = re.sub(r"^(//|#|/\*)|\*/$", "", comment)
    words = [
        re.sub(r"^\s*\*?\s?" if comment.startswith("/*") else r"^ ", "", line).rstrip() for line in bare.split("\n")
    ]
    return [word for word in words if word]


def _value(document: Document, place: Place, value: Any, format_: Format) -> str:
    """A number keeps its spelling."""
    written = document.text[place.value.start : place.value.end]
    if isinstance(value, int | float) and not isinstance(value, bool) and NUMBER.fullmatch(written):
        return written
    return encode(format_, value)
