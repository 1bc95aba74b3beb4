"""``make plan-check``: the memory that `hpc plan` predicts, against what the real trainers allocate on a CPU.

Measured is what is there when training begins (the storages of all tensors) and the highest "Total Allocated" of
``torch.profiler`` over two real steps; for models of more than 100 million parameters also what the kernel says
(VmHWM). Some jobs are computed with ``--exact``, too. Each job runs in a fork of one warm process. Prints a table,
writes ``docs/reference/memory.md`` with a scatter picture when asked to (``--write``), and exits 1 when fewer than 90 %
of the jobs are within 10 %, an exact one is not within 5 %, or a job took less than the predicted low. With
``--keep FILE`` what was measured is kept there, and a check that was interrupted goes on; what is predicted is computed
again.
"""

from __future__ import annotations

import gc
import hashlib
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from tests.plan_check.measure import exact_parts, measure
from tests.plan_check.page import NEAR, ROOT, Result, write
from tests.plan_check.trials import KINDS, START, Trial, config_of, settings_of, trials, write_job
from tests.warm import import_all

ENOUGH, EXACT = 0.90, 0.05
EVERY = 4
"""Of so many jobs, one is computed with ``--exact``."""
FIGURES: Final = ("measured", "resident", "mapped")
CODE: Final = hashlib.sha256((ROOT / "runner/hpc_runner/exact.py").read_bytes()).hexdigest()[:8]
"""Which ``--exact`` gave a kept result."""


def predict(trial: Trial, parts: dict[str, int] | None) -> tuple[int, int, int]:
    """What `hpc plan` says: low and expected bytes, and what ``--exact`` makes of the runner's parts (else 0)."""
    from hpc.forecast.memory import KnownRows, exact_memory, memory_of

    config = config_of(trial)
    found = memory_of(config, settings_of(trial.model), gpu=False, rows=KnownRows(start=START))
    assert found
    exactly = exact_memory(config, parts, None, gpu=False).expected if parts else 0
    return found.low, found.expected, exactly


def results(chosen: list[Trial], kept: Path | None) -> Iterator[tuple[Trial, Result]]:
    """Each trial with what was found; what was measured before is taken from the file."""
    known: dict[str, dict[str, Any]] = {}
    if kept and kept.is_file():
        known = {entry["trial"]: entry for entry in map(json.loads, kept.read_text().splitlines())}
    for index, trial in enumerate(chosen):
        before = known.get(repr(trial), {})
        entry = before if _is_whole(before, index, trial) else _measured(before, index, trial)
        if kept and entry is not before:
            with kept.open("a") as file:
                file.write(json.dumps(entry) + "\n")
        low, expected, exactly = predict(trial, entry.get("parts"))
        yield trial, Result(low, expected, exactly, *(entry.get(key, 0) for key in FIGURES))


def _is_whole(entry: dict[str, Any], index: int, trial: Trial) -> bool:
    return "measured" in entry and (not _exactly(index, trial) or entry.get("code") == CODE)


def _measured(before: dict[str, Any], index: int, trial: Trial) -> dict[str, Any]:
    """Run the job, where that is not known yet, and ``--exact`` where it is asked for."""
    here = Path.cwd()
    with tempfile.TemporaryDirectory() as name:
        try:
            build = write_job(Path(name), trial)
            known = {key: before[key] for key in FIGURES if key in before}
            known = known or dict(zip(FIGURES, measure(Path(name), build, trial), strict=True))
            parts = exact_parts(Path(name), build, START) if _exactly(index, trial) else None
        finally:
            os.chdir(here)
    return {"trial": repr(trial), **known, "parts": parts, "code": CODE}


def _exactly(index: int, trial: Trial) -> bool:
    """Whether ``--exact`` is computed, too: it knows neither packed weights nor what processes say to each other."""
    return "int4" not in trial.kind and "processes" not in trial.kind and (index // len(KINDS)) % EVERY == 0


def main(arguments: list[str]) -> int:
    """Run the trials, print the table, return the exit code."""
    from rich.console import Console

    numbers = [int(word) for word in arguments if word.isdecimal()]
    kept = Path(arguments[arguments.index("--keep") + 1]) if "--keep" in arguments else None
    console, found = Console(), []
    import_all()
    gc.freeze()  # What the forks need not look through.
    for trial, result in results(trials(numbers[0] if numbers else 208), kept):
        found.append((trial, result))
        console.print(_line(trial, result), soft_wrap=True)
    near = sum(abs(result.ratio - 1) <= NEAR for _, result in found) / len(found)
    refused = sum(result.low > result.measured for _, result in found)
    off = sum(abs(result.exact / result.measured - 1) > EXACT for _, result in found if result.exact)
    console.print(
        f"{near:.1%} of {len(found)} jobs within 10 %; {refused} took less than the predicted low; "
        f"{off} exact ones not within 5 %"
    )
    if "--write" in arguments:
        write(found)
    return 0 if near >= ENOUGH and not refused and not off else 1


def _line(trial: Trial, result: Result) -> str:
    settings = " ".join(f"{key}={value}" for key, value in trial.values.items() if key not in KINDS.get(trial.kind, {}))
    exactly = f"{result.exact / result.measured:6.3f}" if result.exact else " " * 6
    good = abs(result.ratio - 1) <= NEAR and result.low <= result.measured
    size, family = f"{result.measured / 2**20:8.1f} MiB", trial.model["model_type"]
    return f"{result.ratio:6.3f} {exactly} {size} {trial.kind}, {family}: {settings}{'' if good else '  <--'}"


if __name__ == "__main__":
    os.environ |= {"OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false", "HF_HUB_OFFLINE": "1", "NO_COLOR": "1"}
    os.environ["MLFLOW_TRACKING_URI"] = f"sqlite:///{tempfile.mkdtemp()}/mlflow.db"
    sys.exit(main(sys.argv[1:]))
