"""What libyaml says about a text that is not YAML, in the user's words."""

from __future__ import annotations

import re
from typing import Any, Final

from hpc.source.problem import Fault

# libyaml takes quadratic time over many %TAG lines, so they are looked for before it sees the text.
_DIRECTIVE: Final = re.compile(r"^%(?!YAML )[^\r\n]*", re.MULTILINE)
_TOKEN: Final = re.compile(r"[^\s,\[\]{}]*")
# A part of libyaml's message → what hpc says, and what to do.
_MESSAGES: Final = {
    "mapping values are not allowed": (
        "a `:` is not allowed here",
        "put quotes around a value that contains `: `, or give all keys the same indentation",
    ),
    "could not find expected ':'": ("`:` is missing after a key", "write `key: value`"),
    "cannot start any token": (
        "a value cannot begin with `CHARACTER`",
        "put the value in quotes",
    ),
    "unexpected end of stream": ("the string is never closed", "add the closing quote"),
    "expected <block end>": ("the indentation changes here", "begin each key at the start of its line"),
    "expected ',' or": ("`,` or the closing bracket is missing here", "add it"),
    "expected <document start>": ("a key with its value is expected here", "write `key: value`"),
}


def directive(text: str) -> Fault | None:
    """A ``%TAG`` or another directive."""
    found = _DIRECTIVE.search(text)
    return found and Fault("HPC023", "YAML directives are not supported", *found.span(), "delete this line")


def token(text: str, start: int) -> str:
    """The characters from ``start`` up to a blank or a bracket."""
    return _TOKEN.match(text, start)[0]  # type: ignore[index]  # it matches nothing too


def problem(error: Any, text: str, key: str | None) -> Fault:
    """The problem that a ``yaml.YAMLError`` stands for."""
    what = getattr(error, "problem", None) or "it cannot be understood"
    start = _offset(getattr(error, "problem_mark", None), text)
    opened = _offset(getattr(error, "context_mark", None), text)
    if "escape" in what:
        start = max(text.rfind("\\", opened, start + 1), 0)
        half = "invalid Unicode" in what
        message = "this string contains half of a character" if half else "this is not a valid YAML escape"
        return Fault("HPC019" if half else "HPC020", message, start, min(start + 2, len(text)), key=key)
    if text.startswith("\t", start) and "token" in what:
        return Fault("HPC025", "a tab is used as indentation", start, start + 1, key=key)
    if "end of stream" in what or "could not find expected" in what:
        start = opened
    message, help_text = next((words for part, words in _MESSAGES.items() if part in what), (f"not YAML: {what}", ""))
    message = message.replace("CHARACTER", text[start : start + 1])
    related = ((f"`{text[opened : opened + 1]}` is opened here", opened, opened + 1),) if "bracket" in message else ()
    return Fault("HPC010", message, start, min(start + 1, len(text)), help_text, key, related)


def _offset(mark: Any, text: str) -> int:
    return min(mark.index, len(text)) if mark else 0
