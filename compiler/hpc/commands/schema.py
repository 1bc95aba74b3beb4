"""``hpc schema``: print the schema, or set an editor up with it."""

from __future__ import annotations

import argparse
import sys

from hpc.commands.output import GOOD
from hpc_schema import SCHEMA_FILE


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""


def run(arguments: argparse.Namespace) -> int:  # noqa: ARG001 (a command's form)
    """Print the schema, byte for byte."""
    sys.stdout.write(SCHEMA_FILE.read_text(encoding="utf-8"))
    return GOOD
