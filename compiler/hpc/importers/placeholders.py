"""A config that is a template: ``{{ name }}`` where a value will be, ``{% if … %}`` around lines."""

from __future__ import annotations

import re
from typing import Final

from hpc.source.document import Format

TEMPLATE: Final = "the source is a template: hpc took all of its conditions as true, and asks for what it fills in"
_STATEMENT: Final = re.compile(r"^([ \t]*)\{[%#].*[%#]\}[ \t]*$", re.MULTILINE)
_VALUE: Final = re.compile(
    r"^([ \t]*(?:- )?(?:[\w.-]+:[ \t]+|- ))([^\s'\"#|>\[&*][^\n#]*?)([ \t]+#.*|[ \t]*)$", re.MULTILINE
)


def without_templates(text: str, format_: Format) -> str | None:
    """The same lines as YAML that can be read, or None for what is no template."""
    if format_ != "yaml" or not ("{{" in text or "{%" in text):
        return None
    filled = _VALUE.sub(_quoted, _STATEMENT.sub(r"\1#", text))
    return None if filled == text else filled


def _quoted(match: re.Match[str]) -> str:
    """A value with a placeholder is a text."""
    if "{{" not in match[2]:
        return match[0]
    text = match[2].replace("'", "''")
    return f"{match[1]}'{text}'{match[3]}"
