"""Only this machine's own page, with its token, gets an answer."""

from __future__ import annotations

import re
import socket
from pathlib import Path

import pytest

from tests.ui.served import Served, serve


def test_the_page_needs_the_token(served: Served) -> None:
    assert served.request(f"/{served.token}/")[0] == 200
    for path in (
        "/",
        "/index.html",
        "/api/start",
        f"/{'x' * len(served.token)}/",
        f"/{served.token[:-1]}/",
        "/main.js",
    ):
        assert served.request(path)[0] == 403, path
        assert served.request(path, {})[0] == 403, path


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "", "10.0.0.1", "["])
def test_a_foreign_host_is_refused(served: Served, host: str) -> None:
    assert served.request(f"/{served.token}/", Host=host)[0] in (400, 403)


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:1", "https://127.0.0.1"])
def test_a_foreign_origin_is_refused(served: Served, origin: str) -> None:
    status, text = served.request(f"/{served.token}/api/files", {}, Origin=origin)
    assert (status, text) == (403, "This server answers only to its own page.")


def test_a_form_of_another_page_is_refused(served: Served) -> None:
    """A cross-site form can post without asking, but only as one of three content types."""
    assert served.request(f"/{served.token}/api/stop", {}, Content_Type="text/plain")[0] == 403


def test_only_the_loopback_interface_listens(served: Served) -> None:
    port = int(re.findall(r":(\d+)/", served.url)[0])
    listening = Path("/proc/net/tcp").read_text() + Path("/proc/net/tcp6").read_text()
    addresses = {
        line.split()[1] for line in listening.splitlines() if line.split()[3] == "0A" and f":{port:04X}" in line
    }
    assert addresses == {f"0100007F:{port:04X}"}


def test_a_taken_port_is_no_obstacle(tmp_path: Path) -> None:
    with serve(tmp_path) as one, serve(tmp_path) as two:
        assert one.url != two.url
        assert one.token != two.token
        assert one.call("files", {}) == two.call("files", {}) == {"files": []}


def test_an_asked_for_port_that_is_taken_is_an_explained_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from hpc.cli import main

    monkeypatch.chdir(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert main(["ui", "--no-browser", "--port", str(taken.getsockname()[1])]) == 2
    assert "hpc ui: " in capsys.readouterr().err


@pytest.mark.parametrize(("file", "reason"), [("../x.json", "inside the folder"), ("notes.txt", "must end in")])
def test_a_file_that_cannot_be_opened_is_an_explained_error(
    file: str, reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    from hpc.cli import main

    assert main(["ui", file]) == 2
    assert reason in capsys.readouterr().err
