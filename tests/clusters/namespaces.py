"""Two machines on one: network namespaces joined by a cable, each with a host name and addresses of its own."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.end_to_end.jobs import ENVIRONMENT

HOSTS = {"hpc-a": "10.77.0.1", "hpc-b": "10.77.0.2"}
NEEDED = ("ip", "unshare", "nsenter")
AS_HOST = 'mount --bind "$1" /etc/hosts && hostname "$2" && shift 2 && exec "$@"'


class Machines:
    """Two hosts that see each other and nothing else."""

    def __init__(self, folder: Path) -> None:
        if os.geteuid() or (missing := [name for name in NEEDED if not shutil.which(name)]):
            why = "only root can make them" if os.geteuid() else f"there is no {', '.join(missing)}"
            pytest.skip(f"NOT TESTED between network namespaces: {why}; .ci/run installs what it needs")
        self.folder = folder
        (folder / "hosts").write_text("".join(f"{address} {name}\n" for name, address in HOSTS.items()))
        self.remove()
        for name in HOSTS:
            ip("netns", "add", name)
        ip("link", "add", "eth0", "netns", "hpc-a", "type", "veth", "peer", "name", "eth0", "netns", "hpc-b")
        for name, address in HOSTS.items():
            ip("-n", name, "addr", "add", f"{address}/24", "dev", "eth0")
            for device in ("lo", "eth0"):
                ip("-n", name, "link", "set", device, "up")

    def start(self, host: str, *command: str, log: str, **environment: str) -> subprocess.Popen[bytes]:
        """Start a command on a host, in the working folder; its outputs go to the file ``log`` there."""
        inside = ["ip", "netns", "exec", host, "unshare", "--mount", "--uts", "sh", "-c", AS_HOST, "sh"]
        path = f"{Path(sys.executable).parent}:{ENVIRONMENT['PATH']}"
        with (self.folder / log).open("ab") as file:
            return subprocess.Popen(
                [*inside, str(self.folder / "hosts"), host, *command],
                cwd=self.folder,
                env={**ENVIRONMENT, "PATH": path, **environment},
                stdout=file,
                stderr=file,
            )

    def pull_the_plug(self, host: str) -> None:
        """Every process of the host is gone at once."""
        for pid in self.processes(host):
            os.kill(pid, signal.SIGKILL)

    def processes(self, host: str) -> list[int]:
        """The processes that run on a host."""
        return [int(pid) for pid in ip("netns", "pids", host).split()]

    def remove(self) -> None:
        """Take the namespaces down, if they are there."""
        for name in HOSTS:
            if (Path("/run/netns") / name).exists():
                self.pull_the_plug(name)
                time.sleep(0.2)
                ip("netns", "delete", name)


def ip(*words: str) -> str:
    """iproute2's command; what it prints."""
    done = subprocess.run(["ip", *words], capture_output=True, text=True)
    if done.returncode and "Operation not permitted" in done.stderr:
        pytest.skip(f"NOT TESTED between network namespaces: {done.stderr.strip()}")
    assert done.returncode == 0, done.stderr
    return done.stdout
