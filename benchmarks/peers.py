"""The tools that hpc is compared with, each in an environment of its own under the cache folder."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "hpc-bench"


def python_with(name: str, *packages: str, without: Sequence[str] = ()) -> str | None:
    """The interpreter of an environment with these packages, and then ``without`` some of what came with them.

    None where they cannot be installed.
    """
    folder = CACHE / name
    program, done = folder / "bin/python", folder / "done"
    if not done.exists():
        shutil.rmtree(folder, ignore_errors=True)
        made = subprocess.run([sys.executable, "-m", "venv", str(folder)], check=False, capture_output=True)
        install = [str(program), "-m", "pip", "install", "--quiet", *packages]
        if made.returncode or subprocess.run(install, check=False, capture_output=True).returncode:
            return None
        if without:
            remove = [str(program), "-m", "pip", "uninstall", "--yes", *without]
            subprocess.run(remove, check=True, capture_output=True)
        done.touch()
    return str(program)


def llama_factory(*, install: bool) -> str | None:
    """The interpreter of LLaMA-Factory with the releases of the libraries that it asks for; they are older than ours.

    torch is named at our version: any other request brings gigabytes of CUDA libraries. What reads images and sound
    is removed: a build that does not fit torch ends every import.
    """
    packages = (f"torch=={version('torch').partition('+')[0]}", "llamafactory==0.9.5", "deepspeed==0.18.4")
    there = (CACHE / "llama-factory/done").exists()
    return python_with("llama-factory", *packages, without=("torchvision", "torchaudio")) if install or there else None


def extensions(tool: str) -> dict[str, str]:
    """Where a tool's DeepSpeed keeps what it compiles; hpc has a place of its own.

    In one folder, two releases of DeepSpeed would compile it for minutes in every turn, each over the other's. The lock
    of a run that was ended meanwhile would stop every later one.
    """
    if tool == "hpc":
        return {}
    folder = CACHE / "extensions" / tool
    for lock in folder.rglob("lock"):
        lock.unlink()
    return {"TORCH_EXTENSIONS_DIR": str(folder)}


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
