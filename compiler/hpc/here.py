"""Whether a job can run here and now: the config, what is on this disk, and what this machine has."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from hpc.check import check
from hpc.checks.report import place
from hpc.compile import lower_all
from hpc.diagnostics import Diagnostic
from hpc.resolve import Config, resolve
from hpc.rules import all_rules
from hpc.source.document import Document
from hpc.write import write_artifacts
from hpc_schema import fields as f

TRAINING: Final = ("torch", "transformers", "trl", "peft", "accelerate", "datasets")
"""The packages without which the runner does not start."""
FIELD_OF: Final = {
    "HPC810": "mixed_precision",
    "HPC811": "mixed_precision",
    "HPC812": "flash_attention_v2",
    "HPC813": "liger_kernel",
    "HPC814": "quantization_bit",
    "HPC815": "distributed_backend",
    "HPC818": "model",
    "HPC819": "devices_per_node",
    "HPC821": "train_data",
    "HPC826": "eval_data",
}
"""The field that each of the runner's codes is about."""
TIME: Final = 300
"""Seconds that the runner gets to look at the machine; importing torch on a busy one takes its time."""


def examine(document: Document, *, overwrite: bool = False) -> list[Diagnostic]:
    """Everything against the config and on this disk; with ``overwrite`` an earlier run does not count."""
    found = [d for d in check(document, disk="needed") if not (overwrite and d.code == "HPC540")]
    missing = missing_to_run(resolve(document)) if compiles(found) else None
    return [*found, missing] if missing else found


def compiles(found: Sequence[Diagnostic]) -> bool:
    """Whether the errors, if there are any, are of this disk only, so that the config compiles all the same."""
    return all(d.severity != "error" or d.code.startswith("HPC5") or d.code == "HPC704" for d in found)


def ask_runner(document: Document) -> list[Diagnostic]:
    """What the machine lacks for this job (hardware, packages, versions): the runner says it, in its own process."""
    if absent := absent_packages(document):
        return absent
    with TemporaryDirectory(prefix="hpc-") as folder:
        write_artifacts(folder, list(lower_all(resolve(document)).values()))
        command = [sys.executable, "-m", "hpc_runner", str(Path(folder)), "--check"]
        try:
            answer = subprocess.run(command, capture_output=True, text=True, timeout=TIME, check=False)  # noqa: S603
        except subprocess.TimeoutExpired:
            return [_diagnostic(document, "HPC551", f"the runner has not looked at this machine within {TIME} seconds")]
    return _problems(document, answer)


def absent_packages(document: Document) -> list[Diagnostic]:
    """At most one diagnostic, which names every package that training needs and that is not installed."""
    absent = [name for name in TRAINING if find_spec(name) is None]
    message = f"training needs packages that are not installed: {', '.join(absent)}"
    return [_diagnostic(document, "HPC550", message)] if absent else []


def missing_to_run(config: Config) -> Diagnostic | None:
    """One diagnostic that names everything that a training still needs."""
    needed = [f.model, f.train_data, *([f.eval_data] if config[f.eval_strategy] != "no" else [])]
    names = [field.name for field in needed if not config[field]]
    if not names:
        return None
    listed = ", ".join(f"`{name}`" for name in names)
    hint = "write them in the config, or add " + " ".join(f"--set {name}=…" for name in names)
    message = f"this job cannot run yet: it has no {listed}"
    return Diagnostic("HPC704", "error", message, config.file, help=hint)


def _problems(document: Document, answer: subprocess.CompletedProcess[str]) -> list[Diagnostic]:
    lines = answer.stdout.splitlines()
    try:
        # Libraries print to standard output, too; the answer is the last list.
        start = max(number for number, line in enumerate(lines) if line in ("[", "[]"))
        entries: list[dict[str, Any]] = json.loads("\n".join(lines[start:]))
        return [_at_its_field(document, entry) for entry in entries]
    except (ValueError, TypeError, KeyError):
        words = answer.stderr.strip().splitlines()[-1:] or [f"exit code {answer.returncode}"]
        return [_diagnostic(document, "HPC551", f"the runner could not look at this machine: {words[0]}")]


def _at_its_field(document: Document, entry: dict[str, Any]) -> Diagnostic:
    """The runner knows no document; the code says which field its problem is about."""
    field = FIELD_OF.get(entry["code"], "")
    file, span = place(document, field) if field else (document.file, None)
    return Diagnostic(**entry, file=file, span=span, pointer=f"/{field}" if field else "")


def _diagnostic(document: Document, code: str, message: str) -> Diagnostic:
    return Diagnostic(code, "error", message, document.file, help=all_rules()[code].help)
