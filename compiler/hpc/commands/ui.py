"""``hpc ui``: the form and the JSON mode in the browser."""

from __future__ import annotations

import argparse
import sys

from hpc.commands.printing import GOOD, UNUSABLE


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("file", nargs="?", metavar="FILE", help="the config to open, inside the current folder")
    parser.add_argument("--port", type=_port, metavar="PORT", help="the port on 127.0.0.1 (8471, or a free one)")
    parser.add_argument("--no-browser", action="store_true", help="print the address without opening a browser")


def _port(text: str) -> int:
    if not text.isdecimal() or len(text) > 5 or not 0 < int(text) < 65536:
        raise argparse.ArgumentTypeError(f"{text[:20]} is not a port; write a number from 1 to 65535")
    return int(text)


def run(arguments: argparse.Namespace) -> int:
    """Serve the page until Ctrl-C."""
    try:
        from hpc_ui.configs import Refused, format_of, inside
        from hpc_ui.serve import serve
    except ModuleNotFoundError as missing:
        print(f"hpc ui needs the package {missing.name}; in a clone of hpc, run: pip install '.[ui]'", file=sys.stderr)
        return UNUSABLE
    try:
        if arguments.file:
            format_of(inside(arguments.file))
        serve(arguments.file, arguments.port, browser=not arguments.no_browser)
    except Refused as error:
        print(f"hpc ui: {error}", file=sys.stderr)
        return UNUSABLE
    except OSError as error:
        print(f"hpc ui: port {arguments.port}: {error.strerror or error}", file=sys.stderr)
        return UNUSABLE
    return GOOD
