"""``hpc data``: the rows of a job as the model sees them, before it is trained."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any, Final

from hpc.arguments import number_of_rows
from hpc.check import check
from hpc.checks.disk.needs import needs_of
from hpc.commands.printing import ERRORS, GOOD
from hpc.diagnostics import HpcError
from hpc.here import SilentError, absent_packages, in_own_process
from hpc.job import Job
from hpc.rules import refused, rule_of
from hpc.source import parse, read
from hpc.source.document import Document
from hpc.source.option import override
from hpc_disk.hub import unreachable
from hpc_disk.seen import plain
from hpc_schema import properties

FORMATS: Final = ("full", "json")
CONFIGS: Final = (".yaml", ".yml", ".toml", ".jsonc")
SMALL: Final = 2**20
"""Bytes; a larger .json file is data."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("file", metavar="FILE", nargs="?", help="a config, or a file or folder of rows")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="override a field; repeatable")
    parser.add_argument("--eval", action="store_true", help="the evaluation data instead of the training data")
    parser.add_argument("--row", type=number_of_rows, metavar="N", help="show row N as the model sees it")
    parser.add_argument("--ids", action="store_true", help="with --row: also show the tokens by number")
    parser.add_argument("--sample", type=number_of_rows, metavar="N", help="look at the first N rows only")
    parser.add_argument("--picture", metavar="FILE.png", help="draw the lengths of the rows into a file")
    parser.add_argument("--skip-bad-rows", action="store_true", help="as for hpc run: skip malformed rows")
    parser.add_argument("--format", choices=FORMATS, default="full", help="output format (full)")
    parser.add_argument(
        "--cache",
        nargs="?",
        const="list",
        choices=("list", "clear"),
        help="list the tokenized rows of earlier runs (list), or remove them (clear)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Show the rows, and what is wrong with them."""
    if arguments.cache:
        from hpc.rows_cache import manage

        return manage(arguments.cache)
    if not arguments.file:
        print("hpc data: error: name a config, or a file or folder of rows; or use --cache", file=sys.stderr)
        return 2
    if arguments.ids and not arguments.row:
        print("hpc data: error: --ids shows the tokens of a row: add --row N", file=sys.stderr)
        return 2
    job = check(override(_document(arguments), arguments.set), disk="ignored")
    if job.errors:
        raise HpcError(*job.errors, texts=job.texts)
    answer = _answer(job, arguments)
    if answer is None:
        return 2
    for problem in answer["problems"]:
        problem["help"] = problem["help"] or rule_of(problem["code"]).help
    if arguments.format == "json":
        print(json.dumps(answer, indent=2, ensure_ascii=False))
    else:
        from hpc.render.terminal_rows import lines

        print("\n".join(lines(answer, color=sys.stdout.isatty())))
    return ERRORS if any(problem["severity"] == "error" for problem in answer["problems"]) else GOOD


def _document(arguments: argparse.Namespace) -> Document:
    """The config, or one that names the data and nothing else."""
    path = Path(arguments.file)
    if arguments.file == "-" or path.suffix.lower() in CONFIGS or _is_config(path):
        return read(arguments.file)
    evaluated = {"eval_data": arguments.file, "eval_strategy": "epoch"}
    values = evaluated if arguments.eval else {"train_data": arguments.file}
    return parse(json.dumps(values), "json", "data.json")


def _is_config(path: Path) -> bool:
    """Whether a .json file is an object with a key of hpc."""
    try:
        if path.suffix.lower() != ".json" or path.stat().st_size > SMALL:
            return False
        value = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError:
        return path.suffix.lower() == ".json"
    except (ValueError, RecursionError):
        return False
    return isinstance(value, dict) and not properties().keys().isdisjoint(value)


def _answer(job: Job, arguments: argparse.Namespace) -> dict[str, Any] | None:
    """From the runner where there is a model, else from the rows alone; None where the request is wrong."""
    if not job.config.values["model"] or absent_packages(job):
        if arguments.row or arguments.picture:
            print('hpc data: error: --row and --picture need a model: --set model="..."', file=sys.stderr)
            return None
        return _without_tokens(job, arguments)
    if out_of_reach := [p for p in unreachable(needs_of(job.config)) if p.subject == "model"]:
        seen = _without_tokens(job, arguments)  # The libraries would ask the hub for minutes.
        return {**seen, "problems": [*seen["problems"], *map(plain, out_of_reach)]}
    return _from_runner(job, arguments)


def _without_tokens(job: Job, arguments: argparse.Namespace) -> dict[str, Any]:
    from hpc.rows_seen import without_tokens

    return without_tokens(job.config, evaluation=arguments.eval, sample=arguments.sample, skip=arguments.skip_bad_rows)


def _from_runner(job: Job, arguments: argparse.Namespace) -> dict[str, Any]:
    from tempfile import TemporaryDirectory

    from hpc.compile import lower_all
    from hpc.write import write_artifacts

    words = [name for name in ("eval", "ids", "skip_bad_rows") if getattr(arguments, name)]
    with TemporaryDirectory(prefix="hpc-") as folder:
        build, file = Path(folder, "build"), Path(folder, "rows.json")
        write_artifacts(str(build), list(lower_all(job.config).values()))
        command = ["data", str(build), str(file), *(f"--{word.replace('_', '-')}" for word in words)]
        for name in ("row", "picture", "sample"):
            if getattr(arguments, name):
                command += [f"--{name}", str(getattr(arguments, name))]
        try:
            in_own_process(command)
            answer: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        except (SilentError, OSError, ValueError) as error:
            raise refused("HPC551", f"the runner could not show the rows: {error}") from None
    problem = answer.get("refused")
    if problem is None:
        return answer
    if rule_of(problem["code"]).kind == "request":
        raise refused(problem["code"], problem["message"], problem["help"])
    seen = _without_tokens(job, arguments)  # The tokenizer cannot be loaded: the rows can be judged without it.
    return {**seen, "problems": [*seen["problems"], problem]}
