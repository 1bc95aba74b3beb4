"""Runs the commands of the README and the tutorial in order; they must print what the page shows.

A code block after a line "`name`:" is a file. A command without output must be a known command and exit as expected.
`UPDATE_EXPECTED=1` writes the real output into the page.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = ["README.md", "docs/tutorial/first-run.md", "CONTRIBUTING.md"]

FILE = re.compile(r"^`([\w.]+)`:\n\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CONSOLE = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)

ELSEWHERE = {
    "make demo": "tests/end_to_end/test_demo.py, and by hand on an empty machine",
    "make test": ".ci/run",
    "make generate": "tests/unit/test_house.py checks what it writes",
    "pip install .": "tests/packaging/test_install.py",
    "pip install '.[train]'": "the Makefile",
    "hpc run first.jsonc": "tests/end_to_end/test_recipes.py",
}
FAILS = {"hpc validate train.json": 1, "hpc doctor train_lora_sft.jsonc": 1, "hpc doctor first.jsonc": 1}


def run(command: str, folder: Path) -> tuple[int, str]:
    words = shlex.split(command)
    assert words[0] == "hpc", command
    environment = {**os.environ, "COLUMNS": "100", "NO_COLOR": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "hpc.cli", *words[1:]], cwd=folder, env=environment, capture_output=True, text=True
    )
    return done.returncode, done.stdout + done.stderr


def shown(block: str, folder: Path) -> str:
    """The block as it should be: every command followed by what it prints."""
    lines = []
    for line in (line for line in block.splitlines() if line.startswith("$ ")):
        command = line[2:].split("  #")[0].strip()
        lines.append(line)
        if command not in ELSEWHERE:
            code, output = run(command, folder)
            assert code == FAILS.get(command, 0), f"{command}: {output}"
            lines += output.rstrip().splitlines()
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("name", PAGES)
def test_commands_print_what_the_page_shows(name: str, tmp_path: Path) -> None:
    page = ROOT / name
    text = page.read_text()
    for file, content in FILE.findall(text):
        (tmp_path / file).write_text(content)
    real = CONSOLE.sub(lambda match: f"```console\n{shown(match[1], tmp_path)}```", text)
    if os.environ.get("UPDATE_EXPECTED"):
        page.write_text(real)
    assert page.read_text() == real
