"""``hpc ask``: the model of a run answers a question, or one after the other."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from hpc.children import call
from hpc.here import not_installed
from hpc.rules import refused
from hpc_disk.runs import answering, is_run


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("run", metavar="RUN", help="the output folder of a run")
    parser.add_argument("question", nargs="?", metavar="QUESTION", help="what to ask (without it, you are prompted)")
    parser.add_argument("--base", action="store_true", help="ask the base model, as it was before the training")
    parser.add_argument(
        "--max-tokens", type=_positive, default=512, metavar="N", help="the longest answer, in tokens (512)"
    )


def _positive(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"{text} is not a positive integer")
    return int(text)


def run(arguments: argparse.Namespace) -> int:
    """Ask, in a process of its own: this one never imports torch."""
    folder = Path(arguments.run)
    if not is_run(folder):
        raise refused("HPC730", f"{folder} is not the output folder of a run", "name the output folder of a run")
    chosen = answering(folder, base=arguments.base)
    if chosen is None:
        raise refused("HPC731", f"{folder} has no trained model yet")
    if missing := not_installed():
        raise refused("HPC550", f"`hpc ask` needs packages that are not installed: {', '.join(missing)}")
    command = [sys.executable, "-m", "hpc_runner.asking", "--tokenizer", chosen.tokenizer, "--plan", chosen.plan]
    command += ["--max-tokens", str(arguments.max_tokens)]
    command += ["--adapter", chosen.adapter] if chosen.adapter else []
    words = [chosen.model, *([arguments.question] if arguments.question else [])]
    return call([*command, "--", *words])
