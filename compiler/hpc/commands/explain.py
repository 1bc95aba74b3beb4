"""``hpc explain``: a compiled value and its cause, a field and its effects, a rule by its code."""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

from hpc.commands.printing import GOOD
from hpc.explain import EXPLAINED, explain, explain_field, explain_rule, overview
from hpc.render.page import wrapped
from hpc.render.screen import screen_of
from hpc.rules import refused
from hpc.source.for_option import FOR, for_releases
from hpc_schema.fields import BY_NAME


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument(
        "what",
        nargs="+",
        metavar="FILE [FIELD | ARTIFACT:KEY]… | FIELD | CODE",
        help="a config, alone or with fields or compiled values in it; a field alone; or the code of a rule",
    )
    parser.add_argument("--all", action="store_true", help="also show fields without effect, and files without a field")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="override a field; repeatable")
    parser.add_argument("--for", dest="set", action="append", type=for_releases, metavar="RELEASES", help=FOR)


def run(arguments: argparse.Namespace) -> int:
    """Print the explanation."""
    file, *things = arguments.what
    if not things and _is_code(file):
        return _show(explain_rule(file))
    if not things and _is_field(file):
        return _show(explain_field(file))
    if not things and _is_value(file):
        raise refused("HPC707", f"{file} is a value of a config", f"name the config: hpc explain train.json {file}")
    from hpc.compile import compile_document
    from hpc.source import read
    from hpc.source.option import override

    compilation = compile_document(override(read(file), arguments.set))
    sys.stdout.writelines(explain(compilation, thing) for thing in things)
    if not things:
        sys.stdout.write(overview(compilation, everything=arguments.all))
    return GOOD


def _is_code(word: str) -> bool:
    return bool(re.fullmatch(r"(?i)hpc\d+", word))


def _is_field(word: str) -> bool:
    """A field's name, or a word that can only be a misspelled one: no file has it, and files have an extension."""
    return word in BY_NAME or (re.fullmatch(r"[\w-]*\w", word) is not None and not Path(word).exists())


def _is_value(word: str) -> bool:
    """A compiled value, whose config was forgotten."""
    return word.partition(":")[0] in EXPLAINED and ":" in word and not Path(word).exists()


def _show(page: str) -> int:
    sys.stdout.write(wrapped(page, screen_of(sys.stdout).width))
    return GOOD
