"""``hpc init``: a recipe becomes a config with comments to start from."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Final

from hpc.commands.printing import GOOD, UNUSABLE, say
from hpc.diagnostics import Diagnostic, HpcError
from hpc.recipes import RECIPES
from hpc.source.document import Format
from hpc.source.load import FORMATS

COMMENTED: Final = ("jsonc", "yaml", "toml", "json")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("recipe", metavar="RECIPE", nargs="?", help=", ".join(RECIPES))
    where = parser.add_mutually_exclusive_group()
    where.add_argument(
        "-o", "--output", metavar="FILE", help="the file to write, in the format of its extension; - prints"
    )
    where.add_argument("--format", choices=COMMENTED, default="jsonc", help="the format of RECIPE.FORMAT (jsonc)")


def run(arguments: argparse.Namespace) -> int:
    """Write the starting config, and say what comes next."""
    if arguments.recipe is None:
        print(f"hpc init: error: name a recipe: {', '.join(RECIPES)}", file=sys.stderr)
        return UNUSABLE
    recipe = _known(arguments.recipe)
    path = Path(arguments.output or f"{recipe}.{arguments.format}")
    from hpc.starter import starting_config

    if str(path) == "-":
        sys.stdout.write(starting_config(recipe, "jsonc"))
        return GOOD
    write_new(path, starting_config(recipe, format_of(path)))
    say(f"{path}: edit the model and data paths, then run: hpc validate {path}")
    return GOOD


def _known(recipe: str) -> str:
    if recipe in RECIPES:
        return recipe
    from hpc.checks.words import nearest
    from hpc.rules import refused

    near = nearest(recipe, RECIPES)
    hint = f"did you mean {near}?" if near else f"the recipes are {', '.join(RECIPES)}"
    raise refused("HPC708", f"unknown recipe {recipe}", hint)


def format_of(path: Path) -> Format:
    """The format that the extension names; raises HPC004."""
    if format_ := FORMATS.get(path.suffix.lower()):
        return format_
    message = f"hpc does not read `{path.suffix or path.name}` files; it reads {', '.join(FORMATS)}"
    raise HpcError(Diagnostic("HPC004", "error", message, str(path), help="give the file one of these extensions"))


def write_new(path: Path, text: str) -> None:
    """Write a file that is not there yet; raises HPC705."""
    if path.is_symlink() or path.exists():
        hint = "write to another file with -o, or move this one"
        raise HpcError(Diagnostic("HPC705", "error", "the file already exists", str(path), help=hint))
    from hpc.edit import write_atomic

    write_atomic(str(path), text)
