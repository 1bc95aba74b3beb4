"""``hpc schema``: print the schema, or set up an editor with it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Final

from hpc.commands.printing import GOOD
from hpc_schema import SCHEMA_FILE

EDITORS: Final = ("vscode", "tombi", "other")
AFTERWARDS: Final = {
    "vscode": "Configs named train_* or *.hpc.* are now completed and checked as you type (YAML: Red Hat's extension).",
    "tombi": "Configs named train_*.toml or *.hpc.toml are now completed and checked in every editor that runs Tombi.",
    "other": """\
Every editor finds the schema if the first line of a config names it, as a path relative to the config's folder:
  JSON  {"$schema": "./.hpc/hpc.schema.json",
  YAML  # yaml-language-server: $schema=./.hpc/hpc.schema.json
  TOML  #:schema ./.hpc/hpc.schema.json""",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("--install", choices=EDITORS, help="set up this editor instead of printing the schema")
    parser.add_argument("folder", nargs="?", default=".", metavar="FOLDER", help="the folder to set up (.)")


def run(arguments: argparse.Namespace) -> int:
    """Print the schema, byte for byte; or write what the editor needs."""
    if arguments.install is None:
        sys.stdout.write(Path(SCHEMA_FILE).read_text(encoding="utf-8"))
        return GOOD
    from hpc.editors import install

    for path, changed in install(arguments.install, arguments.folder):
        print(f"{path}: {'written' if changed else 'already set up'}")
    print(AFTERWARDS[arguments.install])
    return GOOD
