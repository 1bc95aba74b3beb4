"""MLflow's own pages for a finished run: its server is started when somebody asks for it."""

from __future__ import annotations

import atexit
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

from hpc_ui.files import Refused

WAIT: Final = 60.0
_servers: dict[str, tuple[str, subprocess.Popen[bytes]]] = {}


def address(output_dir: str) -> str:
    """The address of MLflow for this run: the user's own server, or a local one on the run's database."""
    own = os.environ.get("MLFLOW_TRACKING_URI", "")
    if own.startswith(("http://", "https://")):
        return own
    store = own or f"sqlite:///{Path(output_dir, 'mlflow.db')}"
    url, server = _servers.get(store, ("", None))
    if server is None or server.poll() is not None:
        url, server = _start(store)
        _servers[store] = url, server
    _wait(url, server)
    return url


def _start(store: str) -> tuple[str, subprocess.Popen[bytes]]:
    port = _free_port()
    command = [sys.executable, "-m", "mlflow", "ui", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--backend-store-uri", store, "--workers", "1"]
    quiet = subprocess.DEVNULL
    server = subprocess.Popen(command, stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True)  # noqa: S603
    atexit.register(_stop, server)
    return f"http://127.0.0.1:{port}", server


def _stop(server: subprocess.Popen[bytes]) -> None:
    if server.poll() is None:
        os.killpg(server.pid, 15)


def _wait(url: str, server: subprocess.Popen[bytes]) -> None:
    host, port = url.removeprefix("http://").split(":")
    end = time.monotonic() + WAIT
    while time.monotonic() < end and server.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex((host, int(port))) == 0:
                return
        time.sleep(0.2)
    raise Refused("MLflow did not start; is it installed? Try `mlflow ui` in a terminal")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
