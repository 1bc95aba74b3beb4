"""``hpc import``: a config of another tool becomes one of hpc, and every key of it is accounted for."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Final

from hpc.commands.init import format_of, write_new
from hpc.commands.printing import ERRORS, GOOD, report
from hpc.diagnostics import Diagnostic, HpcError
from hpc.importers.command_line import read_source
from hpc.importers.reading import Import, import_source
from hpc.importers.render import to_json, to_text
from hpc.importers.source import Source, load
from hpc.importers.tool import Tool
from hpc.importers.tools import BY_NAME, recognize

FORMATS: Final = ("full", "json")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("file", metavar="FILE", help="the other tool's config or shell script; - for standard input")
    parser.add_argument(
        "--from", dest="tool", choices=tuple(BY_NAME), metavar="TOOL", help=f"its tool: {', '.join(BY_NAME)}"
    )
    parser.add_argument("-o", "--output", metavar="FILE", help="the config to write, in the format of its extension")
    parser.add_argument("--accept-losses", action="store_true", help="write it even if settings are lost")
    parser.add_argument("--format", choices=FORMATS, default="full", help="a commented config, or one JSON object")


def run(arguments: argparse.Namespace) -> int:
    """Print or write the config. 0: nothing is lost, or the losses are accepted; 1: something is lost."""
    name, text = load(arguments.file)
    source = read_source(text, name)
    done = import_source(source, _tool(source, arguments.tool))
    refused = bool(done.losses) and not arguments.accept_losses
    if arguments.format == "json":
        sys.stdout.write(to_json(done))
    elif arguments.output is None:
        sys.stdout.write(to_text(done, "yaml"))
    _report(done, accepted=arguments.accept_losses, quiet=arguments.format == "json")
    if arguments.output is not None and not refused:
        path = Path(arguments.output)
        write_new(path, to_text(done, format_of(path)))
        print(f"{path}: check it, then run: hpc validate {path}", file=sys.stderr)
    return ERRORS if refused else GOOD


def _tool(source: Source, name: str | None) -> Tool:
    tool = BY_NAME[name] if name else recognize(source.values, source.command)
    if tool is None:
        message = "this is not a config of a tool that hpc imports"
        help_ = f"hpc imports {', '.join(BY_NAME)}: name the tool with --from, or check the file"
        raise HpcError(Diagnostic("HPC710", "error", message, source.file, help=help_))
    return tool


def _report(done: Import, *, accepted: bool, quiet: bool) -> None:
    """Each loss where it stands; they are in the JSON already."""
    if quiet:
        return
    found = [
        Diagnostic(
            "HPC109",
            "warning" if accepted else "error",
            f"`{key}` is lost: {outcome.why}",
            done.source.file,
            done.source.places.get(key),
            f"/{key}",
            outcome.instead,
        )
        for key, outcome in done.losses.items()
    ]
    report(found, {done.source.file: done.source.text})
