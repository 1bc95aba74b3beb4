"""Where nodes meet: who hosts it, who waits, and what is reported when no node answers."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest
from tests.end_to_end.jobs import free_port, make_job, run

from hpc import torchrun as launching
from hpc_runner import torchrun
from hpc_runner.errors import RunnerError


def test_an_address_of_this_machine_is_here_even_if_its_name_does_not_resolve_to_it() -> None:
    assert torchrun.is_here("127.0.0.1")
    assert torchrun.is_here(socket.gethostname())
    # TEST-NET-3, an address that no machine has.
    assert not torchrun.is_here("203.0.113.7")
    assert not torchrun.is_here("no.such.host.invalid")


def test_the_address_is_host_and_port() -> None:
    assert torchrun.address("node-1:29500") == ("node-1", 29500)
    assert torchrun.address("[fd00::2]:29500") == ("fd00::2", 29500)
    for wrong in ("node-1", ":29500", "node-1:", "node-1:http"):
        with pytest.raises(RunnerError, match="is not host:port"):
            torchrun.address(wrong)


def test_a_node_waits_for_the_host(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The host appears while the node waits."""
    port, host = free_port(), socket.socket()

    def appear(_seconds: float) -> None:
        host.bind(("127.0.0.1", port))
        host.listen()

    monkeypatch.setattr("hpc_runner.torchrun.time.sleep", appear)
    torchrun.wait_for("127.0.0.1", port)
    host.close()
    assert capsys.readouterr().err.count(f"waiting for the rendezvous 127.0.0.1:{port}") == 1


def test_nobody_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torchrun, "PATIENCE", 1)
    with pytest.raises(RunnerError, match="no node answered at the rendezvous localhost:9 for 1 seconds"):
        torchrun.wait_for("localhost", 9)


def test_hpc_run_asks_for_the_meeting_place(tmp_path: Path) -> None:
    code, said = run(make_job(tmp_path, nodes=2), HPC_RENDEZVOUS="")
    assert code == 2
    assert "error[HPC704]: this job needs 2 nodes, but HPC_RENDEZVOUS is not set" in " ".join(said.split())


def test_a_job_of_one_process_is_recognized_by_its_command() -> None:
    command = launching.command("build", launching.where(1, 1, "", ""))
    assert command == ["-m", "hpc_runner.torchrun", *torchrun.ONE_PROCESS, "build"]
    assert launching.where(1, 2, "", "") != torchrun.ONE_PROCESS[:3]


ALONE = """
import sys
from hpc_runner import torchrun
code = torchrun.main()
print(*sorted(name for name in sys.modules if name.startswith("torch.distributed")))
sys.exit(code)
"""


def test_a_job_of_one_process_does_not_import_torchrun(tmp_path: Path) -> None:
    command = [sys.executable, "-c", ALONE, *torchrun.ONE_PROCESS, str(tmp_path / "no such folder")]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stdout.strip()) == (1, "")
    assert "no such folder" in done.stderr
