"""MLflow's own pages for a finished run: its server is started on request."""

from __future__ import annotations

import atexit
import os
import socket
import subprocess
import sys
from pathlib import Path

from hpc_disk.run_folder import mlflow_page, store_of
from hpc_ui.configs import Refused

_servers: dict[str, tuple[int, subprocess.Popen[bytes]]] = {}


def address(output_dir: str) -> str | None:
    """The address of this run in MLflow: on the user's own server, or on a local one with the run's database.

    None while the local one is still starting; raises ``Refused`` when it does not start.
    """
    page = mlflow_page(Path(output_dir))
    own = os.environ.get("MLFLOW_TRACKING_URI", "")
    if own.startswith(("http://", "https://")):
        return f"{own.rstrip('/')}{page}"
    store = own or f"sqlite:///{store_of(Path(output_dir))}"
    if store not in _servers:
        _servers[store] = _start(store)
    port, server = _servers[store]
    if server.poll() is not None:
        del _servers[store]
        raise Refused("MLflow did not start; is it installed? Try `mlflow ui` in a terminal")
    return f"http://127.0.0.1:{port}{page}" if _answers(port) else None


def _start(store: str) -> tuple[int, subprocess.Popen[bytes]]:
    port = _free_port()
    command = [sys.executable, "-m", "mlflow", "ui", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--backend-store-uri", store, "--workers", "1"]
    quiet = subprocess.DEVNULL
    server = subprocess.Popen(command, stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True)  # noqa: S603
    atexit.register(_stop, server)
    return port, server


def _stop(server: subprocess.Popen[bytes]) -> None:
    if server.poll() is None:
        os.killpg(server.pid, 15)


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
