"""The rows of a job beside its data field: what `hpc data --format json` prints, from a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from hpc.source.document import Format
from hpc_schema import fields as f
from hpc_ui.configs import Refused
from hpc_ui.page_text import editable

SECONDS: Final = 120
"""The most that the page waits for the rows."""
SAMPLE: Final = 1000
"""Rows that the page looks at: all of a large file would take minutes."""


def rows(text: str, format_: Format, field: str, row: int | None) -> dict[str, Any]:
    """The rows that ``train_data`` or ``eval_data`` of a config names; ``row`` is shown as the model sees it.

    Raises:
        Refused: They cannot be shown, and why.
        HpcError: The text cannot be read.
    """
    document = editable(text, format_, f"untitled.{format_}")
    options = ["--format", "json", "--sample", str(SAMPLE)]
    if field == "eval_data":
        options.append("--eval")
    if row is not None and document.values.get(f.model.name):
        options += ["--row", str(int(row))]
    with TemporaryDirectory(prefix="hpc-") as folder:
        config = Path(folder, f"config.{'jsonc' if format_ == 'json' else format_}")  # A .json file may be data.
        config.write_text(text, encoding="utf-8")
        code, said, errors = _in_time([sys.executable, "-m", "hpc.cli", "data", str(config), *options])
    try:
        return {**json.loads(said), "sample": SAMPLE, "refused": code != 0}
    except ValueError:
        raise Refused(errors.strip().replace(f"{config}:", "") or f"hpc data ended with exit code {code}") from None


def _in_time(command: list[str]) -> tuple[int, str, str]:
    """Run a command in a session of its own, so that all of it ends when it takes too long."""
    with subprocess.Popen(  # noqa: S603 (an argument list, no shell)
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        try:
            said, errors = process.communicate(timeout=SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            raise Refused(f"the rows could not be shown within {SECONDS} seconds") from None
    return process.returncode, said, errors
