"""A model that only the hub has is judged once its small files are here: against a hub of this process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

COMMIT = "a" * 40
REPOSITORIES: dict[str, dict[str, Any]] = {
    "owner/adapter": {"adapter_config.json": {"r": 8, "base_model_name_or_path": "owner/base"}},
    "owner/encoder": {"config.json": {"model_type": "bert", "hidden_size": 32, "vocab_size": 100}},
}
ASK = """
import sys
from hpc_disk.models.merging import _needs
from hpc_runner.errors import RunnerError
from hpc_runner.loading import fetch
try:
    print([(problem.code, problem.message) for problem in fetch(_needs(sys.argv[1]))])
except RunnerError as error:
    print(error)
"""

pytestmark = pytest.mark.train


class Hub(BaseHTTPRequestHandler):
    """As much of the hub as a download asks."""

    def do_GET(self) -> None:
        name, _, file = self.path.removeprefix("/").partition(f"/resolve/{COMMIT}/")
        found = self._listed() if name.startswith("api/models/") else REPOSITORIES.get(name, {}).get(file)
        body = json.dumps(found).encode()
        self.send_response(404 if found is None else 200)
        headers = {"ETag": '"1"', "X-Repo-Commit": COMMIT, "Content-Length": str(len(body))}
        for header in headers.items():
            self.send_header(*header)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def _listed(self) -> Any:
        """A repository, or the tree of its files."""
        name = "/".join(self.path.split("/")[3:5])
        names = REPOSITORIES.get(name)
        if names is None:
            return None
        sizes = {each: len(json.dumps(content)) for each, content in names.items()}
        if "/tree/" in self.path:
            return [{"type": "file", "path": each, "size": size, "oid": "1"} for each, size in sizes.items()]
        return {"id": name, "sha": COMMIT, "siblings": [{"rfilename": each} for each in names]}

    do_HEAD = do_GET  # noqa: N815 (the name that the class asks for)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[dict[str, str]]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    variables = {k: v for k, v in os.environ.items() if "PROXY" not in k.upper() and not k.endswith("_OFFLINE")}
    yield {**variables, "HF_HOME": str(tmp_path), "HF_ENDPOINT": f"http://127.0.0.1:{server.server_port}"}
    server.shutdown()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("owner/adapter", "HPC517', 'owner/adapter is a LoRA adapter for owner/base, not a whole model"),
        ("owner/encoder", "HPC513', 'owner/encoder (bert) is an encoder, not a causal language model"),
        ("owner/nothing", "error[HPC501]: cannot load owner/nothing from the hub: "),
    ],
)
def test_what_the_hub_has_is_judged(name: str, words: str, hub: dict[str, str]) -> None:
    done = subprocess.run([sys.executable, "-c", ASK, name], capture_output=True, text=True, env=hub, check=False)
    assert words in done.stdout, done.stderr
