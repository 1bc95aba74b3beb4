"""``python train.py FOLDER``, run with other releases: train every compiled job in FOLDER, one forked child each.

A job is ``FOLDER/NAME/build``; beside it ``log.txt`` gets what the run says and ``code.txt`` its exit code. A folder
``again`` beside the build is trained after it, to resume. ``options.txt`` holds the options of the run.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import traceback
from pathlib import Path


def main(folder: Path) -> None:
    import datasets  # noqa: F401  (imported once, inherited by every child)
    import matplotlib.pyplot  # noqa: F401
    import peft  # noqa: F401
    import torch
    import trl  # noqa: F401

    torch.set_num_threads(1)
    for job in sorted(path for path in folder.iterdir() if (path / "build").is_dir()):
        builds = [job / "build", *job.glob("again")]
        codes = [train(build, job / "log.txt") for build in builds]
        (job / "code.txt").write_text(str(max(codes)))


def train(build: Path, log: Path) -> int:
    """The exit code of a run: in a fork where it has one process."""
    options = (build.parent / "options.txt").read_text().split()
    processes = json.loads((build / "plan.json").read_text())["distributed"]["world_size"]
    if processes > 1:
        return launch(build, log, processes)
    child = os.fork()
    if child == 0:
        run([str(build), *options], log)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def launch(build: Path, log: Path, processes: int) -> int:
    launcher = ["-m", "hpc_runner.torchrun", "--standalone", "--nnodes=1", f"--nproc-per-node={processes}"]
    with log.open("a") as out:
        command = [sys.executable, *launcher, "-m", "hpc_runner", str(build)]
        return subprocess.run(command, stdout=out, stderr=subprocess.STDOUT).returncode


def run(arguments: list[str], log: Path) -> None:
    out = os.open(log, os.O_CREAT | os.O_APPEND | os.O_WRONLY)
    os.dup2(out, 1)
    os.dup2(out, 2)
    code = 70
    try:
        from hpc_runner.__main__ import main as run_build

        code = run_build(arguments)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
