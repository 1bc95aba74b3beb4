"""Worlds through the real commands: `hpc doctor` exits with 0 exactly when `hpc run` does."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.worlds.both import LIMIT
from tests.worlds.world import World


def exit_codes(world: World, model: Path) -> dict[str, int]:
    """The exit code of each command in the world; the run trains to its end."""
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder, "here")
        here.mkdir()
        before = Path.cwd()
        os.chdir(here)
        try:
            world.make(model)
        finally:
            os.chdir(before)
        options = [f"--{name.replace('_', '-')}" for name, wanted in world.options.items() if wanted]
        environment = {**os.environ, "HPC_CACHE": str(Path(folder, "cache"))}
        return {name: _exit_code([name, "job.json", *options], here, environment) for name in ("doctor", "run")}


def _exit_code(words: list[str], here: Path, environment: dict[str, str]) -> int:
    command = [sys.executable, "-m", "hpc.cli", *words, "--set", "report_to=[]"]
    with (here.parent / f"{words[0]}.txt").open("wb") as said:
        done = subprocess.run(
            command, cwd=here, env=environment, stdout=said, stderr=subprocess.STDOUT, timeout=LIMIT, check=False
        )
    return done.returncode


def agree(codes: dict[str, int]) -> bool:
    """Both accept, or both refuse in the same way: 1 for errors, 2 for a request that cannot be met."""
    return codes["doctor"] == codes["run"] in (0, 1, 2)
