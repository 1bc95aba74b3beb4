"""A text of the page as a document, also while there is nothing in it yet."""

from __future__ import annotations

from hpc.diagnostics import HpcError
from hpc.source import parse
from hpc.source.document import Document, Format

EMPTY = "HPC008"


def editable(text: str, format_: Format, file: str) -> Document:
    """The document that the form edits. YAML and TOML without any key have no braces to stand for an empty job.

    Raises:
        HpcError: HPC007 to HPC028, but for an empty YAML or TOML text.
    """
    try:
        return parse(text, format_, file)
    except HpcError as error:
        if format_ in ("yaml", "toml") and {d.code for d in error.diagnostics} == {EMPTY}:
            return Document(file, format_, text, {}, lambda _: {})
        raise
