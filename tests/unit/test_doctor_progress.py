"""`hpc doctor` on a terminal says that it is at work, how many rows it has prepared, and leaves no trace of it."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from tests.end_to_end.tiny import make_tiny

pytestmark = pytest.mark.train


def on_a_terminal(*words: str) -> tuple[str, str]:
    """What a command writes to its standard output, and what to a terminal that is its standard error."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen([sys.executable, "-m", "hpc.cli", *words], stdout=subprocess.PIPE, stderr=theirs)
    os.close(theirs)
    shown = b""
    while part := _read(ours):
        shown += part
    out, _ = process.communicate()
    os.close(ours)
    return out.decode(), shown.decode()


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 4096)
    except OSError:  # Linux's answer where the other end is closed.
        return b""


def test_many_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    make_tiny(Path("model"))
    row = json.dumps({"instruction": "How many?", "input": "", "output": "One, two, three!"})
    Path("train.jsonl").write_text(f"{row}\n" * 4001)
    Path("job.json").write_text('{"model": "model", "train_data": "train.jsonl", "max_sequence_length": 64}')
    out, shown = on_a_terminal("doctor", "job.json")
    assert out.endswith("Ready to train on this machine.\n")
    assert "checking rows, model and machine" in shown
    assert "\r\033[Kpreparing train.jsonl: 4,000 rows" in shown
    assert shown.endswith("\r\033[K")


def test_no_terminal_sees_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("job.json").write_text('{"model": "nowhere/at/all", "train_data": "gone.jsonl"}')
    done = subprocess.run([sys.executable, "-m", "hpc.cli", "doctor", "job.json"], capture_output=True, text=True)
    assert "\r" not in done.stdout + done.stderr
