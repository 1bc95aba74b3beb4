"""A real Slurm on one machine: munged, slurmctld and two slurmd, each node with a host name of its own."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

NODES = ("n1", "n2")
PATIENCE = 240.0
"""Seconds for a daemon or a job."""
NEEDED = ("munged", "slurmctld", "slurmd", "sbatch", "unshare")

CONFIGURATION = """\
ClusterName=hpc
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort=16817
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool-%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd-%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd-%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
ReturnToService=2
KillWait=60
NodeName=n1 NodeAddr=127.0.0.1 Port=17001 CPUs=1 State=UNKNOWN
NodeName=n2 NodeAddr=127.0.0.1 Port=17002 CPUs=1 State=UNKNOWN
PartitionName=all Nodes=n1,n2 Default=YES MaxTime=INFINITE State=UP
"""
# A node's own host name, and the addresses of the others, without touching this machine's.
AS_NODE = 'mount --bind "$1" /etc/hosts && hostname "$2" && exec slurmd -D -N "$2"'


class Slurm:
    """The cluster; its commands run with ``self.environment``."""

    def __init__(self, folder: Path) -> None:
        if os.geteuid() or (missing := [name for name in NEEDED if not shutil.which(name)]):
            why = "only root can start it" if os.geteuid() else f"there is no {', '.join(missing)}"
            pytest.skip(f"NOT TESTED on Slurm: {why}; .ci/run installs what it needs")
        self.folder = folder
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        self.environment = {**os.environ, "SLURM_CONF": str(folder / "slurm.conf"), "PATH": path}
        self.daemons: list[subprocess.Popen[bytes]] = []
        self._configure()
        self._start()

    def command(self, *words: str, folder: Path | None = None) -> str:
        """Run one of Slurm's commands; what it prints."""
        done = subprocess.run(words, env=self.environment, cwd=folder, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def submit(self, folder: Path, *options: str) -> str:
        """``sbatch`` in the working folder; the number of the job."""
        return self.command("sbatch", "--parsable", *options, folder=folder)

    def state(self, job: str) -> str:
        """The job's state, as Slurm names it."""
        shown = self.command("scontrol", "--oneliner", "show", "job", job)
        return shown.split("JobState=")[1].split()[0]

    def wait(self, job: str) -> str:
        """Wait until the job has ended; its last state."""
        end = time.monotonic() + PATIENCE
        while (state := self.state(job)) in ("PENDING", "RUNNING", "COMPLETING"):
            assert time.monotonic() < end, f"job {job} is still {state}"
            time.sleep(0.5)
        return state

    def stop(self) -> None:
        """End every daemon."""
        for daemon in reversed(self.daemons):
            daemon.terminate()
            daemon.wait(PATIENCE)

    def _configure(self) -> None:
        (self.folder / "state").mkdir()
        for node in NODES:
            (self.folder / f"spool-{node}").mkdir()
        (self.folder / "munge.key").write_bytes(os.urandom(128))
        (self.folder / "munge.key").chmod(0o400)
        (self.folder / "hosts").write_text("127.0.0.1 localhost\n" + "".join(f"127.0.0.1 {node}\n" for node in NODES))
        text = CONFIGURATION.format(host=socket.gethostname(), folder=self.folder)
        (self.folder / "slurm.conf").write_text(text)

    def _start(self) -> None:
        files = [f"--{name}-file={self.folder}/munge.{name}" for name in ("key", "pid", "log", "seed")]
        self._daemon("munged", "--foreground", "--force", f"--socket={self.folder}/munge.socket", *files)
        self._until((self.folder / "munge.socket").exists)
        self._daemon("slurmctld", "-D")
        for node in NODES:
            hosts = str(self.folder / "hosts")
            self._daemon("unshare", "--mount", "--uts", "sh", "-c", AS_NODE, "sh", hosts, node)
        self._until(lambda: self._idle() == len(NODES))

    def _until(self, holds: Callable[[], bool]) -> None:
        end = time.monotonic() + PATIENCE
        while not holds():
            assert time.monotonic() < end, (self.folder / "daemons.log").read_text()[-2000:]
            time.sleep(0.1)

    def _daemon(self, *words: str) -> None:
        log = (self.folder / "daemons.log").open("ab")
        self.daemons.append(subprocess.Popen(words, env=self.environment, stdout=log, stderr=log))

    def _idle(self) -> int:
        shown = subprocess.run(
            ["sinfo", "--noheader", "--Node", "--format=%t"], env=self.environment, capture_output=True, text=True
        )
        return shown.stdout.split().count("idle")
