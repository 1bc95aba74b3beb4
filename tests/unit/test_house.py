"""The rules of the house that tools can check."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

TOOLS = {
    "ruff check": ["ruff", "check", "--quiet", "."],
    "ruff format": ["ruff", "format", "--check", "--quiet", "."],
    "mypy": ["mypy", "schema/hpc_schema", "schema/hpc_disk", "compiler/hpc", "runner/hpc_runner", "ui/hpc_ui"],
    "import-linter": ["importlinter.cli", "--no-cache"],
    "generated files": ["schema/generate.py", "--check"],
    "effects page": ["docs/effects.py", "--check"],
}


@pytest.mark.parametrize("name", TOOLS)
def test_tool_finds_nothing(name: str) -> None:
    module, *arguments = TOOLS[name]
    start = [sys.executable, module] if module.endswith(".py") else [sys.executable, "-m", module]
    done = subprocess.run([*start, *arguments], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
