"""A config that another tool wrote (HPC107): one thing is said of it, and none of its keys."""

from __future__ import annotations

from typing import Final

from hpc.diagnostics import Diagnostic, HpcError
from hpc.source import parse
from hpc.source.document import Document
from hpc_schema import properties

FOREIGN: Final = "HPC107"
REPEATED: Final = {"HPC017", "HPC022"}
"""Keys and values that are repeated: other tools' files may do so."""
FEWEST: Final = 3
"""One or two foreign keys in a config of hpc are answered one by one."""


def foreign_config(document: Document) -> Diagnostic | None:
    """HPC107, or None for a config of hpc."""
    written = {key for key in document.values if key not in document.overrides}
    if len(written - properties().keys()) < FEWEST:
        return None
    from hpc.importers.tools import foreign  # The tables of all tools.

    tool = foreign(written)
    if tool is None:
        return None
    message = f"this is a config of {tool.title}"
    help_ = f"run `hpc import {document.file} -o train.yaml`"
    return Diagnostic(FOREIGN, "error", message, document.file, document.start, help=help_)


def said_once(error: HpcError) -> HpcError:
    """HPC107 in place of what is wrong with a text only by hpc's rules; else the error itself."""
    if not error.texts or not {found.code for found in error.diagnostics} <= REPEATED:
        return error
    (file, text), *_ = error.texts.items()
    try:
        document = parse(text, "yaml", file, aliases=True, last=True)  # JSON is YAML, too.
    except HpcError:
        return error
    found = foreign_config(document)
    return HpcError(found, texts=error.texts) if found else error
