"""The other trackers of ``report_to``, Weights & Biases and TensorBoard, through transformers' own callbacks.

A tracker that does not start ends the run before the first step. One that fails later does not: one warning says so.
"""

from __future__ import annotations

import netrc
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from transformers import Trainer, TrainerCallback, TrainingArguments

from hpc_disk.run_folder import TENSORBOARD
from hpc_runner.errors import RunnerError, say
from hpc_runner.plan import Plan

TITLES: Final = {"WandbCallback": "Weights & Biases", "TensorBoardCallback": "TensorBoard"}
STARTS: Final = ("on_init_end", "on_train_begin")
OFFLINE: Final = ("offline", "disabled", "dryrun")
HELP: Final = "check its settings, or remove it from report_to; WANDB_MODE=offline keeps a run on this machine"
KEYS: Final = ("WANDB_API_KEY", "WANDB_IDENTITY_TOKEN_FILE")


def lacks_a_key() -> bool:
    """Whether Weights & Biases would ask for a key: it is online, and finds none in its variables or in ~/.netrc."""
    if os.environ.get("WANDB_MODE") in OFFLINE or any(os.environ.get(name) for name in KEYS):
        return False
    host = urlsplit(os.environ.get("WANDB_BASE_URL", "https://api.wandb.ai")).hostname or ""
    named = os.environ.get("NETRC")
    files = [Path(named)] if named else [Path.home() / ".netrc", Path.home() / "_netrc"]
    return not any(_knows(file, host) for file in files)


def _knows(file: Path, host: str) -> bool:
    try:
        return netrc.netrc(file).authenticators(host) is not None
    except (OSError, netrc.NetrcParseError):
        return False


def name_the_run(plan: Plan, arguments: TrainingArguments) -> None:
    """The names that MLflow's run has, and files beside the results; a variable of the user wins."""
    arguments.run_name = plan.tracking.run
    os.environ.setdefault("WANDB_PROJECT", plan.tracking.experiment)
    os.environ.setdefault("WANDB_DIR", str(plan.output.absolute()))
    os.environ.setdefault("TENSORBOARD_LOGGING_DIR", str(plan.output / TENSORBOARD))


def guard(trainer: Trainer) -> None:
    """Put a guard around each tracker that the trainer has."""
    handler = trainer.callback_handler
    handler.callbacks = [_guarded(each) for each in handler.callbacks]


def _guarded(callback: TrainerCallback) -> TrainerCallback:
    title = TITLES.get(type(callback).__name__)
    return Guarded(callback, title) if title else callback


class Guarded(TrainerCallback):  # type: ignore[misc]
    """A tracker whose faults do not end a training that is under way.

    Attributes:
        failed: Whether it has failed and is asked no more.
    """

    def __init__(self, inner: TrainerCallback, title: str) -> None:
        self.inner, self.title, self.failed = inner, title, False

    def event(self, name: str, *given: Any, **named: Any) -> Any:
        """Hand an event on.

        Raises:
            RunnerError: HPC838, the tracker does not start.
        """
        if self.failed:
            return None
        try:
            return getattr(self.inner, name)(*given, **named)
        except Exception as error:  # whatever a service answers
            self.failed = True
            reason = (str(error) or type(error).__name__).splitlines()[0]
            if name in STARTS:
                message = f"{self.title} did not start: {reason}"
                raise RunnerError("HPC838", message, HELP, one_rank=True, subject="report_to") from None
            say(f"warning: {self.title} has failed ({reason}); training continues without it")
            return None


def _handing_on(name: str) -> Callable[..., Any]:
    return lambda self, *given, **named: self.event(name, *given, **named)


for _event in [name for name in dir(TrainerCallback) if name.startswith("on_")]:
    setattr(Guarded, _event, _handing_on(_event))
