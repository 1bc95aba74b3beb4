"""A page in Markdown on a screen: lines break at blanks, and what is in a code block stays as it is."""

from __future__ import annotations

from textwrap import wrap


def wrapped(page: str, width: int) -> str:
    """The page with lines of at most ``width`` characters; words are never broken, so that they can be copied."""
    lines: list[str] = []
    in_code = False
    for line in page.splitlines():
        in_code ^= line.startswith("```")
        indent = "  " if line.startswith("- ") else ""
        broken = wrap(line, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
        lines += [line] if in_code or not broken else broken
    return "\n".join(lines) + "\n"
