"""Whether a job can run here and now: the config, what is on this disk, and what this machine has."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from hpc.check import check, from_finding
from hpc.checks.disk.needs import finding
from hpc.compile import lower_all
from hpc.diagnostics import Diagnostic, in_file_order
from hpc.forecast.fit import verdict
from hpc.forecast.forecast import Asked, forecast
from hpc.job import Job
from hpc.rules import rule_of
from hpc.source.document import Document
from hpc.write import write_artifacts
from hpc_disk.problems import problem_from
from hpc_disk.streams import PROGRESS, show_progress

TRAINING: Final = ("torch", "transformers", "trl", "peft", "accelerate", "datasets")
"""The packages without which the runner does not start."""
Ask = Callable[[Sequence[str]], None]
"""Runs the runner with these arguments."""
TIME: Final = 3600
"""Seconds that the runner has to examine the machine: every row of a large file becomes tokens."""


class SilentError(Exception):
    """The runner gave no answer; the text says why."""


def ready_to_run(document: Document, *, force: bool = False, plan: Asked = Asked(), **asked: Any) -> Job:  # noqa: B008
    """The job as `hpc run` sees it before it starts: the config, this disk, the packages and the memory it needs.

    ``force`` lets a job through that cannot fit; ``plan`` says for what its memory is judged; ``asked`` are the other
    options (``overwrite``, ``skip_bad_rows``, ``sample``).
    """
    from hpc.installed import for_installed, installed

    document, other = for_installed(document, installed())
    job = check(document, disk="needed", **asked)
    if other:
        job = job._replace(diagnostics=[*job.diagnostics, from_finding(job.document, other)])
    found = forecast(job.config, plan) if job.compiles else None
    memory = verdict(document, found, force=force) if found else ()
    return job._replace(diagnostics=in_file_order([*job.diagnostics, *memory, *absent_packages(job)]), forecast=found)


def examine(document: Document, ask: Ask | None = None, plan: Asked = Asked(), **asked: Any) -> Job:  # noqa: B008
    """The job as `hpc doctor` sees it: also what the runner says of this machine, each problem once."""
    job = ready_to_run(document, plan=plan, **asked)
    if not job.compiles or absent_packages(job):
        return job
    both = _together(job.diagnostics, _machine(job, ask or in_own_process, asked))
    return job._replace(diagnostics=in_file_order(both))


def _together(compiler: Sequence[Diagnostic], runner: Sequence[Diagnostic]) -> list[Diagnostic]:
    """What both found, each thing once. The compiler looks at first rows, so that the runner's count is the better."""
    counted = {(d.code, d.pointer) for d in runner}
    kept = [d for d in compiler if d.severity == "error" or (d.code, d.pointer) not in counted]
    known = {(d.code, d.pointer) for d in kept}
    return [*kept, *(d for d in runner if (d.code, d.pointer) not in known)]


def _machine(job: Job, ask: Ask, asked: Mapping[str, Any]) -> list[Diagnostic]:
    """What the machine lacks for this job (hardware, packages, versions): the runner checks it."""
    with TemporaryDirectory(prefix="hpc-") as folder:
        build, answer = Path(folder, "build"), Path(folder, "problems.json")
        write_artifacts(str(build), list(lower_all(job.config).values()))
        try:
            ask([str(build), "--check", str(answer), *flags(asked)])
            problems = [problem_from(entry) for entry in json.loads(answer.read_text(encoding="utf-8"))]
        except (SilentError, OSError, ValueError, TypeError) as error:
            return [_diagnostic(job, "HPC551", f"the runner could not check this machine: {error}")]
    return [from_finding(job.config.document, finding(job.config, problem)) for problem in problems]


def in_own_process(arguments: Sequence[str]) -> None:
    """Run the runner, which writes its answer into a file.

    Raises:
        SilentError: It ended without one, or took too long.
    """
    command = [sys.executable, "-m", "hpc_runner", *arguments]
    try:
        with _terminal() as (environment, kept):
            done = subprocess.run(  # noqa: S603
                command, capture_output=True, text=True, timeout=TIME, check=False, env=environment, pass_fds=kept
            )
    except subprocess.TimeoutExpired:
        raise SilentError(f"it took more than {TIME} seconds") from None
    if done.returncode not in (0, 1) or "Traceback" in done.stderr:
        raise SilentError((done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1])


@contextmanager
def _terminal() -> Iterator[tuple[dict[str, str], tuple[int, ...]]]:
    """A line on the terminal, if there is one, while the runner is at work; the runner writes its progress over it.

    Gives what the runner needs for that: variables, and the files to leave open.
    """
    if not sys.stderr.isatty():
        yield dict(os.environ), ()
        return
    show_progress("checking rows, model and machine")
    terminal = os.dup(sys.stderr.fileno())
    try:
        yield {**os.environ, PROGRESS: str(terminal)}, (terminal,)
    finally:
        os.close(terminal)
        show_progress("")


def flags(asked: Mapping[str, Any]) -> list[str]:
    """The options of a run as the runner takes them: ``--overwrite``, ``--sample 100``."""
    given = ((f"--{name.replace('_', '-')}", value) for name, value in asked.items() if value not in (None, False))
    return [word for flag, value in given for word in ([flag] if value is True else [flag, str(value)])]


def not_installed() -> list[str]:
    """The packages that training needs and that are not installed."""
    return [name for name in TRAINING if find_spec(name) is None]


def absent_packages(job: Job) -> list[Diagnostic]:
    """At most one diagnostic, which names every package that training needs and that is not installed."""
    absent = not_installed()
    message = f"training needs packages that are not installed: {', '.join(absent)}"
    return [_diagnostic(job, "HPC550", message)] if absent else []


def _diagnostic(job: Job, code: str, message: str) -> Diagnostic:
    return Diagnostic(code, "error", message, job.document.file, help=rule_of(code).help)
