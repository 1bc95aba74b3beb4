"""The runs on a disk: which folders are one, and what became of each, from what it has written so far."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from hpc_disk.checkpoints import all_checkpoints
from hpc_disk.files import DAMAGED, LARGEST, kind, parsed, read_object, section
from hpc_disk.run_folder import BUILD, FINAL, LOCK, METRICS, RESULTS, is_locked

NO_RUNS: Final = ("node_modules", "mlflow_artifacts")
"""Folders without runs of their own: MLflow keeps copies of what a run wrote."""
MOST: Final = 1000
"""Runs that are looked for."""
DEEPEST: Final = 6
"""Levels of folders below the first."""
TAIL: Final = 1 << 18
"""Bytes at the end of the metrics that are read: the newest few thousand lines."""


@dataclass(frozen=True)
class Run:
    """What is known of a run.

    Attributes:
        folder: Its output folder.
        config: The config as it was named when it was compiled.
        state: ``running`` while a process holds the folder; ``finished`` with results; ``failed`` where it
            said why it ended without; ``stopped`` otherwise.
        steps: Optimizer steps so far.
        loss: The last training loss.
        eval_loss: The last evaluation loss.
        seconds: Training time, of the last start where it was resumed.
        started: When it was compiled, in seconds since 1970.
        result: The merged model, the final model or adapter, or else the newest checkpoint.
    """

    folder: str
    name: str
    config: str
    state: Literal["running", "finished", "failed", "stopped"]
    steps: int
    loss: float | None
    eval_loss: float | None
    seconds: float | None
    started: float
    result: str | None


@dataclass(frozen=True)
class Answering:
    """What answers for a run: a model, an adapter on it where there is one, and whose tokenizer and habits it has.

    ``plan`` is the run's plan.json, which has its system prompt and its kind of data.
    """

    model: str
    adapter: str | None
    tokenizer: str
    plan: str


def answering(folder: Path, *, base: bool) -> Answering | None:
    """The merged model, else the final one, else base and adapter; or the base alone. None without a result."""
    results = _results(folder)
    if not results:
        return None
    file, final = folder / BUILD / "plan.json", folder / FINAL
    adapter = read_object(final / "adapter_config.json")
    start = str(adapter.get("base_model_name_or_path") or section(read_object(file), "model").get("path"))
    if base:
        return Answering(start, None, results[-1], str(file))
    if adapter and results == [str(final)]:
        return Answering(start, str(final), str(final), str(file))
    return Answering(results[0], None, results[-1], str(file))


def is_run(folder: Path) -> bool:
    """Whether a folder is the output folder of a run."""
    return "hpc" in read_object(folder / BUILD / "plan.json")


def find(folder: Path) -> Iterator[Path]:
    """Output folders at a folder and below it, in the order of their names; at most ``MOST`` and one more."""
    count = 0
    for place, names, _ in os.walk(folder):
        path = Path(place)
        names[:] = sorted(name for name in names if not name.startswith(".") and name not in NO_RUNS)
        if is_run(path):
            yield path
            count += 1
            names.clear()
        if count > MOST:
            return
        if len(path.relative_to(folder).parts) >= DEEPEST:
            names.clear()


def describe(folder: Path) -> Run:
    """The run in an output folder. A file that is damaged or missing counts as not written yet."""
    plan, summary = read_object(folder / BUILD / "plan.json"), read_object(folder / "summary.json")
    lines = _last_metrics(folder / METRICS)
    steps = max((_number(line, "step") or 0 for line in lines), default=0)
    finished = bool(summary) and (_number(summary, "steps") or 0) >= steps and bool(_results(folder))
    running = is_locked(folder / LOCK)
    return Run(
        folder=str(folder),
        name=str(plan.get("name", folder.name)),
        config=str(plan.get("source", "")),
        state="running" if running else "finished" if finished else "failed" if summary.get("ended") else "stopped",
        steps=int(steps),
        loss=_last(lines, "loss"),
        eval_loss=_number(summary, "last_eval_loss") if finished else _last(lines, "eval_loss"),
        seconds=_number(summary, "seconds") if finished else _elapsed(lines),
        started=_modified(folder / BUILD / "plan.json"),
        result=next(iter(_results(folder) if finished else map(str, all_checkpoints(folder))), None),
    )


def _elapsed(lines: list[dict[str, Any]]) -> float | None:
    """Seconds of training: as the runner counted them, or between the first and the last line."""
    if (counted := _last(lines, "elapsed")) is not None:
        return counted
    times = [time for line in lines if (time := _number(line, "time"))]
    return times[-1] - times[0] if times else None


def _results(folder: Path) -> list[str]:
    """The merged model first: it needs no other."""
    return [str(folder / name) for name in reversed(RESULTS) if kind(folder / name) == "folder"]


def _last_metrics(path: Path) -> list[dict[str, Any]]:
    """The last lines of the metrics that are whole."""
    if kind(path) != "file":
        return []
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - TAIL))
            texts = file.read(TAIL).decode("utf-8", "replace").splitlines()
    except OSError:
        return []
    return [line for text in texts if isinstance(line := _parsed(text), dict)]


def _parsed(text: str) -> Any:
    try:
        return parsed(text)
    except DAMAGED:
        return None


def _last(lines: list[dict[str, Any]], key: str) -> float | None:
    return next((value for line in reversed(lines) if (value := _number(line, key)) is not None), None)


def _number(values: dict[str, Any], key: str) -> float | None:
    value = values.get(key)
    sound = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < LARGEST
    return value if sound else None


def _modified(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def time_taken(seconds: float | None) -> str:
    """``under 1s``, ``40s``, ``23m40s`` or ``2h05m``; ``-`` where it is not known."""
    if seconds is None:
        return "-"
    if seconds < 1:
        return "under 1s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes}m{rest:02}s" if minutes else f"{rest}s"
    return f"{minutes // 60}h{minutes % 60:02}m"
