"""Whether a job can run here and now: the config, what is on this disk, and what this machine has."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from hpc.check import check, from_finding
from hpc.checks.disk.needs import finding
from hpc.compile import lower_all
from hpc.diagnostics import Diagnostic
from hpc.resolve import resolve
from hpc.rules import all_rules
from hpc.source.document import Document
from hpc.write import write_artifacts
from hpc_disk.problems import problem_from

TRAINING: Final = ("torch", "transformers", "trl", "peft", "accelerate", "datasets")
"""The packages without which the runner does not start."""
TIME: Final = 300
"""Seconds that the runner has to examine the machine; importing torch on a busy one takes a while."""


def examine(document: Document, *, overwrite: bool = False) -> list[Diagnostic]:
    """Everything wrong with the config and on this disk; with ``overwrite`` an earlier run is ignored."""
    return [d for d in check(document, disk="needed") if not (overwrite and d.code == "HPC540")]


def compiles(found: Sequence[Diagnostic]) -> bool:
    """Whether the errors, if there are any, are about this disk only, so that the config still compiles."""
    return all(d.severity != "error" or d.code.startswith("HPC5") or d.code == "HPC704" for d in found)


def ask_runner(document: Document) -> list[Diagnostic]:
    """What the machine lacks for this job (hardware, packages, versions): the runner checks it, in its own process."""
    if absent := absent_packages(document):
        return absent
    config = resolve(document)
    with TemporaryDirectory(prefix="hpc-") as folder:
        build, answer = Path(folder, "build"), Path(folder, "problems.json")
        write_artifacts(str(build), list(lower_all(config).values()))
        command = [sys.executable, "-m", "hpc_runner", str(build), "--check", str(answer)]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=TIME, check=False)  # noqa: S603
            problems = [problem_from(entry) for entry in json.loads(answer.read_text(encoding="utf-8"))]
        except subprocess.TimeoutExpired:
            return [_diagnostic(document, "HPC551", f"the runner took more than {TIME} seconds to check this machine")]
        except (OSError, ValueError, TypeError):
            words = done.stderr.strip().splitlines()[-1:] or [f"exit code {done.returncode}"]
            return [_diagnostic(document, "HPC551", f"the runner could not check this machine: {words[0]}")]
    return [from_finding(document, finding(config, problem)) for problem in problems]


def absent_packages(document: Document) -> list[Diagnostic]:
    """At most one diagnostic, which names every package that training needs and that is not installed."""
    absent = [name for name in TRAINING if find_spec(name) is None]
    message = f"training needs packages that are not installed: {', '.join(absent)}"
    return [_diagnostic(document, "HPC550", message)] if absent else []


def _diagnostic(document: Document, code: str, message: str) -> Diagnostic:
    return Diagnostic(code, "error", message, document.file, help=all_rules()[code].help)
