"""Edits of a config that keep its comments and its formatting, in every format."""

from __future__ import annotations

import codecs
import errno
import json
import os
import re
import secrets
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from hpc.diagnostics import Edit, HpcError
from hpc.source.document import Document, Place
from hpc.source.encode import encode, encode_key
from hpc.source.load import shown

__all__ = ["apply", "encode", "is_safe", "remove_key", "rename_key", "set_value", "write_atomic"]

# A comment up to the end of its line, with the line break that ends it.
_SLASHES: Final = re.compile(r"//[^\r\n]*(?:\r\n|\n|\r|\Z)|/\*.*?\*/", re.DOTALL)
_HASH: Final = re.compile(r"#[^\r\n]*(?:\r\n|\n|\r|\Z)")
_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,17})(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")
_BLANK: Final = re.compile(r"[ \t\r\n]*")
_SPACES: Final = re.compile(r"[ \t]*")
_END_OF_LINE: Final = re.compile(r"[ \t]*(?:\r\n|\n|\r|\Z)")


def is_safe(document: Document, key: str) -> bool:
    """Whether a key's value can be replaced or removed with nothing else in it: a list may have comments inside."""
    value = document.places[key].value
    text = document.text[value.start : value.end]
    if text[:1] in "\"'" and "\n" not in text:
        return True
    marks = ("//", "/*") if document.format in ("json", "jsonc") else ("#",)
    return not any(mark in text for mark in marks)


def set_value(document: Document, key: str, value: Any) -> tuple[Edit, ...]:
    """Write another value for a key that the document has. A number in quotes stays as it is written in them."""
    place = document.places[key]
    text = _as_written(document.values[key], value) or encode(document.format, value)
    if document.format == "yaml":
        empty = place.value.start == place.value.end
        # A list may begin at the column of its key; a plain value must be indented.
        below = place.value.line > place.key.line and place.value.column <= place.key.column
        text = " " + text if empty else "  " + text if below else text
    return (Edit(place.value.start, place.value.end, text),)


def _as_written(old: Any, new: Any) -> str | None:
    """The text of a number that was written as a string: ``"3e-4"`` becomes ``3e-4``, and not 0.0003."""
    if not isinstance(old, str) or isinstance(new, bool) or not isinstance(new, int | float):
        return None
    text = old.strip().removeprefix("+").replace("_", "")
    text = text.lstrip("0") if len(text) > 1 and text[:2].isdecimal() else text
    text = f"0{text}" if text.startswith(".") else text
    read = json.loads(text) if _NUMBER.fullmatch(text) else None
    return text if read == new and type(read) is type(new) else None


def rename_key(document: Document, key: str, new: str) -> tuple[Edit, ...]:
    """Give a key another name; its value stays."""
    place = document.places[key].key
    return (Edit(place.start, place.end, encode_key(document.format, new)),)


def remove_key(document: Document, key: str) -> tuple[Edit, ...]:
    """Take a key out, with its value, its comma and its line; comments around it stay.

    The only key of a YAML document leaves ``{}`` behind.
    """
    if _has_commas(document):
        return _remove_between_commas(document, document.places[key])
    place = document.places[key]
    if document.format == "yaml" and len(document.places) == 1:
        return (Edit(place.key.start, place.value.end, "{}"),)
    comments = list(_HASH.finditer(document.text, place.key.end, place.value.start))
    return tuple(_delete(document.text, place.key.start, place.value.end, comments))


def apply(text: str, edits: Iterable[Edit]) -> str:
    """The text with all edits made; where two overlap, the later is dropped."""
    pieces, position = [], 0
    for edit in sorted(edits, key=lambda e: (e.start, e.end)):
        if edit.start < position:
            continue
        pieces += [text[position : edit.start], edit.replacement]
        position = edit.end
    return "".join([*pieces, text[position:]])


def write_atomic(path: str, text: str, *, follow: bool = True) -> None:
    """Replace a file by the text, or leave it as it was: never a half-written one.

    A symbolic link is kept, and the file that it points to is replaced; without ``follow`` the link itself is. Mode,
    byte order mark and, where every line of the file ends in CRLF, those line ends are kept.

    Raises:
        HpcError: HPC029, the file cannot be written.
    """
    try:
        _replace(Path(os.path.realpath(path)) if follow else Path(path), text)
    except (OSError, ValueError) as error:
        raise _not_written(path, error) from None


def _has_commas(document: Document) -> bool:
    if document.format == "toml":
        return False
    if document.format != "yaml":
        return True
    first = min(place.key.start for place in document.places.values())
    before = _HASH.sub("", document.text[:first]).rstrip()
    return before.endswith("{")


def _remove_between_commas(document: Document, place: Place) -> tuple[Edit, ...]:
    text, start, end = document.text, place.key.start, place.value.end
    comment = _HASH if document.format == "yaml" else _SLASHES
    comma = _next_token(text, end, comment)
    last = not text.startswith(",", comma)
    if not last:
        end = comma + 1
    elif before := [other.value.end for other in document.places.values() if other.value.end <= start]:
        start = _next_token(text, max(before), comment)
    gaps = ((start, place.key.start), (place.key.end, place.value.start), (place.value.end, end))
    comments = [found for gap in gaps for found in comment.finditer(text, *gap)]
    return tuple(_delete(text, start, end, comments, with_blanks=not last))


def _next_token(text: str, position: int, comment: re.Pattern[str]) -> int:
    """The next character that is neither blank nor in a comment."""
    while True:
        position = _BLANK.match(text, position).end()  # type: ignore[union-attr]  # it matches nothing too
        if not (found := comment.match(text, position)):
            return position
        position = found.end()


def _delete(
    text: str, start: int, end: int, comments: Iterable[re.Match[str]], *, with_blanks: bool = True
) -> Iterator[Edit]:
    """Edits that delete ``start:end`` but its comments, and the lines that would be left blank."""
    for left, right in _pieces(start, end, comments):
        right = left + len(text[left:right].rstrip())
        line = max(text.rfind("\n", 0, left), text.rfind("\r", 0, left)) + 1
        rest = _END_OF_LINE.match(text, right)
        if left == right:
            continue
        if rest and not text[line:left].strip(" \t"):
            yield Edit(line, rest.end(), "")
        else:
            blanks = _SPACES.match(text, right)
            yield Edit(left, blanks.end() if blanks and with_blanks else right, "")


def _pieces(start: int, end: int, comments: Iterable[re.Match[str]]) -> Iterator[tuple[int, int]]:
    """What is left of ``start:end`` between the comments in it."""
    for comment in comments:
        yield start, comment.start()
        start = comment.end()
    yield start, end


def _replace(path: Path, text: str) -> None:
    """Write beside the file, then rename: the file system shows the old text or the new one."""
    exists = path.exists() and not path.is_symlink()
    if exists and not path.stat().st_mode & 0o222:
        raise PermissionError(errno.EACCES, "the file is read-only")
    data = _as_before(path.read_bytes(), text) if exists else text.encode()
    temporary = path.with_name(f".{path.name[:100]}.{secrets.token_hex(4)}.tmp")
    try:
        _write_new(temporary, data, path.stat().st_mode & 0o7777 if exists else None)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _write_new(path: Path, data: bytes, mode: int | None) -> None:
    """Write a file that gets its name only when it is whole, so that a kill leaves nothing behind."""
    try:
        descriptor = os.open(path.parent, os.O_TMPFILE | os.O_WRONLY, 0o666)
        _write(descriptor, data, mode, name=path)
    except (OSError, AttributeError):  # Another system, or a file system that has no files without a name.
        _write(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666), data, mode)


def _write(descriptor: int, data: bytes, mode: int | None, *, name: Path | None = None) -> None:
    with os.fdopen(descriptor, "wb") as stream:
        if mode is not None:
            os.fchmod(stream.fileno(), mode)
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
        if name:
            # With a folder's descriptor, because only then does Python have the link in /proc followed.
            os.link(f"/proc/self/fd/{stream.fileno()}", name, src_dir_fd=stream.fileno(), follow_symlinks=True)


def _as_before(old: bytes, text: str) -> bytes:
    """The text with the byte order mark and the line ends that the file had."""
    if b"\r\n" in old and old.count(b"\n") == old.count(b"\r\n"):
        text = re.sub(r"\r?\n", "\r\n", text)
    mark = codecs.BOM_UTF8 if old.startswith(codecs.BOM_UTF8) else b""
    return mark + text.encode()


def _not_written(path: str, error: OSError | ValueError) -> HpcError:
    from hpc.source.source_error import without_place

    reason = (error.strerror if isinstance(error, OSError) else str(error)) or "unknown reason"
    return without_place("HPC029", f"cannot be written: {reason[0].lower()}{reason[1:]}", shown(path))
