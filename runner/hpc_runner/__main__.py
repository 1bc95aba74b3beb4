"""``python -m hpc_runner BUILD_DIR``: the story of a run."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hpc_disk.streams import steady
from hpc_runner import garbage, heartbeat
from hpc_runner.errors import Interrupted, RunnerError, rank, report, say
from hpc_runner.faults import explain
from hpc_runner.late import bind, check_world_size, prepare_environment
from hpc_runner.plan import Plan, load_plan
from hpc_runner.signals import Signals, end_with_parent
from hpc_runner.unused import leave_out

if TYPE_CHECKING:
    from hpc_disk.problems import Problem


def main(argv: Sequence[str] | None = None, *, whole: bool = False) -> int:
    """Run a compiled folder. Returns 0, 1 after an explained error, or 128 and the number of a signal.

    Args:
        argv: Instead of the command line.
        whole: This process runs nothing else, so that libraries that the job does not use are kept out of it.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    if words[:1] == ["data"]:
        return show_rows(words[1:])
    if words[:1] == ["memory"]:
        return show_memory(words[1:])
    options = _options(words)
    steady()
    signals = Signals()
    signals.install()
    if "TORCHELASTIC_RUN_ID" in os.environ:
        end_with_parent(os.getppid())
    try:
        plan = load_plan(options.build)
        if whole:
            leave_out(plan)
        asked = {"overwrite": options.overwrite, "skip_bad_rows": options.skip_bad_rows}
        if options.check:
            return check(plan, options.check, sample=options.sample, **asked)
        return train(plan, signals, **asked)
    except RunnerError as error:
        report(error)
        return 1
    except Interrupted as interrupted:
        return interrupted.exit_code
    except Exception as error:
        explained = explain(error)
        if explained is None:
            raise
        report(explained)
        return 1


def check(plan: Plan, answer: Path, **asked: Any) -> int:
    """Write every problem of this plan on this machine into a file, as JSON."""
    from hpc_disk.problems import to_json
    from hpc_runner.preflight import inspect

    problems = inspect(plan, **asked)
    if not any(problem.severity == "error" for problem in problems) and not asked.get("sample"):
        from hpc_runner.look import until_training
        from hpc_runner.needs import needs_of

        later = until_training(plan, needs_of(plan, **asked))
        counted = {(problem.code, problem.subject, problem.severity) for problem in later}  # Of all rows.
        problems = [*(p for p in problems if (p.code, p.subject, p.severity) not in counted), *later]
    answer.write_text(json.dumps([to_json(problem) for problem in problems], indent=2), encoding="utf-8")
    return 1 if any(problem.severity == "error" for problem in problems) else 0


def show_rows(argv: Sequence[str]) -> int:
    """``python -m hpc_runner data BUILD_DIR FILE``: write what `hpc data` shows into a file, as JSON."""
    parser = argparse.ArgumentParser("python -m hpc_runner data", description="Write what the rows are into a file.")
    parser.add_argument("build", type=Path, metavar="BUILD_DIR")
    parser.add_argument("answer", type=Path, metavar="FILE")
    for flag in ("--eval", "--ids", "--skip-bad-rows"):
        parser.add_argument(flag, action="store_true")
    for option in ("--row", "--sample"):
        parser.add_argument(option, type=int, metavar="N")
    parser.add_argument("--picture", metavar="FILE.png")
    options = parser.parse_args(argv)
    from hpc_disk.problems import Problem
    from hpc_disk.seen import plain
    from hpc_runner.look import draw, look

    try:
        plan = load_plan(options.build)
        answer = look(
            plan,
            evaluation=options.eval,
            row=options.row,
            ids=options.ids,
            sample=options.sample,
            skip_bad_rows=options.skip_bad_rows,
        )
        if options.picture:
            draw(answer["histogram"], plan.data.max_sequence_length, options.picture)
    except RunnerError as error:
        answer = {"refused": plain(Problem(error.code, "error", error.subject, error.message, error.help))}
    options.answer.write_text(json.dumps(answer), encoding="utf-8")
    return 0


def show_memory(argv: Sequence[str]) -> int:
    """``python -m hpc_runner memory BUILD_DIR FILE LENGTH START``: write what `hpc plan --exact` asks into a file."""
    build, answer, *sizes = argv
    os.environ["CUDA_VISIBLE_DEVICES"] = ""  # The tensors have no contents, so that no GPU is needed.
    try:
        plan = load_plan(Path(build))
        prepare_environment(plan, cpu=True)
        from hpc_runner.exact import memory

        found: dict[str, Any] = dict(memory(plan, *map(int, sizes)))
    except RunnerError as error:
        found = {"refused": {"code": error.code, "message": error.message, "help": error.help}}
    Path(answer).write_text(json.dumps(found), encoding="utf-8")
    return 0


def first_look(plan: Plan, **asked: Any) -> list[Problem]:
    """What the first rows show; where that refuses the run, everything, so that it is all said at once."""
    from hpc_disk.sampling import FIRST
    from hpc_runner.preflight import inspect

    with garbage.put_off():  # The libraries are imported here, and the rows are few.
        found = inspect(plan, sample=FIRST, **asked)
    refused = rank() == 0 and any(p.severity == "error" or (p.places and not asked["skip_bad_rows"]) for p in found)
    return inspect(plan, **asked) if refused else found


def train(plan: Plan, signals: Signals, *, overwrite: bool, skip_bad_rows: bool) -> int:
    """Train what the plan says, from the first check to the last table."""
    from hpc_runner.output import claim

    world_size = check_world_size(plan)
    beat = heartbeat.begin(plan.distributed.nodes, world_size)
    from hpc_runner.needs import needs_of, refuse

    needs = needs_of(plan, skip_bad_rows=skip_bad_rows, overwrite=overwrite)
    say("loading torch and transformers")
    refuse(first_look(plan, skip_bad_rows=skip_bad_rows, overwrite=overwrite))
    lock = claim(needs)

    import torch

    cpu = not torch.cuda.is_available()
    prepare_environment(plan, cpu=cpu)

    from hpc_runner.quiet import quieten

    quieten()
    from hpc_runner import tracking

    tracker = tracking.begin(plan, needs)
    with tracking.tracked(tracker):
        with garbage.put_off():
            from hpc_runner.training import fit

        fit(plan, needs, bind(plan, world_size, cpu=cpu), signals, tracker)
    if beat:
        beat.done()
    if lock:
        lock.close()
    return 0


def _options(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m hpc_runner", description="Train what a compiled folder says.")
    parser.add_argument("build", type=Path, metavar="BUILD_DIR", help="the folder that `hpc compile -o` wrote")
    parser.add_argument("--check", type=Path, metavar="FILE", help="only write all problems into FILE, as JSON")
    parser.add_argument("--sample", type=int, metavar="N", help="with --check: only the first N rows of each file")
    parser.add_argument("--overwrite", action="store_true", help="replace an earlier run in the output folder")
    parser.add_argument("--skip-bad-rows", action="store_true", help="leave bad rows out instead of refusing")
    return parser.parse_args(argv)


if __name__ == "__main__":
    sys.exit(main(whole=True))
