"""What is around a run may go away, and the run goes on, or ends as it should: reader, terminal, parent, server."""

from __future__ import annotations

import os
import pty
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import psutil
import pytest
from tests.end_to_end.crash.conftest import JOB
from tests.end_to_end.forks import gone
from tests.end_to_end.jobs import ENVIRONMENT, losses, make_job

from hpc_disk.checkpoints import all_checkpoints, incomplete

pytestmark = pytest.mark.train
LONG = {**JOB, "checkpoint_strategy": "no", "merge_adapter": False}


def trains(output: Path, lines: int = 4) -> bool:
    """Whether some steps are logged."""
    path = output / "metrics.jsonl"
    return path.is_file() and path.read_text().count('"loss"') >= lines


def wait_for(ready: Callable[[], bool], process: subprocess.Popen[Any] | None = None, seconds: float = 500) -> None:
    """Wait for a state, not for a time."""
    end = time.monotonic() + seconds
    while not ready():
        assert process is None or process.poll() is None, f"it ended with {process.poll()}"
        assert time.monotonic() < end, "it did not come in time"
        time.sleep(0.05)


def begin(config: Path, *before: str, output: int, **environment: str) -> subprocess.Popen[bytes]:
    command = [*before, sys.executable, "-m", "hpc.cli", "run", config.name]
    store = {"MLFLOW_TRACKING_URI": f"sqlite:///{config.parent}/mlflow.db"}
    return subprocess.Popen(
        command,
        cwd=config.parent,
        env={**ENVIRONMENT, **store, **environment},
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


def family(process: subprocess.Popen[bytes]) -> list[psutil.Process]:
    return psutil.Process(process.pid).children(recursive=True)


def kill(processes: list[psutil.Process]) -> None:
    for one in processes:
        if one.is_running():
            one.kill()


def test_a_reader_that_goes_away(tmp_path: Path) -> None:
    """`hpc run … 2>&1 | head -1`: training goes on to its end."""
    config = make_job(tmp_path, 16, **LONG)
    reader, writer = os.pipe()
    process = begin(config, output=writer)
    os.close(writer)
    os.close(reader)
    assert process.wait(timeout=500) == 0
    assert len(losses(tmp_path / "out")) == 16
    assert (tmp_path / "out/final").is_dir()


@pytest.mark.slow
def test_a_full_disk_for_the_log(tmp_path: Path) -> None:
    config = make_job(tmp_path, 8, **LONG)
    with Path("/dev/full").open("wb") as full:
        process = begin(config, output=full.fileno())
        assert process.wait(timeout=500) == 0
    assert (tmp_path / "out/final").is_dir()


def test_kill_9_of_hpc_run_leaves_no_orphan(tmp_path: Path) -> None:
    config = make_job(tmp_path, 20_000, **LONG, logging_steps=1)
    with (tmp_path / "log").open("wb") as log:
        process = begin(config, output=log.fileno())
        wait_for(lambda: trains(tmp_path / "out"), process)
        children = family(process)
        process.kill()
        process.wait()
        try:
            wait_for(lambda: all(gone(child.pid) for child in children), seconds=300)
        finally:
            kill(children)
    (checkpoint,) = all_checkpoints(tmp_path / "out")
    assert incomplete(checkpoint) is None
    assert "Traceback" not in (tmp_path / "log").read_text()


@pytest.mark.parametrize("nohup", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_a_terminal_that_closes(nohup: bool, tmp_path: Path) -> None:
    config = make_job(tmp_path, 20_000 if not nohup else 60, **LONG)
    master, slave = pty.openpty()
    before = [sys.executable, "-c", ON_TERMINAL, "nohup" if nohup else ""]
    process = begin(config, *before, output=slave)
    os.close(slave)
    threading.Thread(target=drain, args=(master,), daemon=True).start()
    wait_for(lambda: trains(tmp_path / "out"), process)
    children = family(process)
    process.send_signal(signal.SIGHUP)
    try:
        assert process.wait(timeout=500) == (0 if nohup else 129)
        wait_for(lambda: all(gone(child.pid) for child in children), seconds=300)
    finally:
        kill(children)
    assert bool(all_checkpoints(tmp_path / "out")) is not nohup
    assert (tmp_path / "out/final").is_dir() is nohup


ON_TERMINAL = """
import os, signal, sys
signal.signal(signal.SIGHUP, signal.SIG_IGN if sys.argv[1] else signal.SIG_DFL)
os.execv(sys.argv[2], sys.argv[2:])
"""


def drain(master: int) -> None:
    try:
        while os.read(master, 65536):
            pass
    except OSError:
        return


class Server(BaseHTTPRequestHandler):
    """A tracking server that takes connections and never answers."""

    def do_GET(self) -> None:
        time.sleep(600)

    do_POST = do_GET  # noqa: N815 (the name is the library's)

    def log_message(self, *_: Any) -> None:
        return


@pytest.fixture
def silent_server() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()


@pytest.mark.parametrize("kind", [pytest.param("closed", marks=pytest.mark.slow), "silent"])
def test_a_tracking_server_that_does_not_answer_at_the_start(kind: str, tmp_path: Path, silent_server: str) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = silent_server if kind == "silent" else f"http://127.0.0.1:{free.getsockname()[1]}"
        process = begin(make_job(tmp_path, 4, **LONG), output=subprocess.PIPE, MLFLOW_TRACKING_URI=address)
        said = process.communicate(timeout=500)[0].decode()
    assert process.returncode == 1, said
    assert "error[HPC870]" in said
    assert "loading" not in said
    assert "Traceback" not in said
    assert not (tmp_path / "out/metrics.jsonl").exists()


@pytest.mark.slow
def test_a_tracking_server_that_dies(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    server = subprocess.Popen(command, cwd=tmp_path, start_new_session=True, stdout=subprocess.DEVNULL, stderr=-3)
    try:
        wait_for(lambda: answers(port), server)
        config = make_job(tmp_path, 150, **LONG)
        with (tmp_path / "log").open("wb") as log:
            process = begin(config, output=log.fileno(), MLFLOW_TRACKING_URI=f"http://127.0.0.1:{port}")
            wait_for(lambda: trains(tmp_path / "out", 2), process)
            os.killpg(server.pid, signal.SIGKILL)
            wait_for((tmp_path / "out/summary.json").is_file, process)
            assert process.wait(timeout=500) == 0  # MLflow alone would try for much longer.
    finally:
        server.poll() is None and os.killpg(server.pid, signal.SIGKILL)
        server.wait()
    said = (tmp_path / "log").read_text()
    assert said.count("warning: MLflow at") == 1, said
    assert "Traceback" not in said
    assert len(losses(tmp_path / "out")) == 150


def answers(port: int) -> bool:
    """Whether a server answers; it takes connections long before."""
    try:
        return bool(urlopen(f"http://127.0.0.1:{port}/health", timeout=5).status == 200)
    except OSError:
        return False
