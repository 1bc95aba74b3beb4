"""``hpc validate``: everything that is wrong with configs, where it stands."""

from __future__ import annotations

import argparse
import sys

from hpc.check import check
from hpc.commands.output import exit_code
from hpc.diagnostics import Diagnostic, HpcError, in_file_order, strict
from hpc.render import FORMATS, renderer
from hpc.source import read


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("files", nargs="+", metavar="FILE", help="configs; - for standard input")
    parser.add_argument("--format", choices=FORMATS, default="full", help="how to show what was found (full)")
    parser.add_argument("--strict", action="store_true", help="warnings count as errors")
    parser.add_argument("--portal", action="store_true", help="report what the platform itself would refuse, too")


def run(arguments: argparse.Namespace) -> int:
    """Check every file and show all that was found."""
    found: list[Diagnostic] = []
    texts = {}
    for file in arguments.files:
        try:
            document = read(file)
        except HpcError as error:
            found += error.diagnostics
            continue
        texts[document.file] = document.text
        found += check(document, portal=arguments.portal)
    found = in_file_order(strict(found) if arguments.strict else found)
    sys.stdout.write(renderer(arguments.format)(found, texts))
    return exit_code(found)
