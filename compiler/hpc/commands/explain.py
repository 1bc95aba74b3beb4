"""``hpc explain``: a compiled value and its cause, a field and its effects, a rule by its code."""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

from hpc.commands.printing import GOOD
from hpc.diagnostics import HpcError
from hpc.explain import EXPLAINED, explain, explain_field, explain_rule, overview
from hpc.render.page import wrapped
from hpc.render.screen import screen_of
from hpc.rules import refused
from hpc.source.for_option import FOR, for_releases
from hpc_schema.fields import BY_NAME


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.usage = "hpc explain [options] CONFIG [FIELD | ARTIFACT:KEY ...]\n       hpc explain FIELD | CODE"
    parser.add_argument(
        "what",
        nargs="+",
        metavar="WHAT",
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
        raise _without_config(file)
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
    """A compiled value or file, whose config was forgotten."""
    return word.partition(":")[0] in EXPLAINED and not Path(word).exists()


def _without_config(word: str) -> HpcError:
    name, _, key = word.partition(":")
    help_ = f"name the config: hpc explain train.json {name}:{key or 'KEY'}"
    return refused("HPC707", f"{word} is {'a value of' if key else 'compiled from'} a config", help_)


def _show(page: str) -> int:
    sys.stdout.write(wrapped(page, screen_of(sys.stdout).width))
    return GOOD
