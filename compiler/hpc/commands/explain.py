"""``hpc explain``: a compiled value and its cause, a field and its effects, a rule by its code."""

from __future__ import annotations

import argparse
import re
import sys

from hpc.commands.output import GOOD
from hpc.explain import explain, explain_rule


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument(
        "what",
        nargs="+",
        metavar="FILE THING | CODE",
        help="a config and a field or ARTIFACT:KEY; or the code of a rule",
    )
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="override a field; repeatable")


def run(arguments: argparse.Namespace) -> int:
    """Print the explanation."""
    if len(arguments.what) == 1 and re.fullmatch(r"(?i)hpc\d+", arguments.what[0]):
        sys.stdout.write(explain_rule(arguments.what[0]))
        return GOOD
    from hpc.compile import compile_document
    from hpc.source import read
    from hpc.source.option import override

    file, *things = arguments.what
    compilation = compile_document(override(read(file), arguments.set))
    for thing in things or compilation.config.values:
        sys.stdout.write(explain(compilation, thing))
    return GOOD
