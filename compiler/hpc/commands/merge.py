"""``hpc merge``: merge a run's adapter, or a plain adapter folder, into its base model."""

from __future__ import annotations

import argparse
import sys

from hpc.children import call
from hpc.commands.folder import refuse_odd
from hpc.diagnostics import Diagnostic, HpcError
from hpc.rules import rule_of
from hpc_disk.models.merging import judge_merge, plan_merge
from hpc_disk.problems import Problem


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("run", metavar="RUN", help="the output folder of a LoRA run, or a folder with an adapter")
    parser.add_argument("-o", "--output", metavar="FOLDER", help="write the merged model there (default: RUN/merged)")
    parser.add_argument("--set", type=_base, metavar="model=BASE", help="merge into another base model")


def run(arguments: argparse.Namespace) -> int:
    """Merge."""
    if arguments.output is not None:
        refuse_odd(arguments.output, arguments.run)
    merge = plan_merge(arguments.run, arguments.output, arguments.set)
    problems = [merge] if isinstance(merge, Problem) else list(judge_merge(merge))
    if problems:
        raise HpcError(*map(_diagnostic, problems))
    assert not isinstance(merge, Problem)
    parts = [str(merge.adapter), merge.base, str(merge.target)]
    return call([sys.executable, "-m", "hpc_runner.merging", *parts])


def _base(setting: str) -> str:
    """The base model of ``--set model=BASE``."""
    name, _, value = setting.partition("=")
    if name != "model" or not value:
        raise argparse.ArgumentTypeError("only model can be set here: --set model=BASE")
    return value


def _diagnostic(problem: Problem) -> Diagnostic:
    help_ = problem.help or rule_of(problem.code).help
    return Diagnostic(problem.code, "error", problem.message, "", help=help_)
