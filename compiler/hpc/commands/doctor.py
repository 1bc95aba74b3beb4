"""``hpc doctor``: everything that would stop this job on this machine, before anything is loaded."""

from __future__ import annotations

import argparse
import sys
from typing import Final

from hpc.commands.output import ERRORS, GOOD, show
from hpc.commands.run import summary
from hpc.compile import override
from hpc.diagnostics import in_file_order
from hpc.here import ask_runner, compiles, examine
from hpc.resolve import resolve
from hpc.source import read

FORMATS: Final = ("full", "json")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("file", metavar="FILE", help="the config; - for standard input")
    parser.add_argument("--format", choices=FORMATS, default="full", help="output format (full)")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="override a field; repeatable")


def run(arguments: argparse.Namespace) -> int:
    """Examine the config, the disk and the machine, and show everything that was found."""
    document = override(read(arguments.file), arguments.set)
    found = examine(document)
    if compiles(found):
        known = {(d.code, d.pointer) for d in found}
        found += [d for d in ask_runner(document) if (d.code, d.pointer) not in known]
    show(sys.stdout, in_file_order(found), {document.file: document.text}, arguments.format)
    bad = any(d.severity == "error" for d in found)
    if arguments.format == "full" and not bad:
        print(f"{summary(resolve(document))}\nReady to train on this machine.")
    return ERRORS if bad else GOOD
