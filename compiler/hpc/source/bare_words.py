"""Unquoted words that are not values in JSON or TOML: what the writer probably meant."""

from __future__ import annotations

import json
import re
from typing import Final

from hpc.source.problem import Fault, edit, shorten

_SPELLINGS: Final = {
    "true": ("True", "TRUE", "yes", "Yes", "on", "On"),
    "false": ("False", "FALSE", "no", "No", "off", "Off"),
}
_NOTHING: Final = frozenset(("None", "Null", "NULL", "nil", "undefined", "~"))
_MEANT: Final = {spelling: word for word, spellings in _SPELLINGS.items() for spelling in spellings}
_TYPOGRAPHIC: Final = "“”„‟«»‘’‚‛‹›"
_NOT_FINITE: Final = re.compile(r"[-+]?\.?(nan|inf|infinity)", re.IGNORECASE)
_LOOSE_NUMBER: Final = re.compile(r"([-+]?)(?=\.?[0-9])([0-9_]*)(\.[0-9_]*)?([eE][-+]?[0-9]+)?")


def problem(word: str, start: int, key: str | None) -> Fault:
    """What to say about a word at ``start`` that should have been a value."""
    span = (start, start + len(word))
    if _NOT_FINITE.fullmatch(word):
        return Fault("HPC018", f"`{word}` is not a usable number", *span, key=key)
    if number := _plain_number(word):
        message = f"the number `{shorten(word)}` is written in a form that the format does not allow"
        fix = edit(f"write `{number}`", *span, number)
        return Fault("HPC015", message, *span, f"write `{number}`", key, fix=fix)
    if word in _NOTHING:
        help_text = "remove the key to get its default"
        return Fault("HPC013", f"`{word}` is not a value", *span, help_text, key)
    if word in _MEANT:
        return _spelling(word, _MEANT[word], span, key)
    return unquoted(word, start, key)


def is_number(word: str) -> bool:
    """Whether a number is meant: one that is not finite, or in a looser notation."""
    return bool(_NOT_FINITE.fullmatch(word) or _plain_number(word))


def _spelling(word: str, meant: str, span: tuple[int, int], key: str | None) -> Fault:
    """A word for true or false. ``no`` is also a value of some keys: only sure spellings get a fix."""
    sure = word.lower() == meant
    fix = edit(f"write `{meant}`", *span, meant) if sure else None
    help_text = f"write `{meant}`" if sure else f'write `{meant}`, or "{word}" if a string is meant'
    return Fault("HPC013", f"`{word}` is not a value", *span, help_text, key, fix=fix)


def unquoted(word: str, start: int, key: str | None) -> Fault:
    """A word, key or value, that needs double quotes: also instead of those that an editor for prose writes."""
    quoted = json.dumps(word.strip(_TYPOGRAPHIC) or word, ensure_ascii=False)
    end = start + len(word)
    message = f"`{shorten(word)}` needs double quotes"
    fix = edit("put it in double quotes", start, end, quoted)
    return Fault("HPC013", message, start, end, f"write {shorten(quoted)}", key, fix=fix)


def _plain_number(word: str) -> str | None:
    """The word as a JSON number, when it is a number in a looser notation."""
    if not (match := _LOOSE_NUMBER.fullmatch(word)):
        return None
    sign, whole, fraction, exponent = (part or "" for part in match.groups())
    digits = whole.replace("_", "").lstrip("0") or "0"
    fraction = fraction.replace("_", "")
    return sign.replace("+", "") + digits + (fraction + "0" if fraction == "." else fraction) + exponent
