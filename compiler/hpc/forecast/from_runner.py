"""What `hpc plan` asks the runner: rows as tokens (--data), a step without weights (--exact), real steps (--probe)."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from shutil import copyfile
from statistics import mean, stdev
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

from hpc.compile import lower_all
from hpc.forecast.duration import Speed
from hpc.forecast.other_values import changed
from hpc.here import SilentError, absent_packages, in_own_process
from hpc.rules import refused
from hpc.source.option import override
from hpc.write import write_artifacts
from hpc_disk.run_folder import METRICS
from hpc_disk.streams import show_progress

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hpc.job import Job
    from hpc.resolve import Config

STEPS: Final = 20
WARM: Final = 5
"""Steps that are not counted: kernels are chosen and memory is found in the first ones."""
LONGEST: Final = 3600
"""Seconds that the steps may take."""
QUIET: Final = (
    *("eval_strategy=no", "checkpoint_strategy=no", "save_best_checkpoint=false", "resume_from_checkpoint=false"),
    *("merge_adapter=false", "report_to=[]", "logging_steps=1", f"max_steps={STEPS}"),
)
"""What a trial run leaves out."""


def tokenize(job: Job) -> None:
    """Tokenize every row; the runner remembers how long they are (``hpc_disk.lengths``).

    Raises:
        HpcError: What the runner refuses.
    """
    _ask(job, job.config, lambda build, answer: ["data", build, answer])


def exact_memory(job: Job, length: int, start: int, model_config: str | None) -> Mapping[str, int]:
    """Bytes of a process at its peak, by cause, as the real trainer allocates them on a CPU for rows of this length.

    Raises:
        HpcError: HPC555 where the step cannot run without weights.
    """
    with TemporaryDirectory(prefix="hpc-model-") as folder:
        config = job.config
        if model_config:
            copyfile(model_config, Path(folder, "config.json"))
            config = changed(config, {"model": folder})
        return _ask(job, config, lambda build, answer: ["memory", build, answer, str(length), str(start)])


def speed(job: Job) -> Speed:
    """Train for a few steps on this machine, and leave nothing of it.

    Raises:
        HpcError: HPC556 where they fail.
    """
    from hpc.check import check
    from hpc.launcher import command

    _need_packages(job)
    with TemporaryDirectory(prefix="hpc-probe-") as folder:
        trial = check(override(job.document, [*QUIET, f"output_dir={folder}"]), disk="ignored")
        with _written(trial.config) as build:
            show_progress(f"training {STEPS} steps on this machine, which may take minutes")
            try:
                done = subprocess.run(  # noqa: S603
                    command(trial.config, build, []), capture_output=True, text=True, timeout=LONGEST, check=False
                )
            except subprocess.TimeoutExpired:
                raise refused("HPC556", f"{STEPS} steps took more than {LONGEST} seconds") from None
            finally:
                show_progress("")
            if done.returncode:
                said = done.stderr.splitlines()
                said = [line for line in said if line.startswith("error[")] or said[-1:]
                raise refused("HPC556", f"the trial run failed: {(said or ['it printed nothing'])[0]}")
        return _speed(Path(folder, METRICS))


def _speed(metrics: Path) -> Speed:
    lines = [json.loads(line) for line in metrics.read_text(encoding="utf-8").splitlines()]
    lines = [line for line in lines if "loss" in line][WARM - 1 :]
    times = [later["elapsed"] - before["elapsed"] for before, later in pairwise(lines)]
    tokens = lines[-1].get("num_tokens", 0) - lines[0].get("num_tokens", 0)
    spread = 2 * stdev(times) / len(times) ** 0.5 / mean(times)
    return Speed(mean(times), sum(times) / tokens if tokens else None, spread)


def _ask(job: Job, config: Config, words: Callable[[str, str], list[str]]) -> dict[str, Any]:
    """The runner's answer about a compiled job."""
    _need_packages(job)
    with _written(config) as build:
        answer = Path(build).parent / "answer.json"
        try:
            in_own_process(words(build, str(answer)))
            found: dict[str, Any] = json.loads(answer.read_text(encoding="utf-8"))
        except (SilentError, OSError, ValueError) as error:
            raise refused("HPC551", f"the runner gave no answer: {error}") from None
    if "refused" in found:
        raise refused(found["refused"]["code"], found["refused"]["message"], found["refused"]["help"])
    return found


def _need_packages(job: Job) -> None:
    for diagnostic in absent_packages(job):
        raise refused(diagnostic.code, diagnostic.message)


@contextmanager
def _written(config: Config) -> Iterator[str]:
    """The compiled job in a folder that is gone afterwards."""
    with TemporaryDirectory(prefix="hpc-") as folder:
        build = str(Path(folder, "build"))
        write_artifacts(build, list(lower_all(config).values()))
        yield build
