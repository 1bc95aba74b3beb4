"""Starting the page: a socket on the loopback interface, a fresh token, and the browser."""

from __future__ import annotations

import atexit
import secrets
import shutil
import socket
import threading
import webbrowser
from pathlib import Path
from tempfile import mkdtemp
from typing import Final

import uvicorn

from hpc_ui.app import application

HOST: Final = "127.0.0.1"
USUAL_PORT: Final = 8471


def serve(file: str | None, port: int | None, *, browser: bool) -> None:
    """Serve until interrupted; prints the address, which contains the token."""
    token = secrets.token_urlsafe(24)
    listener = listen(port)
    address = f"http://{HOST}:{listener.getsockname()[1]}/{token}/"
    print(f"hpc: the page is at {address}\nhpc: only reachable from this machine. Press Ctrl-C to stop.", flush=True)
    if browser:
        threading.Thread(target=webbrowser.open, args=(_redirect(address),), daemon=True).start()
    config = uvicorn.Config(
        application(token, file), log_level="warning", access_log=False, timeout_graceful_shutdown=2
    )
    uvicorn.Server(config).run(sockets=[listener])


def _redirect(address: str) -> str:
    """A private file that leads to the page: every user sees a browser's arguments, so they hold no token."""
    folder = mkdtemp(prefix="hpc-ui-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    page = Path(folder, "open.html")
    page.touch(mode=0o600)
    page.write_text(f'<!doctype html><meta http-equiv="refresh" content="0; url={address}"><title>hpc</title>')
    return page.as_uri()


def listen(port: int | None) -> socket.socket:
    """A listening socket: on the port that was asked for, else on the usual one, else on any free one.

    Raises:
        OSError: the port that was asked for is taken.
    """
    for candidate in (port,) if port else (USUAL_PORT, 0):
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, candidate))
        except OSError:
            listener.close()
            if port:
                raise
        else:
            listener.listen()
            return listener
    raise AssertionError("port 0 is any free port")
