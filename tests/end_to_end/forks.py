"""Runs of the runner in fresh processes that need not import the libraries again: those take longer than the runs.

Run as a script, this file is a server: it imports everything once, then reads one JSON request a line, forks the
processes of that job with the environment that torchrun would give them, answers with their ids, waits for them, and
answers with their exit codes. ``Forks`` is its client.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.end_to_end.jobs import ENVIRONMENT, free_port
from tests.threads import use_threads
from tests.warm import import_all

ROOT = Path(__file__).parents[2]
LIMIT = 500
"""Seconds after which a process of a job ends itself: a hanging job must not hang its test."""


class Forks:
    """A server of its own. One job at a time.

    Attributes:
        pids: The processes of the job that was started last.
    """

    def __init__(self, folder: Path) -> None:
        self.pids: list[int] = []
        store = {"MLFLOW_TRACKING_URI": f"sqlite:///{folder}/mlflow.db", "PYTHONPATH": str(ROOT)}
        self.server = subprocess.Popen(
            [sys.executable, __file__],
            env={**ENVIRONMENT, **store, "OMP_NUM_THREADS": "1"},  # It forks: see use_threads.
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def start(
        self,
        folder: Path,
        build: str,
        world: int = 1,
        log: str = "said.txt",
        at: tuple[str, int] | None = None,
        number: int = signal.SIGKILL,
        **environment: str,
    ) -> None:
        """Start the compiled ``build`` in the working folder; its outputs go to the file ``log`` there.

        With ``at``, a pattern and a count, a process gets this signal when it touches a path of the pattern for the
        so-manieth time.
        """
        request = {"folder": str(folder), "build": build, "world": world, "log": log, "at": at, "number": number}
        request |= {"environment": environment}
        assert self.server.stdin
        self.server.stdin.write(json.dumps(request) + "\n")
        self.server.stdin.flush()
        self.pids = self._answer()

    def wait(self) -> list[int]:
        """The exit codes; negative for a signal."""
        codes: list[int] = self._answer()
        return codes

    def run(self, folder: Path, build: str, world: int = 1, log: str = "said.txt", **environment: str) -> None:
        """Run a job that must succeed."""
        self.start(folder, build, world, log, **environment)
        codes = self.wait()
        assert codes == [0] * world, (folder / log).read_text()[-4000:]

    def kill(self, number: int = signal.SIGKILL) -> None:
        """Send a signal to every process of the job."""
        for pid in self.pids:
            os.kill(pid, number)

    def kill_when(self, ready: Callable[[], bool], delay: float = 0.0, number: int = signal.SIGKILL) -> bool:
        """Send the job a signal once something is so, after a delay in seconds; False if the job ended before."""
        while not ready():
            if all(gone(pid) for pid in self.pids):
                return False
            time.sleep(0.001)
        time.sleep(delay)
        self.kill(number)
        return True

    def close(self) -> None:
        """End the server."""
        assert self.server.stdin
        self.server.stdin.close()
        self.server.wait()

    def _answer(self) -> Any:
        assert self.server.stdout
        line = self.server.stdout.readline()
        assert line, "the server of forks has ended"
        return json.loads(line)


def gone(pid: int) -> bool:
    """Whether a process has ended, if only its parent does not know yet."""
    return state(pid) in ("", "Z")


def state(pid: int) -> str:
    """The letter by which Linux says what a process does; nothing if there is none."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return ""


def serve() -> None:
    """The server's loop."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    import_all()
    for line in sys.stdin:
        request = json.loads(line)
        port = free_port()
        pids = [fork(rank, port, request) for rank in range(request["world"])]
        print(json.dumps(pids), file=answers, flush=True)
        codes = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in pids]
        print(json.dumps(codes), file=answers, flush=True)


def signal_at(pattern: str, times: int, number: int) -> None:
    """Send this process a signal when it opens, makes or renames a path of the pattern for the so-manieth time."""
    wanted, seen = re.compile(pattern), []

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        if event in ("open", "os.mkdir", "os.rename", "sqlite3.connect") and wanted.search(str(arguments[0])):
            seen.append(event)
            if len(seen) == times:
                os.kill(os.getpid(), number)

    sys.addaudithook(watch)


def fork(rank: int, port: int, request: dict[str, Any]) -> int:
    """Start one process of a job; its process id."""
    pid = os.fork()
    if pid:
        return pid
    from hpc_runner.__main__ import main

    signal.alarm(LIMIT)
    use_threads()
    os.chdir(request["folder"])
    log = os.open(request["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(log, 1)
    os.dup2(log, 2)
    world = str(request["world"])
    os.environ |= {"RANK": str(rank), "LOCAL_RANK": str(rank), "WORLD_SIZE": world, "LOCAL_WORLD_SIZE": world}
    os.environ |= {"MASTER_ADDR": "localhost", "MASTER_PORT": str(port), **request["environment"]}
    if request["at"]:
        signal_at(*request["at"], request["number"])
    code = 1
    try:
        code = main([request["build"]])
    except BaseException:
        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    serve()
