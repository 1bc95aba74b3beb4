"""The end of a run: a table, ``summary.json`` and the loss curve ``loss.png``."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path
from typing import Any

import torch

from hpc_disk.checkpoints import all_checkpoints, incomplete
from hpc_disk.run_folder import METRICS
from hpc_disk.runs import time_taken
from hpc_runner.atomic import replaced, write_json
from hpc_runner.errors import RunnerError, rank, visible
from hpc_runner.finite import NotFiniteError
from hpc_runner.plan import Plan
from hpc_runner.progress import MetricsFile, read_metrics


def summarize(
    plan: Plan, parameters: tuple[int, int], results: dict[str, Path], *, ended: str | None = None
) -> dict[str, Any]:
    """Write ``summary.json`` and ``loss.png`` and return the summary.

    Args:
        plan: The run's plan.
        parameters: How many parameters were trained, and of how many.
        results: Label → path of what was made.
        ended: Why the run has no results; None for one that is complete.
    """
    lines = read_metrics(plan.output / METRICS)
    losses = [line["loss"] for line in lines if line.get("loss") is not None]
    evaluations = [line["eval_loss"] for line in lines if line.get("eval_loss") is not None]
    summary = {
        "name": plan.name,
        "output_dir": str(plan.output),
        "ended": ended,
        "trainer": plan.trainer.name,
        "training_type": "full" if plan.adapter is None else "lora",
        "backend": plan.distributed.backend,
        "world_size": plan.distributed.world_size,
        "steps": lines[-1]["step"] if lines else 0,
        "first_loss": losses[0] if losses else None,
        "last_loss": losses[-1] if losses else None,
        "last_eval_loss": evaluations[-1] if evaluations else None,
        "seconds": lines[-1].get("elapsed") if lines else None,
        "trained_parameters": parameters[0],
        "all_parameters": parameters[1],
        "peak_gpu_bytes": torch.cuda.max_memory_allocated() if torch.cuda.is_available() else None,
        "results": {label: str(path) for label, path in results.items()},
    }
    write_json(plan.output / "summary.json", summary)
    draw(lines, plan.output / "loss.png", f"{plan.name}: {ended}" if ended else plan.name)
    return summary


def draw(lines: list[dict[str, Any]], path: Path, title: str) -> None:
    """Draw the training and evaluation losses over the steps."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(7, 4), dpi=150)
    for key, label in (("loss", "training"), ("eval_loss", "evaluation")):
        points = [(line["step"], line[key]) for line in lines if isinstance(line.get(key), int | float)]
        if points:
            axes.plot(*zip(*points, strict=True), label=label, marker="o" if len(points) < 30 else None, markersize=3)
            axes.legend()
    axes.set(xlabel="step", ylabel="loss")
    axes.set_title(title, parse_math=False)
    axes.grid(alpha=0.3)
    with replaced(path) as temporary:
        figure.savefig(temporary, bbox_inches="tight", format="png")
    pyplot.close(figure)


def show(summary: dict[str, Any]) -> None:
    """Print the summary as a table on standard error."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    outcome = "has no result" if summary["ended"] else "is trained"
    title = Text(visible(f"{summary['name']} {outcome}"))
    table = Table(title=title, title_justify="left", show_header=False)
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    for label, text in _rows(summary):
        table.add_row(label, Text(visible(text)))
    console = Console(file=sys.stderr)
    console.print(table)
    for label, text in _next(summary):  # Below the table: a command that a cell has folded cannot be copied.
        console.print(Text(visible(f"{label + ':':<8} {text}")), soft_wrap=True)


def not_finite(plan: Plan, parameters: tuple[int, int], metrics: MetricsFile, error: NotFiniteError) -> RunnerError:
    """Record a run that ended at a figure that is not finite; the error to show, which names the checkpoints."""
    if rank() == 0:
        metrics.append(error.step, None, error.figures)
        show(summarize(plan, parameters, {}, ended=error.message))
    whole = [str(path) for path in all_checkpoints(plan.output) if incomplete(path) is None]
    kept = f"complete checkpoints: {', '.join(whole)}" if whole else "there is no earlier checkpoint"
    return RunnerError(error.code, error.message, f"{error.help}; {kept}")


def _figure(value: Any) -> str:
    """A loss of metrics.jsonl, where one that is not finite is text."""
    return f"{value:.4f}" if isinstance(value, int | float) else str(value)


def _rows(summary: dict[str, Any]) -> list[tuple[str, str]]:
    trained, total = summary["trained_parameters"], summary["all_parameters"]
    rows = [("steps", f"{summary['steps']:,}")]
    if summary["first_loss"] is not None:
        rows.append(("loss", f"{_figure(summary['first_loss'])} → {_figure(summary['last_loss'])}"))
    if summary["last_eval_loss"] is not None:
        rows.append(("evaluation loss", _figure(summary["last_eval_loss"])))
    if summary["seconds"]:
        rows.append(("training time", time_taken(summary["seconds"])))
    rows.append(("trained parameters", f"{trained:,} of {total:,} ({trained / max(total, 1):.2%})"))
    if summary["peak_gpu_bytes"] is not None:
        rows.append(("GPU memory at its peak", f"{summary['peak_gpu_bytes'] / 2**30:.2f} GiB on the first GPU"))
    rows += summary["results"].items()
    rows.append(("loss curve", str(Path(summary["output_dir"], "loss.png"))))
    return rows


def _next(summary: dict[str, Any]) -> list[tuple[str, str]]:
    """What to do with the result: the last one is a whole model, unless there is only an adapter."""
    if not summary["results"]:
        return []
    path = list(summary["results"].values())[-1]
    adapter = list(summary["results"]) == ["adapter"]
    load = f"Auto{'Peft' if adapter else ''}ModelForCausalLM.from_pretrained({json.dumps(path)})"
    return [("ask it", f"hpc ask {shlex.quote(summary['output_dir'])}"), ("load it", load)]
