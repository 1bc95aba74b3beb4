"""Values as text of each format."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from math import isfinite
from typing import Any, Final

from hpc.source.document import Format

# Characters that one of the formats rejects inside quotes, or that cannot be seen.
# It is compiled when the first value is shown: a good config shows none.
_ESCAPED: Final = "[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]"
_JSON: Final = json.JSONEncoder(ensure_ascii=False).encode
_EXPONENT: Final = re.compile(r"e([-+]?)0*(?=[0-9])")
_PLAIN: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:[-./][A-Za-z0-9_]+)*")
_BARE_KEY: Final = re.compile(r"[A-Za-z0-9_-]+")
# Words that YAML 1.1 readers take for booleans and null: hpc does not, other tools do.
_YAML_WORDS: Final = frozenset(["y", "n", "yes", "no", "on", "off", "true", "false", "null"])


def encode(format_: Format, value: Any) -> str:
    """The value as one line of text in this format.

    Raises:
        ValueError: the format has no such value (NaN, infinity; null in TOML).
    """
    if isinstance(value, str):
        return value if format_ == "yaml" and _is_plain(value) else quoted(value)
    return _encode(format_, value)


def encode_key(format_: Format, key: str) -> str:
    """The key as it is written before the colon or equals sign."""
    bare = (format_ == "toml" and _BARE_KEY.fullmatch(key)) or (format_ == "yaml" and _is_plain(key))
    return key if bare else quoted(key)


def quoted(text: str) -> str:
    """Text in double quotes, as JSON, YAML and TOML all read it."""
    escaped = _JSON(text)
    if escaped.isascii() and "\x7f" not in escaped:
        return escaped
    return re.sub(_ESCAPED, lambda found: f"\\u{ord(found[0]):04x}", escaped)


def _is_plain(text: str) -> bool:
    return bool(_PLAIN.fullmatch(text)) and text.lower() not in _YAML_WORDS


def _encode(format_: Format, value: Any) -> str:
    if value is None and format_ == "toml":
        raise ValueError("TOML has no null")
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, float):
        return _real(value)
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, Mapping):
        return _mapping(format_, value)
    return "[" + ", ".join(_encode(format_, item) for item in value) + "]"


def _mapping(format_: Format, value: Mapping[str, Any]) -> str:
    equals = " = " if format_ == "toml" else ": "
    return "{" + ", ".join(f"{quoted(key)}{equals}{_encode(format_, item)}" for key, item in value.items()) + "}"


def _real(value: float) -> str:
    """The shortest decimal that reads back equal: ``1e-5`` rather than Python's ``1e-05``."""
    if not isfinite(value):
        raise ValueError("not a finite number")
    return _EXPONENT.sub(r"e\1", repr(value)).replace("e+", "e")
