"""The tools that hpc is compared with, each in an environment of its own under the cache folder."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "hpc-bench"


def python_with(name: str, *packages: str) -> str | None:
    """The interpreter of an environment with these packages; None where they cannot be installed."""
    folder = CACHE / name
    program, done = folder / "bin/python", folder / "done"
    if not done.exists():
        shutil.rmtree(folder, ignore_errors=True)
        made = subprocess.run([sys.executable, "-m", "venv", str(folder)], check=False, capture_output=True)
        install = [str(program), "-m", "pip", "install", "--quiet", *packages]
        if made.returncode or subprocess.run(install, check=False, capture_output=True).returncode:
            return None
        done.touch()
    return str(program)


def ajv() -> list[str] | None:
    """The command of ajv-cli, or None where npm cannot install it."""
    program = CACHE / "ajv/node_modules/.bin/ajv"
    if not program.exists():
        if not shutil.which("npm"):
            return None
        install = ["npm", "install", "--silent", "--prefix", str(CACHE / "ajv"), "ajv-cli@5"]
        if subprocess.run(install, check=False, capture_output=True).returncode:
            return None
    return [str(program)]
