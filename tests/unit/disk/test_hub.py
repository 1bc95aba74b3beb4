"""What is only on the hub is said not to be checked, and refused where the hub cannot be asked."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest
from tests.unit.disk.worlds import ALPACA, found, make_model, write_lines

from hpc.check import check
from hpc.source import parse
from hpc_disk import hub

JOB: dict[str, Any] = {"model": "org/model", "train_data": "train.jsonl"}


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "cache"))
    for name in ("HF_HUB_CACHE", *hub.OFFLINE, "HTTPS_PROXY", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    write_lines(Path("train.jsonl"), [ALPACA])
    hub._answers.cache_clear()


@pytest.fixture
def listening(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hub that takes connections."""
    server = socket.create_server(("127.0.0.1", 0))
    monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{server.getsockname()[1]}")
    monkeypatch.setattr(hub, "_server", server, raising=False)  # It must outlive the test.


@pytest.mark.usefixtures("listening")
def test_a_hub_that_answers_leaves_it_unchecked() -> None:
    said = found(JOB, must_exist=True)
    assert said["HPC528"].severity == "note"
    assert said["HPC528"].pointer == "/model"
    assert "HPC529" not in said


def test_offline_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    said = found(JOB, must_exist=True)
    assert "HF_HUB_OFFLINE is set" in said["HPC529"].message
    assert "HPC528" not in said, "the same model is not a problem twice"


def test_a_silent_hub_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{port}")
    assert "does not answer within 5 seconds" in found(JOB, must_exist=True)["HPC529"].message


def test_what_is_in_the_cache_or_on_the_disk_needs_no_hub(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    make_model(Path("cache/hub/models--org--model/snapshots/1"))
    Path("cache/hub/datasets--org--rows").mkdir(parents=True)
    said = found({"model": "org/model", "train_data": "org/rows"}, must_exist=True)
    assert said.keys().isdisjoint({"HPC528", "HPC529"})


@pytest.mark.parametrize("field", ["model", "train_data"])
@pytest.mark.parametrize("text", ["~/x", "https://x.example/y", "s3://bucket/x", "hf://org/x"])
def test_a_home_or_a_url_is_an_error_of_the_config(field: str, text: str) -> None:
    document = parse(f'{{"{field}": "{text}"}}', "json", "job.json")
    (said,) = check(document, disk="ignored").diagnostics
    assert (said.code, said.pointer) == ("HPC106", f"/{field}")
    assert "are not supported" in said.message
