"""JSON Schema as editors read it: in a pattern, ``$`` is the end of the text, also before a line break."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from jsonschema import Draft7Validator, ValidationError
from jsonschema.validators import extend

DOLLAR: Final = re.compile(r"(?<!\\)\$")


def _pattern(_validator: Any, pattern: str, value: Any, _schema: Any) -> Iterator[ValidationError]:
    if isinstance(value, str) and not re.search(DOLLAR.sub(r"\\Z", pattern), value):
        yield ValidationError(f"{value!r} does not match {pattern!r}")


Validator: Final = extend(Draft7Validator, {"pattern": _pattern})
"""Draft 7, where Python's own ``$`` would let a line break pass at the end."""
