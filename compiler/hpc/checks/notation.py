"""Settings that a text names, written as the format of the config writes them."""

import json
import re
from typing import Final

from hpc.source.document import Format
from hpc.source.encode import encode
from hpc_schema import properties

_VALUE: Final = r'"(?:[^"\\]|\\.)*"|\[[^][]*\]|-?\d+(?:\.\d+)?(?:e[-+]?\d+)?|true|false|null'
_SETTING: Final = rf'\{{[^{{}}]*\}}|(?<!`)"(\w+)": ({_VALUE})'
"""A setting, or an object in braces: a row of the user's data, which stays as it is."""
_EQUALS: Final = {"yaml": ": ", "toml": " = "}


def in_notation(text: str, format_: Format) -> str:
    """The text with its ``"key": value`` pairs as YAML or TOML writes them; JSON is how texts are written already."""
    equals = _EQUALS.get(format_)
    return re.sub(_SETTING, lambda found: _written(found, format_, equals), text) if equals else text


def _written(found: re.Match[str], format_: Format, equals: str) -> str:
    """One pair; as it was where it is no setting, or where this format has no such value."""
    key, value = found.groups()
    if key is None or key not in properties():
        return found[0]
    try:
        return f"`{key}{equals}{encode(format_, json.loads(value))}`"
    except ValueError:
        return found[0]
