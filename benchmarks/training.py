"""How fast hpc trains, beside a TRL script and LLaMA-Factory on the same rows. Run it with ``make bench-train``.

From the command to the first logged loss with a tiny model, in one process and in two; and, of a model of the size of
SmolLM2-135M with LoRA, the time of a step, peak memory, and the passes alone.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import re
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import imports
import page
import peers
import psutil
from pairs import ENVIRONMENT, Command, Row, ratio
from tools import ALPHA, RANK, Training, make_135m, prepare

PAIRS = int(os.environ.get("N", "3"))
WARM, STEPS = 6, 30
"""Steps of a run; the median of those after the first ``WARM`` is measured, because the neighbors of a virtual machine
can make some of them 1.7 times as long, whichever tool they belong to."""
THREADS = {"one thread": {"OMP_NUM_THREADS": "1"}, "every core": {}}
"""A thread that waits for another one takes processor time, too: one alone shows what the work takes."""
SPEEDS = {"TRL": 1.25, "LLaMA-Factory": 1.0}
LENGTH = 256
TRACKED = "hpc with MLflow"
TEXT = "Once upon a time there was a compiler. "
"""A row is as much prompt as answer."""
LOSS = re.compile(r"loss'?:? '?([\d.]+)")
STARTS: dict[str, tuple[Training, dict[str, float]]] = {
    "first loss": (Training(), {"LLaMA-Factory": 1.0, "TRL": 1.1}),
    "first loss, two processes, ddp": (Training(processes=2), {"TRL": 1.0, "LLaMA-Factory": 0.9}),
    "first loss, two processes, ZeRO-2": (Training(processes=2, zero=True), {"TRL": 1.0, "LLaMA-Factory": 0.9}),
}


class Logged(NamedTuple):
    """A loss, and the seconds until then: on the clock, and of processors, in every process of the command."""

    loss: float
    clock: float
    processor: float


class Run(NamedTuple):
    """What it logged, and the bytes of its largest process."""

    logged: list[Logged]
    memory: int

    def step(self) -> Logged:
        """The first loss, and what a step takes."""
        pairs = list(itertools.pairwise(self.logged[WARM - 1 : STEPS]))
        clock = statistics.median(after.clock - before.clock for before, after in pairs)
        processor = statistics.median(after.processor - before.processor for before, after in pairs)
        return Logged(self.logged[0].loss, clock, processor)


def run(tool: str, command: Command, folder: Path, threads: dict[str, str]) -> Run | str:
    """The command to its end, or the end of what it said where it logged no loss."""
    begin, said = time.perf_counter(), []
    quiet = {"HF_HUB_OFFLINE": "1", "HPC_CACHE": str(folder / "cache"), "PYTHONUNBUFFERED": "1"}
    environment = ENVIRONMENT | quiet | peers.extensions(tool) | threads
    process = subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert process.stdout
    watched, logged = psutil.Process(process.pid), []
    for line in process.stdout:
        said.append(line)
        if found := LOSS.search(line):
            logged.append(Logged(float(found[1]), time.perf_counter() - begin, _processor(watched)))
    _, _, usage = os.wait4(process.pid, 0)
    return Run(logged, usage.ru_maxrss * 1024) if logged else "".join(said[-20:])


def _processor(process: psutil.Process) -> float:
    """Seconds that it and its children have used; a child may end at any moment."""
    taken = 0.0
    for each in (process, *process.children(recursive=True)):
        with contextlib.suppress(psutil.NoSuchProcess):
            times = each.cpu_times()
            taken += times.user + times.system
    return taken


def in_turn(
    commands: dict[str, Command], folder: Path, missing: list[str], what: str, threads: dict[str, str] | None = None
) -> dict[str, list[Run]]:
    """Every tool in turn, after a first turn that makes what later ones find; a tool that fails is named."""
    runs: dict[str, list[Run]] = {tool: [] for tool in commands}
    for turn in range(PAIRS + 1):
        for tool in sorted(runs, reverse=turn % 2 == 1):
            found = run(tool, commands[tool], folder, threads or {})
            if isinstance(found, str):
                print(found)
                missing.append(f"{what} with {tool}, which logged no loss")
                del runs[tool]
            elif turn:
                runs[tool].append(found)
    return runs


def starts(folder: Path, factory: str | None, missing: list[str]) -> list[Row]:
    """Seconds from the command to the first logged loss."""
    rows = []
    for what, (training, goals) in STARTS.items():
        runs = in_turn(training.commands(folder, factory), folder, missing, what)
        for tool, goal in goals.items():
            if tool in runs:
                ours, theirs = ([found.logged[0].clock for found in runs[name]] for name in ("hpc", tool))
                value = ratio(ours, theirs)
                figure = f"{min(ours):.1f} s, {tool} {min(theirs):.1f} s"
                rows.append(Row(f"{what}, beside {tool}", figure, value, f"≤ {goal}×", value <= goal))
    return rows


def whole(folder: Path, factory: str | None, missing: list[str]) -> list[Row]:
    """Processor time of the same steps, and peak memory, of a LoRA run of a 135M model in float32."""
    make_135m(folder / "model135")
    rows, runs = [], {}
    for where, threads in THREADS.items():
        job = Training("model135", STEPS, LENGTH, accumulation=1, tracked=False)
        runs = in_turn(job.commands(folder, factory), folder, missing, "135M", threads)
        rows += [_speed(runs, tool, where) for tool in SPEEDS if {"hpc", tool} <= runs.keys()]
    tracked = Training("model135", STEPS, LENGTH, accumulation=1).commands(folder, None)["hpc"]
    runs |= in_turn({TRACKED: tracked}, folder, missing, "135M")  # On every core, the last in THREADS.
    return rows + [
        _memory(runs, ours, tool) for tool in SPEEDS for ours in (TRACKED, "hpc") if {ours, tool} <= runs.keys()
    ]


def _speed(runs: dict[str, list[Run]], tool: str, where: str) -> Row:
    """How much sooner hpc is done with a step, by processor time."""
    ours, theirs = ([found.step() for found in runs[name]] for name in ("hpc", tool))
    value, goal = ratio([one.processor for one in theirs], [one.processor for one in ours]), SPEEDS[tool]
    figure = f"{_taken(ours)}; {tool} {_taken(theirs)}; first losses {ours[0].loss:.4f}, {theirs[0].loss:.4f}"
    what = f"a step of 135M with LoRA, {where}: speed beside {tool}"
    return Row(what, figure, value, f"≥ {goal}×", value >= goal)


def _taken(runs: list[Logged]) -> str:
    """The least and the most of several runs: how far the machine's own pace changes."""
    processor, clock = [run.processor for run in runs], [run.clock for run in runs]
    return f"{min(processor):.2f}–{max(processor):.2f} s, on the clock {min(clock):.2f}–{max(clock):.2f} s"


def _memory(runs: dict[str, list[Run]], ours: str, tool: str) -> Row:
    """The peak memory of a run of hpc; the goal is for the one that users get."""
    mine, theirs = ([found.memory for found in runs[name]] for name in (ours, tool))
    value = ratio(mine, theirs)
    figure = f"{min(mine) / 2**20:,.0f} MiB, {tool} {min(theirs) / 2**20:,.0f} MiB"
    if ours != TRACKED:
        return Row(f"the same without MLflow, beside {tool}", figure, value, "", None)
    return Row(f"peak memory with MLflow, beside {tool}", figure, value, "≤ 1.0×", value <= 1.0)


def scoring(folder: Path) -> list[Row]:
    """Processor time of a step with LoRA, of two rows of 200 tokens of which 130 are learned from."""
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM
    from trl.trainer.utils import add_fused_lm_head

    from hpc_runner.labeled import scored

    torch.set_num_threads(1)  # A thread that waits for another one takes processor time, too.
    model = AutoModelForCausalLM.from_pretrained(folder / "model135")
    add_fused_lm_head(model, outputs=("log_probs", "entropy", "is_top1"))
    model = get_peft_model(model, LoraConfig(r=RANK, lora_alpha=ALPHA, target_modules="all-linear")).train()
    tokens = torch.randint(0, model.config.vocab_size, (2, 200))
    labels = tokens.clone()
    labels[:, :120] = labels[1, 170:] = -100
    batch = {"input_ids": tokens, "labels": labels, "use_cache": False, "fused_lm_head": True}

    def step(call: Callable[..., Any]) -> float:
        start = time.process_time()
        (-call(**batch).log_probs.sum()).backward()
        return time.process_time() - start

    pairs = [(step(lambda **inputs: scored(model, **inputs)), step(model)) for _ in range(PAIRS + 1)][1:]
    value = statistics.median(theirs / ours for ours, theirs in pairs)
    figure = f"{min(ours for ours, _ in pairs):.2f} s, TRL {min(theirs for _, theirs in pairs):.2f} s"
    what = "the passes alone, two rows of 200 tokens, 130 of them learned: speed beside TRL"
    return [Row(what, figure, value, "≥ 1.25×", value >= 1.25)]


def main() -> None:
    """Measure, print and write the page."""
    missing = ["a GPU, which has a [page of its own](gpu.md)"]
    factory = peers.llama_factory(install=True)
    if not factory:
        missing.append("LLaMA-Factory, which could not be installed")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prepare(folder, question=TEXT * 4, answer=TEXT * 4, rows=64)
        tables = {
            "To the first loss": starts(folder, factory, missing),
            "What a process imports, in processor time": imports.rows(PAIRS),
            "A model of 135M": [*whole(folder, factory, missing), *scoring(folder)],
        }
    page.section("training", tables, missing)


if __name__ == "__main__":
    main()
