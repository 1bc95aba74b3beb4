"""Load, train, and write the results."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from transformers import TrainerCallback

from hpc_disk.checkpoints import mark
from hpc_disk.data import named
from hpc_disk.needs import Needs
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
    report,
    today,
    trainers,
)
from hpc_runner.adapters import narrow_inputs
from hpc_runner.atomic import write_json
from hpc_runner.data import tell
from hpc_runner.errors import rank, say
from hpc_runner.late import LateBound, describe
from hpc_runner.loading import fetch
from hpc_runner.output import clear
from hpc_runner.plan import Plan
from hpc_runner.signals import Signals
from hpc_runner.tracking import Tracker


def fit(plan: Plan, needs: Needs, late: LateBound, signals: Signals, tracker: Tracker | None) -> None:
    """Load, train, and write the results.

    Raises:
        RunnerError: What cannot be loaded or trained, and a loss that is not finite.
        Interrupted: A signal came; a checkpoint is written.
    """
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
    moments = [metrics, callbacks.MarkCheckpoints(mark(needs)), callbacks.StopOnSignal(signals, agree)]
    moments += _moments(plan, tracker)
    trainer = trainers.build_trainer(plan, arguments, base, tokenizer, data[:2], moments)
    del base  # The trainer's own now.
    finite.FiniteUpdates(agree=agree, deferred=not late.use_cpu).watch(trainer)
    parameters = trainers.count_parameters(trainer.model)
    trainers.tell_of_eight_bits(arguments, trainer.model)
    clear(needs)
    if rank() == 0:
        write_json(plan.output / "late_bound.json", describe(late))
    try:
        with narrow_inputs(plan, trainer):
            trainer.train(resume_from_checkpoint=str(resume) if resume else None)
    except finite.NotFiniteError as error:
        raise report.not_finite(plan, parameters, metrics, error) from None
    signals.check()
    results = {"model" if plan.adapter is None else "adapter": finish.save_final(plan, trainer, tokenizer)}
    finish.leave_group()
    del trainer
    if rank() == 0:
        report.show(report.summarize(plan, parameters, results | _merged(plan, tokenizer)))


def _moments(plan: Plan, tracker: Tracker | None) -> list[TrainerCallback]:
    """What is done at the moments of a training, besides what every run must do."""
    moments = [progress.display(), callbacks.FollowSchedule(), of_transformers.evaluate_at_end()]
    if tracker:
        moments.append(callbacks.TrackFigures(tracker))
    if plan.early_stopping_patience:
        moments.append(callbacks.early_stopping(plan.early_stopping_patience))
    if plan.model.offload_activations:
        moments.append(callbacks.OffloadActivations())
    return [*moments, callbacks.LogLosses(early_stopping=bool(plan.early_stopping_patience))]


def _merged(plan: Plan, tokenizer: Any) -> dict[str, Path]:
    """The merged model, where the plan asks for one."""
    if plan.adapter is None or not plan.adapter.merge:
        return {}
    say("merging the adapter into the base model")
    return {"merged model": finish.merge(plan, tokenizer, plan.output / FINAL)}
