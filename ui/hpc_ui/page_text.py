"""A text of the page as a document, even while it is empty."""

from __future__ import annotations

from collections.abc import Sequence

from hpc.diagnostics import Diagnostic, HpcError
from hpc.source import parse
from hpc.source.document import Document, Format

EMPTY = "HPC008"


def editable(text: str, format_: Format, file: str) -> Document:
    """The document that the form edits. In YAML and TOML an empty job is an empty text, without braces.

    Raises:
        HpcError: HPC007 to HPC028, except for an empty YAML or TOML text.
    """
    try:
        return parse(text, format_, file)
    except HpcError as error:
        if (document := while_empty(text, format_, file, error.diagnostics)) is None:
            raise
        return document


def while_empty(text: str, format_: Format, file: str, unreadable: Sequence[Diagnostic]) -> Document | None:
    """The empty job that a YAML or TOML text without any key stands for; None where the text is wrong otherwise."""
    if format_ in ("yaml", "toml") and {found.code for found in unreadable} == {EMPTY}:
        return Document(file, format_, text, {}, dict)
    return None
