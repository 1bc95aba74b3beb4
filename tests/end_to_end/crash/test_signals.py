"""Ctrl-C and SIGTERM: one clean checkpoint, no process left behind, exit codes 130 and 143."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest
from tests.end_to_end.crash.conftest import JOB, WHOLE
from tests.end_to_end.jobs import end, losses, make_job, start, wait_until

from hpc_disk.checkpoints import incomplete
from hpc_runner.signals import SAME

pytestmark = pytest.mark.train


def stopped(config: Path, number: int) -> tuple[int, str, list[psutil.Process]]:
    """Start a long job, send a signal once it trains; its exit code, its words, and its processes still alive."""
    metrics = config.parent / "out" / "metrics.jsonl"
    process = start(config, MLFLOW_TRACKING_URI=f"sqlite:///{config.parent}/mlflow.db")
    try:
        wait_until(lambda: metrics.is_file() and metrics.read_text().count('"loss"') > 4, process)
        children = psutil.Process(process.pid).children(recursive=True)
        os.kill(process.pid, number)
        said, _ = process.communicate(timeout=500)
    finally:
        if process.poll() is None:
            end(process)
    return process.returncode, said, psutil.wait_procs(children, timeout=300)[1]


@pytest.mark.parametrize(
    ("number", "code", "job"),
    [(signal.SIGINT, 130, JOB), (signal.SIGTERM, 143, WHOLE)],
    ids=["Ctrl-C, one process", "SIGTERM, two processes"],
)
def test_it_saves_one_checkpoint_and_ends(number: int, code: int, job: dict[str, Any], tmp_path: Path) -> None:
    config = make_job(tmp_path, 2000, **{**job, "checkpoint_strategy": "no"})
    returned, said, left = stopped(config, number)
    assert returned == code, said
    assert left == []
    assert "Traceback" not in said
    assert ("Ctrl-C: saving a checkpoint after this step. Press again to stop now." in said) is (code == 130)
    assert "saving a checkpoint after this step" in said
    assert "hpc run job.json --set resume_from_checkpoint=true" in said
    assert "death signal" not in said, "torchrun's own words"
    output = tmp_path / "out"
    (checkpoint,) = output.glob("checkpoint-*")
    assert incomplete(checkpoint) is None
    assert len(losses(output)) == int(checkpoint.name.removeprefix("checkpoint-")) < 1000
    assert not (output / "final").exists()


SLOW_TO_END = """
import pathlib, signal, sys, time
def end(number, frame):
    time.sleep(35)
    pathlib.Path("saved").touch()
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
pathlib.Path("started").touch()
time.sleep(600)
"""


@pytest.mark.slow
def test_a_checkpoint_that_takes_longer_than_torchruns_own_patience_is_written(tmp_path: Path) -> None:
    (tmp_path / "job.py").write_text(SLOW_TO_END)
    launcher = [sys.executable, "-m", "hpc_runner.torchrun", "--standalone", "--nproc-per-node=1", "job.py"]
    process = subprocess.Popen(launcher, cwd=tmp_path)
    wait_until((tmp_path / "started").exists, process)
    process.terminate()
    assert process.wait(timeout=120) == 143
    assert (tmp_path / "saved").exists()


def test_a_signal_before_training_ends_at_once(tmp_path: Path) -> None:
    config = make_job(tmp_path, 20, **JOB)
    process = start(config)
    wait_until(lambda: loads_libraries(process.pid), process)
    process.send_signal(signal.SIGTERM)
    said = all_said(process)
    assert process.returncode == 143, said
    assert "error[" not in said
    assert "Traceback" not in said
    assert not (tmp_path / "out/metrics.jsonl").exists()
    assert subprocess.run(["pgrep", "-f", str(tmp_path)], capture_output=True).stdout == b""


def all_said(process: subprocess.Popen[str]) -> str:
    """What a process that is about to end prints until it has ended."""
    try:
        said, _ = process.communicate(timeout=500)
    finally:
        if process.poll() is None:
            end(process)
    return said


def loads_libraries(pid: int) -> bool:
    """Whether a process of a job has begun to load torch."""
    with suppress(psutil.Error):
        family = psutil.Process(pid).children(recursive=True)
        return any("libtorch" in Path(f"/proc/{member.pid}/maps").read_text() for member in family)
    return False


@pytest.mark.parametrize("processes", [1, 2], ids=["the job starts", "torchrun starts its processes"])
def test_ctrl_c_while_python_starts(processes: int, tmp_path: Path) -> None:
    """Python itself prints a traceback until a program takes over Ctrl-C: each begins with it blocked."""
    process = start(make_job(tmp_path, 20, devices_per_node=processes, **JOB))
    wait_until(lambda: len(psutil.Process(process.pid).children(recursive=True)) >= processes, process)
    children = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGINT)
    said = all_said(process)
    assert process.returncode == 130, said
    assert "Traceback" not in said
    assert psutil.wait_procs(children, timeout=300)[1] == []


MERGES = """
import os, signal, sys
from hpc_runner import merging
def merge(*_):
    os.kill(os.getpid(), signal.SIGINT)
    raise AssertionError("it goes on")
merging._merge = merge
sys.exit(merging.main(*map(merging.Path, sys.argv[1:])))
"""


def test_ctrl_c_in_a_merge_leaves_nothing(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", MERGES, "a", "b", "c"], cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (130, "merging a into b\n")
    assert list(tmp_path.iterdir()) == []


WAITS = """
from datetime import timedelta
from torch.distributed import TCPStore
from hpc_runner.signals import Signals
signals = Signals()
signals.install()
signals.loading = {loading}
signals.defer = not signals.loading  # A step in training: the signal may come before the wait begins.
store = TCPStore("127.0.0.1", 0, is_master=True, wait_for_workers=False, timeout=timedelta(minutes=5))
print("waiting", flush=True)
store.get("what another process would say")
"""


@pytest.mark.parametrize("loading", [True, False])
def test_a_signal_reaches_a_process_that_waits_for_another_one_in_a_library(*, loading: bool) -> None:
    """torch's store waits half an hour for a process that has ended, and Python handles no signal meanwhile."""
    program = [sys.executable, "-c", WAITS.format(loading=loading)]
    with subprocess.Popen(program, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "waiting\n"
        for _ in range(1 if loading else 24):
            process.send_signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                process.wait(
                    500 if loading else SAME + 0.5
                )  # A busy machine may hear the first one late: send another.
                break
        code = process.poll()
        process.kill()
    assert code == 143
