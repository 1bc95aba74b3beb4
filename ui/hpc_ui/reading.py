"""A text of the page as a document, even while it is empty."""

from __future__ import annotations

from hpc.diagnostics import HpcError
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
        if format_ in ("yaml", "toml") and {d.code for d in error.diagnostics} == {EMPTY}:
            return Document(file, format_, text, {}, lambda _: {})
        raise
