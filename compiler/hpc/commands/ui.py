"""``hpc ui``: the form and the JSON mode in the browser."""

from __future__ import annotations

import argparse
import sys

from hpc.commands.output import GOOD, UNUSABLE


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("file", nargs="?", metavar="FILE", help="the config to open, inside the current folder")
    parser.add_argument("--port", type=int, help="the port on 127.0.0.1 (8471, or a free one)")
    parser.add_argument("--no-browser", action="store_true", help="print the address without opening a browser")


def run(arguments: argparse.Namespace) -> int:
    """Serve the page until Ctrl-C."""
    try:
        from hpc_ui.files import Refused, format_of, inside
        from hpc_ui.serve import serve
    except ModuleNotFoundError as missing:
        print(f"hpc ui needs the package {missing.name}; in a clone of hpc, run: pip install '.[ui]'", file=sys.stderr)
        return UNUSABLE
    try:
        if arguments.file:
            format_of(inside(arguments.file))
        serve(arguments.file, arguments.port, browser=not arguments.no_browser)
    except (Refused, OSError) as error:
        print(f"hpc ui: {error}", file=sys.stderr)
        return UNUSABLE
    return GOOD
