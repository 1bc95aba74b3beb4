"""``hpc doctor``: everything that would stop this job on this machine, before anything is loaded."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from typing import Final

from hpc.commands.output import ERRORS, GOOD, show
from hpc.commands.run import summary
from hpc.diagnostics import in_file_order
from hpc.here import absent_packages, ask_runner, ready_to_run
from hpc.source import read
from hpc.source.option import override

FORMATS: Final = ("full", "json")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("file", metavar="FILE", help="the config; - for standard input")
    parser.add_argument("--format", choices=FORMATS, default="full", help="output format (full)")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="override a field; repeatable")


def run(arguments: argparse.Namespace) -> int:
    """Examine the config, the disk and the machine, and show everything that was found."""
    job = ready_to_run(override(read(arguments.file), arguments.set))
    if job.compiles and not absent_packages(job):
        known = {(d.code, d.pointer) for d in job.diagnostics}
        more = [d for d in ask_runner(job) if (d.code, d.pointer) not in known]
        job = replace(job, diagnostics=in_file_order([*job.diagnostics, *more]))
    show(sys.stdout, job.diagnostics, job.texts, arguments.format)
    if arguments.format == "full" and not job.errors:
        print(f"{summary(job.config)}\nReady to train on this machine.")
    return ERRORS if job.errors else GOOD
