"""``hpc runs``: the runs in a folder, newest first, a line each."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

from hpc.commands.printing import GOOD
from hpc.render.screen import printable
from hpc.rules import refused
from hpc_disk import runs
from hpc_disk.runs import Run, time_taken

COLUMNS: Final = ("FOLDER", "CONFIG", "STATE", "STEPS", "LOSS", "TIME", "RESULT")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("folder", nargs="?", default=".", metavar="FOLDER", help="where to look for runs (.)")
    parser.add_argument("--format", choices=("full", "json"), default="full", help="output format (full)")


def run(arguments: argparse.Namespace) -> int:
    """Print what is known of each run."""
    folder = Path(arguments.folder)
    if not folder.is_dir():
        raise refused("HPC001", f"the folder `{folder}` does not exist", "name a folder with runs", str(folder))
    paths = list(runs.find(folder))
    found = sorted(map(runs.describe, paths[: runs.MOST]), key=lambda known: -known.started)
    if len(paths) > runs.MOST:
        print(f"hpc: only the first {runs.MOST} runs are listed; name a folder with fewer", file=sys.stderr)
    if arguments.format == "json":
        print(json.dumps([asdict(known) for known in found], indent=2, ensure_ascii=False))
    else:
        print(_table([COLUMNS, *map(_row, found)]) if found else printable(_none(folder)))
    return GOOD


def _none(folder: Path) -> str:
    return "No runs in the current folder." if folder == Path() else f"No runs in {folder}."


def _row(known: Run) -> tuple[str, ...]:
    loss = "-" if known.loss is None else f"{known.loss:.4f}"
    texts = (known.folder, known.config, known.state, str(known.steps), loss, time_taken(known.seconds))
    return tuple(printable(text) for text in (*texts, known.result or "-"))


def _table(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)
