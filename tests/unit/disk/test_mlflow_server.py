"""A tracking server that does not answer is told within ten seconds, before anything is loaded."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from hpc.cli import main
from hpc.here import ready_to_run
from hpc.source import parse
from hpc_disk import mlflow_server
from hpc_disk.mlflow_server import without_password

MOST = 150.0
"""Seconds within which it is told; the whole answer of the slow server would take 200."""


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(mlflow_server, "PATIENCE", 1.0)
    mlflow_server._silence.cache_clear()
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture(params=["never answers", "one byte now and then", "closes at once"])
def server(request: pytest.FixtureRequest) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    if request.param == "closes at once":
                        connection.close()
                    threading.Thread(target=drip, args=(connection, request.param), daemon=True).start()

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


def drip(connection: socket.socket, kind: str) -> None:
    with suppress(OSError):
        for byte in b"HTTP/1.1 200 OK\r\nx: " + b"y" * 1000 if kind == "one byte now and then" else b"":
            time.sleep(0.2)
            connection.send(bytes([byte]))
    time.sleep(60)


def codes(report_to: str = "[]") -> list[str]:
    text = f'{{"model": "m", "train_data": "d.json", "report_to": {report_to}}}'
    return [found.code for found in ready_to_run(parse(text, "json", "job.json")).errors]


def test_doctor_run_and_page_tell_it(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", server)
    began = time.monotonic()
    assert "HPC870" in codes('["mlflow"]')
    assert time.monotonic() - began < MOST
    assert "HPC870" not in codes()


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:1", "http://127.0.0.1:x", "http://", "https://no.such.host.invalid"]
)
def test_an_address_that_is_none(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", address)
    assert "HPC870" in codes('["mlflow"]')


def test_a_file_that_cannot_be_a_store(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """MLflow would try for a hundred seconds to open one of these."""
    Path("folder").mkdir()
    Path("text").write_text("this is not a database\n" * 10)
    Path("empty").touch()
    for file in ("folder", "text", "text/x.db", "/proc/x.db", "/dev/null"):
        monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{file}")
        assert "HPC870" in codes('["mlflow"]'), file
    for file in ("empty", "new/folder/x.db", f"{place}/x.db?timeout=5", ":memory:"):
        monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{file}")
        assert "HPC870" not in codes('["mlflow"]'), file
    assert sorted(path.name for path in place.iterdir()) == ["empty", "folder", "text"]


def test_another_node_does_not_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:1")
    monkeypatch.setenv("RANK", "1")
    assert "HPC870" not in codes('["mlflow"]')


def test_a_password_is_not_shown(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://me:secret@127.0.0.1:1/x")
    Path("job.json").write_text('{"model": "m", "train_data": "d.json", "report_to": ["mlflow"]}')
    assert main(["run", "job.json"]) == 1
    said = capsys.readouterr().err
    assert "MLflow at http://127.0.0.1:1/x does not answer" in said
    assert "secret" not in said
    assert without_password("postgresql://me:secret@host/db") == "postgresql://host/db"
