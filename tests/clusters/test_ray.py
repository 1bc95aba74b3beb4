"""The driver on a real Ray cluster of two nodes: it places one task a node, and the job trains to its end."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from tests.end_to_end.jobs import ENVIRONMENT, losses, make_job

from hpc.cli import main

pytestmark = pytest.mark.train

QUIET = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_DEDUP_LOGS": "0", "RAY_memory_monitor_refresh_ms": "0"}
PATIENT = {"RAY_worker_register_timeout_seconds": "600", "RAY_health_check_failure_threshold": "100"}
SLOWER = 20
"""Ray gives a node 30 seconds to start, which nothing can change but its clock: a busy machine needs minutes."""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The address of a cluster of two nodes, one CPU each."""
    utilities = pytest.importorskip("ray.cluster_utils", reason="NOT TESTED on Ray: it is not installed")
    before = dict(os.environ)
    os.environ |= {**ENVIRONMENT, **QUIET, **PATIENT}
    cluster = utilities.Cluster()
    clock = SimpleNamespace(**vars(time) | {"monotonic": lambda: time.monotonic() / SLOWER})
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("ray._private.node.time", clock)
        for _ in range(2):
            cluster.add_node(num_cpus=1, object_store_memory=100_000_000, include_dashboard=False)
    yield cluster.address
    cluster.shutdown()
    os.environ.clear()
    os.environ |= before  # Else all tests after these were without colors.


def drive(folder: Path, address: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "build/ray_job.py", "build"]
    environment = {**ENVIRONMENT, **QUIET, "RAY_ADDRESS": address}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=500)


def test_a_job_of_two_nodes(address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = make_job(tmp_path, 20, training_type="full", nodes=2)
    monkeypatch.chdir(tmp_path)
    assert main(["compile", config.name, "-o", "build"]) == 0
    assert main(["compile", config.name, "-o", "build", "--emit", "ray_job.py"]) == 0
    done = drive(tmp_path, address)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert len(losses(tmp_path / "out")) == 10
    assert (tmp_path / "out" / "final" / "model.safetensors").is_file()

    # A launcher that fails: the driver returns its exit code.
    (tmp_path / "build" / "launch.sh").write_text("exit 5\n")
    assert drive(tmp_path, address).returncode == 5
