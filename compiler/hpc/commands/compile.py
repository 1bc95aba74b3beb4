"""``hpc compile``: a config becomes files."""

from __future__ import annotations

import argparse
import os
import shlex
import sys
from collections.abc import Sequence

from hpc.check import check
from hpc.commands.folder import refuse_odd
from hpc.commands.printing import ERRORS, GOOD, report, say
from hpc.compile import Artifact, Compilation, compile_job, select
from hpc.diagnostics import Diagnostic, HpcError
from hpc.source import read
from hpc.source.for_option import FOR, for_releases
from hpc.targets.registry import NAMES, ON_REQUEST


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("file", metavar="FILE", help="the config; - for standard input, in JSON")
    parser.add_argument(
        "--emit",
        action="append",
        default=[],
        metavar="NAME",
        help=f"print or write only this artifact; repeatable. The artifacts are {', '.join(NAMES)}",
    )
    parser.add_argument("-o", "--output", metavar="DIR", help="write the files into this folder")
    parser.add_argument("--check", action="store_true", help="write nothing; check whether the folder is up to date")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="override a field; repeatable")
    parser.add_argument("--for", dest="set", action="append", type=for_releases, metavar="RELEASES", help=FOR)


def run(arguments: argparse.Namespace) -> int:
    """Print one artifact, or write several into a folder, or compare them with it."""
    document = read(arguments.file)
    if arguments.set:
        from hpc.source.option import override

        document = override(document, arguments.set)
    job = check(document, disk="ignored")
    compilation = compile_job(job)
    chosen = select(compilation, arguments.emit)
    report(job.diagnostics, job.texts)
    folder = f"build/{compilation.config.name}" if arguments.output is None else arguments.output
    refuse_odd(folder, job.document.file)
    if arguments.check:
        return _compare(arguments, folder, compilation, chosen)
    if any(artifact.name in ON_REQUEST for artifact in chosen):
        _show_plan(compilation)
    if arguments.output is None and len(chosen) == 1:
        sys.stdout.write(chosen[0].text)
        return GOOD
    from hpc.write import write_artifacts

    _refuse_itself(job.document.file, folder, chosen)
    for path in write_artifacts(folder, chosen):
        say(path)
    return GOOD


def _show_plan(compilation: Compilation) -> None:
    """What the cluster is asked for: the steps and the memory, on standard error."""
    from hpc.forecast.devices import named
    from hpc.forecast.forecast import Asked, forecast
    from hpc.forecast.text import for_cluster

    found = forecast(compilation.config, Asked(device=named("100000")))
    print("\n".join(for_cluster(compilation.config, found)), file=sys.stderr)


def _is_same(one: str, other: str) -> bool:
    try:
        return os.path.samefile(one, other)  # noqa: PTH121 (pathlib is slow to import)
    except (OSError, ValueError):  # One of them is not there, or cannot be reached: writing will say so.
        return False


def _refuse_itself(file: str, folder: str, artifacts: Sequence[Artifact]) -> None:
    """A config called plan.json must not be replaced by what it compiles to."""
    for artifact in artifacts:
        if _is_same(f"{folder}/{artifact.name}", file):
            message = f"this would overwrite the config itself, {file}"
            help_ = "write to another folder, or rename the config"
            raise HpcError(Diagnostic("HPC706", "error", message, file, help=help_))


def _compare(
    arguments: argparse.Namespace, folder: str, compilation: Compilation, artifacts: Sequence[Artifact]
) -> int:
    from hpc.current import differences, surplus

    # A folder may also have files that were compiled on request; with --emit only the named files count.
    stale = list(differences(folder, compilation, artifacts, only=bool(arguments.emit)))
    extra = [] if arguments.emit else surplus(folder, compilation)
    sys.stdout.writelines(difference.text for difference in stale)
    sys.stdout.writelines(f"{path}: this config no longer produces it\n" for path in extra)
    what_to_do = [f"run {command}" for command in _commands(arguments, folder, [d.artifact for d in stale])]
    what_to_do += [f"delete {shlex.join(extra)}"] if extra else []
    if what_to_do:
        say(f"{folder} is out of date with {arguments.file}; {' and '.join(what_to_do)} to update it")
    return ERRORS if what_to_do else GOOD


def _commands(arguments: argparse.Namespace, folder: str, stale: Sequence[str]) -> list[str]:
    """The commands that write the stale artifacts: what is compiled on request must be named."""
    start = ["hpc", "compile", arguments.file, *(word for option in arguments.set for word in ("--set", option))]
    named = arguments.emit or [name for name in stale if name in ON_REQUEST]
    found = []
    if not arguments.emit and set(stale) - ON_REQUEST:
        found.append(shlex.join([*start, "-o", folder]))
    if stale and named:
        found.append(shlex.join([*start, *(word for name in named for word in ("--emit", name)), "-o", folder]))
    return found
