"""A config that another tool wrote (HPC107): one thing is said of it, and none of its keys."""

from __future__ import annotations

from typing import Final

from hpc.diagnostics import Diagnostic
from hpc.source.document import Document
from hpc_schema import properties

FOREIGN: Final = "HPC107"
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
