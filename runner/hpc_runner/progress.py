"""What the user sees while it trains, and ``metrics.jsonl``: one line a log event."""

from __future__ import annotations

import json
import math
import sys
import time
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from typing import Any

import torch
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from transformers import TrainerCallback, TrainerState

from hpc_runner.atomic import write_text


class Rates:
    """Tokens a second between two log events, from TRL's running count; steps a second where it counts none (ORPO).

    Only the time of the steps counts: loading, evaluation and saving would make every training look slow.
    """

    def __init__(self, first_step: int = 0) -> None:
        self.first_step = first_step
        self.done: float | None = None
        self.spent, self.started = 0.0, time.monotonic()

    def begin(self) -> None:
        """A step begins."""
        self.started = time.monotonic()

    def end(self) -> None:
        """It has ended."""
        self.spent += time.monotonic() - self.started

    def text(self, logs: dict[str, Any], step: int) -> str:
        """``170 tokens/s`` or ``0.41 steps/s``; nothing for an evaluation."""
        if "loss" not in logs:
            return ""
        unit, rate = self.of(logs, step)
        return f"{rate:,.0f} tokens/s" if unit == "tokens" else f"{rate:.2f} steps/s"

    def of(self, logs: dict[str, Any], step: int) -> tuple[str, float]:
        """What is counted, tokens or steps, and how many a second since the last log event."""
        counts_tokens = "num_tokens" in logs
        done = logs["num_tokens"] if counts_tokens else step
        before = self.done if self.done is not None else 0 if counts_tokens else self.first_step
        rate = (done - before) / max(self.spent, 1e-9)
        self.done, self.spent = done, 0.0
        return "tokens" if counts_tokens else "steps", rate


class Timed(TrainerCallback):  # type: ignore[misc]
    """A callback that knows how fast the steps are."""

    def __init__(self) -> None:
        self.rates = Rates()

    def on_step_begin(self, _args: Any, _state: Any, _control: Any, **_: Any) -> None:
        """The rates count the time from here."""
        self.rates.begin()

    def on_step_end(self, _args: Any, _state: TrainerState, _control: Any, **_: Any) -> None:
        """And up to here."""
        self.rates.end()


class MetricsFile(Timed):
    """Append every log event to ``metrics.jsonl``. A resumed run first takes back what it is going to repeat.

    ``elapsed`` counts the seconds of training of the whole run, over all its parts; ``max_steps`` is what it goes for,
    ``tokens_per_second`` leaves out evaluating and saving, ``memory`` is the peak in bytes, on this process's device.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        self.begin = time.monotonic()

    def on_train_begin(self, _args: Any, state: TrainerState, _control: Any, **_: Any) -> None:
        """Keep the lines up to the step at which training begins."""
        if state.is_world_process_zero:
            kept = [line for line in read_metrics(self.path) if line.get("step", 0) <= state.global_step]
            write_text(self.path, "".join(json.dumps(line) + "\n" for line in kept))
            elapsed = kept[-1].get("elapsed", 0) if kept else 0
            self.begin = time.monotonic() - (elapsed if isinstance(elapsed, int | float) else 0)
            self.rates = Rates(state.global_step)

    def on_log(
        self, _args: Any, state: TrainerState, _control: Any, logs: dict[str, Any] | None = None, **_: Any
    ) -> None:
        """Write one line."""
        if state.is_world_process_zero and logs:
            counted = {"max_steps": state.max_steps, "memory": peak_memory()}
            if "loss" in logs:
                unit, rate = self.rates.of(logs, state.global_step)
                counted[f"{unit}_per_second"] = round(rate, 3)
            self.append(state.global_step, state.epoch, logs | counted)

    def append(self, step: int, epoch: float | None, logs: dict[str, Any]) -> None:
        """Write one line; a figure that is not finite is written as text, because JSON has no nan."""
        elapsed = round(time.monotonic() - self.begin, 3)
        line = {"step": step, "epoch": epoch, "time": round(time.time(), 3), "elapsed": elapsed}
        line |= {key: _writable(value) for key, value in logs.items() if key not in line}
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")


def peak_memory() -> int:
    """The most bytes held so far: on the first GPU, else in this process."""
    if torch.cuda.is_available():
        return int(torch.cuda.max_memory_allocated())
    return getrusage(RUSAGE_SELF).ru_maxrss << 10


def read_metrics(path: Path) -> list[dict[str, Any]]:
    """The lines of a metrics file, up to one that is not a line of metrics: a crash may have cut off the last."""
    lines = []
    for text in path.read_text(encoding="utf-8", errors="replace").splitlines() if path.is_file() else []:
        try:
            line = json.loads(text)
        except (ValueError, RecursionError):
            break
        if not isinstance(line, dict) or not isinstance(line.get("step"), int):
            break
        lines.append(line)
    return lines


def _writable(value: Any) -> Any:
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


class Display(Timed):
    """A display, which tells how long the training still takes."""

    def __init__(self, console: Console) -> None:
        super().__init__()
        self.console, self.begin = console, (0.0, 0)

    def on_train_begin(self, _args: Any, state: TrainerState, _control: Any, **_: Any) -> None:
        """Start the clock."""
        self.begin, self.rates = (time.monotonic(), state.global_step), Rates(state.global_step)

    def left(self, state: TrainerState) -> str:
        """``4:07 left`` or ``2:05:30 left``, from the first step on; empty before."""
        started, first = self.begin
        done = state.global_step - first
        if done <= 0:
            return ""
        seconds = (time.monotonic() - started) / done * (state.max_steps - state.global_step)
        minutes, rest = divmod(int(seconds), 60)
        hours, minutes = divmod(minutes, 60)
        return f"{hours}:{minutes:02}:{rest:02} left" if hours else f"{minutes}:{rest:02} left"


class PlainProgress(Display):
    """Plain lines, for files, pipes and screen readers."""

    def on_log(
        self, _args: Any, state: TrainerState, _control: Any, logs: dict[str, Any] | None = None, **_: Any
    ) -> None:
        """One line: step, loss, learning rate, tokens a second, time left."""
        if state.is_world_process_zero and logs and "train_runtime" not in logs:
            parts = [
                f"step {state.global_step}/{state.max_steps}",
                *measures(logs),
                self.rates.text(logs, state.global_step),
                self.left(state),
            ]
            self.console.print("  ".join(part for part in parts if part), highlight=False, soft_wrap=True)


class Bar(Display):
    """A live bar, for terminals."""

    def __init__(self, console: Console) -> None:
        super().__init__(console)
        self.progress = Progress(
            TextColumn("[bold]{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[measures]}"),
            TextColumn("{task.fields[left]}"),
            console=console,
        )

    def on_train_begin(self, _args: Any, state: TrainerState, _control: Any, **_: Any) -> None:
        """Show the bar."""
        super().on_train_begin(_args, state, _control)
        if state.is_world_process_zero:
            done, total = state.global_step, state.max_steps
            self.task = self.progress.add_task("step", total=total, completed=done, measures="", left="")
            self.progress.start()

    def on_step_end(self, _args: Any, state: TrainerState, _control: Any, **_: Any) -> None:  # type: ignore[override]
        """Move it; all three are given by position."""
        self.rates.end()
        if state.is_world_process_zero:
            self.progress.update(self.task, completed=state.global_step, left=self.left(state))

    def on_log(
        self, _args: Any, state: TrainerState, _control: Any, logs: dict[str, Any] | None = None, **_: Any
    ) -> None:
        """Show the newest figures beside it."""
        if state.is_world_process_zero and logs and "train_runtime" not in logs:
            shown = [*measures(logs), self.rates.text(logs, state.global_step)]
            self.progress.update(self.task, measures="  ".join(part for part in shown if part))

    def on_train_end(self, _args: Any, _state: Any, _control: Any, **_: Any) -> None:
        """Leave the finished bar on the screen."""
        self.progress.stop()


def measures(logs: dict[str, Any]) -> list[str]:
    """Losses, learning rate, and how preferences come out, of a log event, where it has them."""
    named = (
        *(("loss", "loss", ".4f"), ("eval_loss", "eval loss", ".4f"), ("learning_rate", "lr", ".2e")),
        *(("rewards/accuracies", "accuracy", ".2f"), ("rewards/margins", "margin", ".3f")),
        *(("eval_rewards/accuracies", "eval accuracy", ".2f"), ("eval_rewards/margins", "eval margin", ".3f")),
    )
    return [f"{name} {float(logs[key]):{form}}" for key, name, form in named if key in logs]


def display() -> TrainerCallback:
    """A bar on a terminal, plain lines elsewhere. ``NO_COLOR`` and ``TERM=dumb`` are respected by rich."""
    console = Console(file=sys.stderr)
    return Bar(console) if console.is_terminal and not console.is_dumb_terminal else PlainProgress(console)
