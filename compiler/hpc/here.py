"""Whether a job can run here and now: the config, what is on this disk, and what this machine has."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from hpc.check import check, from_finding
from hpc.checks.disk.needs import finding
from hpc.compile import lower_all
from hpc.diagnostics import Diagnostic, in_file_order
from hpc.forecast.forecast import forecast
from hpc.forecast.verdict import verdict
from hpc.job import Job
from hpc.rules import all_rules
from hpc.source.document import Document
from hpc.write import write_artifacts
from hpc_disk.problems import problem_from

TRAINING: Final = ("torch", "transformers", "trl", "peft", "accelerate", "datasets")
"""The packages without which the runner does not start."""
TIME: Final = 300
"""Seconds that the runner has to examine the machine; importing torch on a busy one takes a while."""


def ready_to_run(document: Document, *, force: bool = False, **asked: bool) -> Job:
    """The job as `hpc run` sees it before it starts: the config, this disk, the packages and the memory it needs.

    ``force`` lets a job through that cannot fit; ``asked`` are the other options (``overwrite``, ``skip_bad_rows``).
    """
    job = check(document, disk="needed", **asked)
    memory = verdict(document, forecast(job.config), force=force) if job.compiles else ()
    return replace(job, diagnostics=in_file_order([*job.diagnostics, *memory, *absent_packages(job)]))


def ask_runner(job: Job) -> list[Diagnostic]:
    """What the machine lacks for this job (hardware, packages, versions): the runner checks it, in its own process."""
    with TemporaryDirectory(prefix="hpc-") as folder:
        build, answer = Path(folder, "build"), Path(folder, "problems.json")
        write_artifacts(str(build), list(lower_all(job.config).values()))
        command = [sys.executable, "-m", "hpc_runner", str(build), "--check", str(answer)]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=TIME, check=False)  # noqa: S603
            problems = [problem_from(entry) for entry in json.loads(answer.read_text(encoding="utf-8"))]
        except subprocess.TimeoutExpired:
            return [_diagnostic(job, "HPC551", f"the runner took more than {TIME} seconds to check this machine")]
        except (OSError, ValueError, TypeError):
            words = done.stderr.strip().splitlines()[-1:] or [f"exit code {done.returncode}"]
            return [_diagnostic(job, "HPC551", f"the runner could not check this machine: {words[0]}")]
    return [from_finding(job.config.document, finding(job.config, problem)) for problem in problems]


def absent_packages(job: Job) -> list[Diagnostic]:
    """At most one diagnostic, which names every package that training needs and that is not installed."""
    absent = [name for name in TRAINING if find_spec(name) is None]
    message = f"training needs packages that are not installed: {', '.join(absent)}"
    return [_diagnostic(job, "HPC550", message)] if absent else []


def _diagnostic(job: Job, code: str, message: str) -> Diagnostic:
    return Diagnostic(code, "error", message, job.document.file, help=all_rules()[code].help)
