"""A real ``hpc ui`` process in a folder of its own, and plain requests to it."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Served:
    """The server's address, its folder and its process."""

    url: str
    folder: Path
    process: subprocess.Popen[str]

    @property
    def token(self) -> str:
        return urlsplit(self.url).path.strip("/")

    @property
    def origin(self) -> str:
        return f"http://{urlsplit(self.url).netloc}"

    def request(self, path: str, body: Any = None, **headers: str) -> tuple[int, str]:
        """Status and text of one request; a body makes it a POST of JSON."""
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=300)
        method = "GET" if body is None else "POST"
        sent = {"Content-Type": "application/json"} if body is not None else {}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            connection.request(method, path, json.dumps(body) if body is not None else None, sent)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def call(self, name: str, body: Any) -> Any:
        """What a call of the page answers."""
        status, text = self.request(f"/{self.token}/api/{name}", body)
        assert status == 200, text
        return json.loads(text)


@contextmanager
def serve(folder: Path, *arguments: str) -> Iterator[Served]:
    """Start ``hpc ui`` in the folder, without a browser, and end it as Ctrl-C does: with all of its group."""
    environment = os.environ | {"OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false", "HF_HUB_OFFLINE": "1"}
    command = [sys.executable, "-m", "hpc.cli", "ui", "--no-browser", *arguments]
    process = subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, text=True, env=environment, start_new_session=True
    )
    assert process.stdout is not None
    try:
        found = re.search(r"http://127\.0\.0\.1:\d+/\S+/", process.stdout.readline())
        assert found, "hpc ui printed no address"
        yield Served(found[0], folder, process)
    finally:
        os.killpg(process.pid, signal.SIGINT)
        process.wait(timeout=300)
        process.stdout.close()
