"""``python -m hpc_runner BUILD_DIR``: the story of a run."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hpc_disk.data import named
from hpc_disk.streams import steady
from hpc_runner import heartbeat
from hpc_runner.errors import Interrupted, RunnerError, rank, report, say
from hpc_runner.faults import explain
from hpc_runner.late import LateBound, bind, check_world_size, describe, prepare_environment
from hpc_runner.plan import Plan, load_plan
from hpc_runner.signals import Signals, end_with_parent

if TYPE_CHECKING:
    from hpc_disk.needs import Needs
    from hpc_disk.problems import Problem
    from hpc_runner.tracking import Tracker


def main(argv: Sequence[str] | None = None) -> int:
    """Run a compiled folder. Returns 0, 1 after an explained error, or 128 and the number of a signal."""
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
        _fit(plan, needs, bind(world_size, cpu=cpu), signals, tracker)
    if beat:
        beat.done()
    if lock:
        lock.close()
    return 0


def _fit(plan: Plan, needs: Needs, late: LateBound, signals: Signals, tracker: Tracker | None) -> None:
    """Load, train, and write the results."""
    from hpc_disk.checkpoints import mark
    from hpc_disk.run_folder import FINAL, METRICS
    from hpc_runner import (
        callbacks,
        checkpoints,
        finish,
        finite,
        generation,
        model,
        of_transformers,
        progress,
        today,
        trainers,
    )
    from hpc_runner import report as reports
    from hpc_runner.atomic import write_json
    from hpc_runner.data import tell
    from hpc_runner.loading import fetch
    from hpc_runner.output import clear

    resume = checkpoints.choose(needs)
    if resume:
        today.keep(resume.parent)
    arguments = trainers.build_arguments(plan, late)
    say(f"loading {plan.model.path} and {named(plan.data.train)}")
    tell(fetch(needs))
    tokenizer = model.load_tokenizer(plan)
    data = trainers.load_data(plan, tokenizer, arguments.seed, skip_bad_rows=needs.skip_bad_rows)
    base = model.load_model(plan, arguments)
    generation.settle(base, tokenizer, data.ends)
    agree = callbacks.Agreement()
    metrics = progress.MetricsFile(plan.output / METRICS)
    moments = [
        metrics,
        progress.display(),
        callbacks.MarkCheckpoints(mark(needs)),
        callbacks.StopOnSignal(signals, agree),
        callbacks.FollowSchedule(),
        of_transformers.evaluate_at_end(),
    ]
    if tracker:
        moments.append(callbacks.TrackFigures(tracker))
    if plan.early_stopping_patience:
        moments.append(callbacks.early_stopping(plan.early_stopping_patience))
    if plan.model.offload_activations:
        moments.append(callbacks.OffloadActivations())
    trainer = trainers.build_trainer(plan, arguments, base, tokenizer, data[:2], moments)
    finite.FiniteUpdates(agree=agree, deferred=not late.use_cpu).watch(trainer)
    parameters = trainers.count_parameters(trainer.model)
    trainers.tell_of_eight_bits(arguments, trainer.model)
    clear(needs)
    if rank() == 0:
        write_json(plan.output / "late_bound.json", describe(late))
    try:
        trainer.train(resume_from_checkpoint=str(resume) if resume else None)
    except finite.NotFiniteError as error:
        raise reports.not_finite(plan, parameters, metrics, error) from None
    signals.check()
    results = {"model" if plan.adapter is None else "adapter": finish.save_final(plan, trainer, tokenizer)}
    finish.leave_group()
    if arguments.process_index == 0:
        del trainer, base
        if plan.adapter is not None and plan.adapter.merge:
            say("merging the adapter into the base model")
            results["merged model"] = finish.merge(plan, tokenizer, plan.output / FINAL)
        reports.show(reports.summarize(plan, parameters, results))


def _options(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m hpc_runner", description="Train what a compiled folder says.")
    parser.add_argument("build", type=Path, metavar="BUILD_DIR", help="the folder that `hpc compile -o` wrote")
    parser.add_argument("--check", type=Path, metavar="FILE", help="only write all problems into FILE, as JSON")
    parser.add_argument("--sample", type=int, metavar="N", help="with --check: only the first N rows of each file")
    parser.add_argument("--overwrite", action="store_true", help="replace an earlier run in the output folder")
    parser.add_argument("--skip-bad-rows", action="store_true", help="leave bad rows out instead of refusing")
    return parser.parse_args(argv)


if __name__ == "__main__":
    sys.exit(main())
