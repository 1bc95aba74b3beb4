"""``hpc compile``: a config becomes files."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from hpc.check import check
from hpc.commands.output import ERRORS, GOOD, report
from hpc.compile import Artifact, Compilation, compile_job, select
from hpc.diagnostics import Diagnostic, HpcError
from hpc.source import read
from hpc.source.option import override


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("file", metavar="FILE", help="the config; - for standard input")
    parser.add_argument(
        "--emit",
        action="append",
        default=[],
        metavar="NAME",
        help="print or write only this artifact; repeatable",
    )
    parser.add_argument("-o", "--output", metavar="DIR", help="write the files into this folder")
    parser.add_argument("--check", action="store_true", help="write nothing; check whether the folder is up to date")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="override a field; repeatable")


def run(arguments: argparse.Namespace) -> int:
    """Print one artifact, or write several into a folder, or compare them with it."""
    job = check(override(read(arguments.file), arguments.set), disk="ignored")
    compilation = compile_job(job)
    chosen = select(compilation, arguments.emit)
    report(job.diagnostics, job.texts)
    folder = arguments.output or f"build/{compilation.config.name}"
    if arguments.check:
        return _compare(folder, compilation, chosen)
    if arguments.output is None and len(chosen) == 1:
        sys.stdout.write(chosen[0].text)
        return GOOD
    from hpc.write import write_artifacts

    _refuse_itself(job.document.file, folder, chosen)
    for path in write_artifacts(folder, chosen):
        print(path)
    return GOOD


def _refuse_itself(file: str, folder: str, artifacts: Sequence[Artifact]) -> None:
    """A config called plan.json must not be replaced by what it compiles to."""
    for artifact in artifacts:
        target = Path(folder, artifact.name)
        if target.exists() and Path(file).exists() and target.samefile(file):
            message = f"this would overwrite the config itself, {file}"
            help_ = "write to another folder, or rename the config"
            raise HpcError(Diagnostic("HPC706", "error", message, file, help=help_))


def _compare(folder: str, compilation: Compilation, artifacts: Sequence[Artifact]) -> int:
    from hpc.current import differences

    found = list(differences(folder, compilation, artifacts))
    sys.stdout.writelines(found)
    if not found:
        return GOOD
    file = compilation.config.file
    print(f"{folder} is out of date with {file}; run hpc compile {file} -o {folder} to update it")
    return ERRORS
