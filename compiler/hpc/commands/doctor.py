"""``hpc doctor``: everything that would stop this job on this machine, before anything is loaded."""

from __future__ import annotations

import argparse
import sys
from typing import Final

from hpc.arguments import number_of_rows
from hpc.checks.disk.needs import needs_of
from hpc.commands.plan import existing
from hpc.commands.printing import exit_code, say, show
from hpc.commands.run import summary
from hpc.forecast.forecast import Asked, Forecast, forecast
from hpc.forecast.text import advice, brief
from hpc.here import examine
from hpc.job import Job
from hpc.source import read
from hpc.source.option import override
from hpc_disk.hub import uncached

FORMATS: Final = ("full", "json")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("file", metavar="FILE", help="the config; - for standard input, in JSON")
    parser.add_argument("--format", choices=FORMATS, default="full", help="output format (full)")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="override a field; repeatable")
    parser.add_argument("--skip-bad-rows", action="store_true", help="as for hpc run: skip malformed rows")
    parser.add_argument("--overwrite", action="store_true", help="as for hpc run: discard an earlier run")
    parser.add_argument("--model-config", metavar="FILE", help="as for hpc plan: a config.json to use for the model")
    parser.add_argument(
        "--sample", type=number_of_rows, metavar="N", help="check only the first N rows of each file (all)"
    )


def conclusion(job: Job, found: Forecast, sample: int | None) -> str:
    """What holds where there is no error; nothing is ready that was not looked at."""
    unchecked = [f"`{problem.subject}` (not in the cache)" for problem in uncached(needs_of(job.config))]
    if found.memory is None:
        unchecked.append(f"whether the job fits into the memory ({found.unknown})")
    if unchecked:
        return f"No errors. Not checked: {', '.join(unchecked)}."
    if sample:
        return f"Ready to train on this machine, as far as the first {sample} rows of each file tell."
    return "Ready to train on this machine."


def run(arguments: argparse.Namespace) -> int:
    """Examine the config, the disk and the machine, and show everything that was found."""
    asked = {name: getattr(arguments, name) for name in ("skip_bad_rows", "overwrite", "sample")}
    plan = Asked(model_config_file=existing(arguments.model_config))
    job = examine(override(read(arguments.file), arguments.set), plan=plan, **asked)
    show(sys.stdout, job.diagnostics, job.texts, arguments.format)
    if arguments.format == "full" and not job.errors:
        found = forecast(job.config, plan)  # Again: by now the runner has counted the tokens of the rows.
        said = [summary(job.config), *brief(job.config, found), *advice(found)]
        say(*said, conclusion(job, found, arguments.sample))
    return exit_code(job.diagnostics)
