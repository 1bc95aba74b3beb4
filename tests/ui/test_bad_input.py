"""Whatever a request, a file or a folder holds: the page answers, and never waits or fails."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.ui.served import Served, serve

pytest.importorskip("starlette", reason="the page needs the ui extra: pip install -e '.[ui]'")


def raw(served: Served, name: str, body: bytes, *, chunked: bool = False) -> int:
    """The status of a request with any bytes as its body; 0 where the server closes the connection."""
    connection = http.client.HTTPConnection(urlsplit(served.url).netloc, timeout=300)
    pieces = [body[at : at + 65536] for at in range(0, len(body), 65536)]
    headers = {"Content-Type": "application/json"}
    try:
        sent: Any = iter(pieces) if chunked else body
        connection.request("POST", f"/{served.token}/api/{name}", sent, headers, encode_chunked=chunked)
        return connection.getresponse().status
    except (ConnectionError, http.client.HTTPException):
        return 0
    finally:
        connection.close()


def test_two_saves_at_once(served: Served) -> None:
    served.call("save", {"path": "two.json", "text": "{}", "stamp": None, "format": "json"})
    stamp = served.call("open", {"path": "two.json"})["stamp"]
    statuses: list[int] = []

    def save(number: int) -> None:
        text = json.dumps({"seed": number})
        body = {"path": "two.json", "text": text, "stamp": stamp, "format": "json"}
        statuses.append(served.request(f"/{served.token}/api/save", body)[0])

    threads = [threading.Thread(target=save, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200] + [409] * 7


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_beyond_the_limit(served: Served, chunked: bool) -> None:
    assert raw(served, "check", b"x" * (5 << 20), chunked=chunked) in (0, 403)


@pytest.mark.parametrize(
    "body", [b"[" * 100_000, b"7", b"null", b"{", b'{"path": 7}', b'{"path": [], "text": {}}', b"\xff"]
)
@pytest.mark.parametrize("name", ["check", "edit", "open", "save", "watch", "download", "rule", "run"])
def test_a_malformed_body(served: Served, name: str, body: bytes) -> None:
    assert raw(served, name, body) == 400


def test_a_pipe_is_not_waited_for(served: Served) -> None:
    os.mkfifo(served.folder / "pipe.json")
    try:
        for name in ("open", "save", "check"):
            body = {"path": "pipe.json", "text": "{}", "stamp": None, "format": "json"}
            assert served.request(f"/{served.token}/api/{name}", body)[0] == 400
    finally:
        (served.folder / "pipe.json").unlink()


def test_a_download_whose_name_is_not_latin(served: Served) -> None:
    body = {"path": "größe-模型.json", "text": "{}", "format": "json"}
    connection = http.client.HTTPConnection(urlsplit(served.url).netloc, timeout=300)
    connection.request("POST", f"/{served.token}/api/download", json.dumps(body), {"Content-Type": "application/json"})
    answer = connection.getresponse()
    assert answer.status == 200
    assert answer.headers["X-Name"].isascii()
    connection.close()


DAMAGED = [b"", b"{", b"[]", b"null", b'{"pid": "x"}', b"\xff\xfe", b'{"pid": 1, "file": "a", "output_dir": 7}']


def test_damaged_state_and_metrics(tmp_path: Path) -> None:
    with serve(tmp_path) as served:
        folder = tmp_path / ".hpc/run"
        folder.mkdir(parents=True)
        for text in DAMAGED:
            (folder / "state.json").write_bytes(text)
            assert served.call("watch", {"log_from": 0}) == {"run": None}
        state = {"pid": 1, "file": "a", "output_dir": "out", "epochs": 1, "started": 1.0, "log_begin": 0}
        (folder / "state.json").write_text(json.dumps(state))
        (folder / "exit_code").write_text("x" * 100)
        output = tmp_path / "out"
        output.mkdir()
        lines = [b'{"step": 1, "loss": 2.0}', b'{"step": 2, "loss": NaN}', b"\xff", b"[" * 100_000, b"7", b'{"step": 3']
        (output / "metrics.jsonl").write_bytes(b"\n".join(lines))
        (output / "summary.json").write_bytes(b'{"seconds": Infinity}')
        os.mkfifo(output / "run.log")
        (output / "checkpoint-1").symlink_to("nowhere")
        run = served.call("watch", {"log_from": 0})["run"]
        assert run["metrics"] == [{"step": 1, "loss": 2.0}]
        assert (run["exit_code"], run["summary"], run["log"], run["checkpoint"]) == (-1, None, "", None)


def test_a_log_that_is_a_link_is_not_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from hpc_ui import runs

    monkeypatch.chdir(tmp_path)
    (tmp_path / "precious").write_text("mine")
    (tmp_path / "out").mkdir()
    (tmp_path / "out/run.log").symlink_to("../precious")
    with pytest.raises(OSError, match="symbolic"):
        runs.start("job.json", "out", 1, {})
    assert (tmp_path / "precious").read_text() == "mine"


def test_a_state_folder_that_is_a_link_is_not_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from hpc_ui import runs

    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "here").mkdir()
    (tmp_path / "here/.hpc").symlink_to("../elsewhere")
    monkeypatch.chdir(tmp_path / "here")
    with pytest.raises(OSError, match="link out"):
        runs.start("job.json", "out", 1, {})
    assert not any((tmp_path / "elsewhere").iterdir())


TRAINS = """
import os, signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
descriptor = int(os.environ["HPC_LOCK"])
os.ftruncate(descriptor, 0)
os.pwrite(descriptor, str(os.getpid()).encode(), 0)
open("trains", "w").close()
while True:
    time.sleep(0.1)
"""
WRAPPER = """
import os, subprocess, sys
lock = int(os.environ["HPC_LOCK"])
subprocess.run([sys.executable, "-c", sys.argv[1]], pass_fds=[lock])
"""


def test_a_training_outlives_its_wrapper_and_can_be_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lock belongs to the process that trains: after kill -9 of the wrapper the page still says running."""
    from hpc_ui import runs

    monkeypatch.chdir(tmp_path)
    popen = subprocess.Popen

    def instead(command: list[str], **named: Any) -> subprocess.Popen[bytes]:
        return popen([sys.executable, "-c", WRAPPER, TRAINS], **named)

    monkeypatch.setattr(runs.subprocess, "Popen", instead)
    assert runs.start("job.json", "out", 1, {})
    monkeypatch.undo()
    monkeypatch.chdir(tmp_path)
    wait_for((tmp_path / "trains").exists)
    state = runs.read_state()
    assert state
    os.kill(state["pid"], signal.SIGKILL)
    os.waitpid(state["pid"], 0)
    assert runs.is_running()
    assert not runs.start("job.json", "out", 1, {})
    runs.stop()
    wait_for(lambda: not runs.is_running())


def wait_for(ready: Any) -> None:
    end = time.monotonic() + 300
    while not ready():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_the_token_is_not_among_a_browsers_arguments(tmp_path: Path) -> None:
    from hpc_ui.serve import _redirect

    address = _redirect("http://127.0.0.1:8471/SECRET/")
    path = Path(urlsplit(address).path)
    assert address.startswith("file://")
    assert "SECRET" not in address
    assert "SECRET" in path.read_text()
    assert path.stat().st_mode & 0o077 == 0
    assert path.parent.stat().st_mode & 0o077 == 0
