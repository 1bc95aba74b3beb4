"""What the runner does at the trainer's own moments: mark checkpoints, stop on a signal, offload activations."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch.optim.lr_scheduler import LambdaLR
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from hpc_disk.checkpoints import MARK
from hpc_runner.atomic import write_json
from hpc_runner.errors import say
from hpc_runner.model import offload_activations
from hpc_runner.signals import Signals
from hpc_runner.tracking import Tracker


class Agreement:
    """The largest number that any process of the job has, asked over a group on the host: no GPU waits for it."""

    def __init__(self) -> None:
        self.group: Any = None

    def __call__(self, number: int) -> int:
        """Every process must call this at the same step."""
        if not torch.distributed.is_initialized():
            return number
        if self.group is None:
            self.group = torch.distributed.new_group(backend="gloo")
        value = torch.tensor([int(number)])
        torch.distributed.all_reduce(value, torch.distributed.ReduceOp.MAX, group=self.group)
        return int(value)


class MarkCheckpoints(TrainerCallback):  # type: ignore[misc]
    """Write ``hpc.json`` into each checkpoint, when every process has written its part."""

    def __init__(self, mark: dict[str, Any]) -> None:
        self.mark = mark

    def on_save(self, args: TrainingArguments, state: TrainerState, _control: Any, **_: Any) -> None:
        """Wait for the other processes, then mark."""
        if torch.distributed.is_initialized():
            torch.distributed.barrier()
        folder = Path(args.output_dir) / f"checkpoint-{state.global_step}"
        if state.is_world_process_zero and folder.is_dir():
            write_json(folder / MARK, {**self.mark, "step": state.global_step})


class StopOnSignal(TrainerCallback):  # type: ignore[misc]
    """After a signal: save one checkpoint at the end of the step and stop, all processes at the same step."""

    def __init__(self, signals: Signals, agree: Callable[[int], int]) -> None:
        self.signals, self.agree = signals, agree

    def on_train_begin(self, _args: Any, _state: Any, _control: Any, **_: Any) -> None:
        """From here on a signal waits for the end of the step; for no process before it is so for all of them."""
        self.agree(0)
        self.signals.loading, self.signals.defer = False, True

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        """Agree, then save and stop."""
        number = self.agree(self.signals.received)
        if number:
            self.signals.received = number
            say(f"saving {Path(args.output_dir) / f'checkpoint-{state.global_step}'}")
            control.should_save = control.should_training_stop = True

    def on_train_end(self, _args: Any, _state: Any, _control: Any, **_: Any) -> None:
        """From here on a signal ends the process at once again."""
        self.signals.defer = False


class LogLosses(TrainerCallback):  # type: ignore[misc]
    """The losses since the last log event are logged before a run ends, even where the next event is not due.

    Early stopping ends a run at an evaluation, after which nothing is logged, so there every evaluation has a loss.
    """

    def __init__(self, *, early_stopping: bool) -> None:
        self.early_stopping = early_stopping

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        """Must run after whatever may stop the training at this step."""
        last = control.should_training_stop or state.global_step >= state.max_steps
        if args.logging_strategy != "no" and (last or self._may_stop(control)):
            control.should_log = True

    def on_epoch_end(self, args: TrainingArguments, _state: Any, control: TrainerControl, **_: Any) -> None:
        """The moment of an evaluation after each epoch."""
        if args.logging_strategy != "no" and self._may_stop(control):
            control.should_log = True

    def _may_stop(self, control: TrainerControl) -> bool:
        return self.early_stopping and control.should_evaluate


class TrackFigures(TrainerCallback):  # type: ignore[misc]
    """Hand every log event to MLflow's thread, which starts after the first step."""

    def __init__(self, tracker: Tracker) -> None:
        self.tracker = tracker

    def on_step_end(self, *_given: Any, **_named: Any) -> None:
        """The first step's end."""
        self.tracker.open()

    def on_log(
        self, _args: Any, state: TrainerState, _control: Any, logs: dict[str, Any] | None = None, **_: Any
    ) -> None:
        """Hand it over; this never waits."""
        if logs:
            self.tracker.log(state.global_step, dict(logs))


class FollowSchedule(TrainerCallback):  # type: ignore[misc]
    """A resumed optimizer has the learning rate that it was saved with; with more epochs the schedule says another."""

    def on_train_begin(
        self, _args: Any, state: TrainerState, _control: Any, lr_scheduler: Any = None, **_: Any
    ) -> None:
        """Set the rate of the schedule's own step. Without a resume, or with the same epochs, it is the same rate."""
        if state.global_step >= state.max_steps:
            say(f"note: all {state.max_steps} steps are trained: only the results are written again")
        if not isinstance(lr_scheduler, LambdaLR):
            return
        step = lr_scheduler.last_epoch
        pairs = zip(lr_scheduler.base_lrs, lr_scheduler.lr_lambdas, strict=True)
        rates = [base * factor(step) for base, factor in pairs]
        for group, rate in zip(lr_scheduler.optimizer.param_groups, rates, strict=True):
            group["lr"] = rate
        lr_scheduler._last_lr = rates


class OffloadActivations(TrainerCallback):  # type: ignore[misc]
    """Turn gradient checkpointing's saved inputs over to the host once the trainer has switched checkpointing on."""

    def on_train_begin(self, _args: Any, _state: Any, _control: Any, model: Any = None, **_: Any) -> None:
        """Wrap each layer's checkpointing function."""
        offload_activations(model)


def early_stopping(patience: int) -> TrainerCallback:
    """Stop after so many evaluations in a row without a lower evaluation loss."""
    from transformers import EarlyStoppingCallback

    return EarlyStoppingCallback(early_stopping_patience=patience)
