"""Kill trainings and what is around them at random moments, and compare with an uninterrupted run.

``make chaos N=20``: N trainings under ``hpc run``, in one process and in two, ddp and ZeRO-2. At a random moment of a
random kind there goes with kill -9 every process of it (as when a machine dies), or `hpc run` alone, or its terminal,
or the reader of its output, or the tracking server. Then the same command is run again, where the training has ended.
One process must end bit-equal, two processes within 1e-6, and no process may be left.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from subprocess import DEVNULL, Popen
from typing import Any
from urllib.request import urlopen

import psutil
from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).parents[1]))
from tests.end_to_end.jobs import losses, make_job, run, start
from tests.end_to_end.tiny import make_tiny

STEPS = 24
RHYTHM: dict[str, Any] = {
    "checkpoint_strategy": "steps",
    "checkpoint_steps": 3,
    "number_of_checkpoints": 2,
    "resume_from_checkpoint": True,
}
JOBS: dict[str, dict[str, Any]] = {
    "lora, 1 process": {"lora_dropout": 0.1},
    "full, 1 process": {"training_type": "full"},
    "full, 2 processes, ddp": {"training_type": "full", "devices_per_node": 2},
    "lora, 2 processes, zero 2": {"devices_per_node": 2, "distributed_backend": "deepspeed", "zero_stage": 2},
}
VICTIMS = ("every process", "hpc run", "the terminal", "the reader of the output", "the tracking server")
SURVIVED = VICTIMS[3:]
"""What a run does not need: it must go on to its end."""
MOMENTS = ("any time", "in a step", "in a checkpoint write", "in the final save or the merge")


@dataclass(frozen=True)
class Trial:
    """What happened in one trial; ``problem`` is empty if all is well."""

    job: str
    victim: str
    moment: str
    killed_at: str
    resumed_from: str
    difference: float
    problem: str


def world(job: str) -> int:
    return int(JOBS[job].get("devices_per_node", 1))


def prepared(folder: Path, job: str) -> Path:
    """The working folder of a trial, with the one model that all trials train."""
    shutil.copytree(folder.parent / "model", folder / "model")
    return make_job(folder, STEPS * world(job), **RHYTHM, **JOBS[job])


def newest(output: Path) -> int:
    """The number of the newest checkpoint folder, complete or not."""
    return max((int(path.name.split("-")[1]) for path in output.glob("checkpoint-*")), default=0)


def reached(output: Path, moment: str, step: int) -> bool:
    """Whether the moment has come."""
    if moment == "in a checkpoint write":
        return newest(output) >= step
    if moment == "in the final save or the merge":
        return any(output.glob(".*.partial"))
    metrics = output / "metrics.jsonl"
    return metrics.is_file() and metrics.read_text().count('"loss"') >= step


def kill(config: Path, victim: str, moment: str, chance: random.Random, seconds: float) -> tuple[str, str]:
    """Start the job, which takes so many seconds, and kill the victim: where the run was, and what is wrong then."""
    output, step = config.parent / "out", chance.randrange(1, STEPS)
    with tracking_server(config.parent, wanted=victim == "the tracking server") as server:
        process = start(config, **({"MLFLOW_TRACKING_URI": server.address} if server else {}))
        end = time.monotonic() + chance.uniform(1, seconds) if moment == "any time" else float("inf")
        while process.poll() is None and time.monotonic() < end:
            if moment != "any time" and reached(output, moment, step):
                break
            time.sleep(0.002)
        while server and process.poll() is None and not reached(output, "in a step", 0):
            time.sleep(0.002)  # Before its first step the run would be refused, and rightly.
        if process.poll() is not None:
            return "it had ended", f"exit code {process.returncode}" if process.returncode else ""
        time.sleep(chance.uniform(0, 0.15))
        tree = psutil.Process(process.pid).children(recursive=True)
        problem = strike(victim, process, tree, server)
    results = [name for name in ("final", "merged") if (output / name).is_dir()]
    done = len(losses(output)) if (output / "metrics.jsonl").is_file() else 0
    return f"step {done}" + (f", {' and '.join(results)} written" if results else ""), problem


def strike(victim: str, process: Popen[str], tree: list[psutil.Process], server: Server | None) -> str:
    """Kill the victim and wait for what must follow; what does not."""
    if victim == "every process":
        for one in (psutil.Process(process.pid), *tree):
            with suppress(psutil.NoSuchProcess):
                one.kill()
    elif victim == "the terminal":
        process.send_signal(signal.SIGHUP)
    elif victim == "hpc run":
        process.kill()
    elif victim == "the reader of the output":
        assert process.stdout
        process.stdout.close()
    elif server:
        server.kill()
    _, left = psutil.wait_procs([psutil.Process(process.pid), *tree] if process.poll() is None else tree, timeout=300)
    for one in left:
        one.kill()
    if left:
        return f"{len(left)} processes were left"
    code = process.wait()
    return f"exit code {code}" if victim in SURVIVED and code else ""


@dataclass(frozen=True)
class Server:
    """A real tracking server."""

    address: str
    process: Popen[bytes]

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@contextmanager
def tracking_server(folder: Path, *, wanted: bool) -> Iterator[Server | None]:
    """MLflow's own server, where it is wanted."""
    if not wanted:
        yield None
        return
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "mlflow", "server", "--port", str(port), "--workers", "1"]
    process = Popen(command, cwd=folder, start_new_session=True, stdout=DEVNULL, stderr=DEVNULL)
    server = Server(f"http://127.0.0.1:{port}", process)
    try:
        while process.poll() is None and not answers(port):
            time.sleep(0.1)
        yield server
    finally:
        server.kill()


def answers(port: int) -> bool:
    """Whether a server answers; it takes connections long before."""
    try:
        return bool(urlopen(f"http://127.0.0.1:{port}/health", timeout=5).status == 200)
    except OSError:
        return False


def weights(output: Path) -> dict[str, bytes]:
    return {str(path.relative_to(output)): path.read_bytes() for path in output.glob("[fm]*/*.safetensors")}


def attempt(
    folder: Path, job: str, victim: str, moment: str, chance: random.Random, whole: tuple[Path, float]
) -> Trial:
    """One trial: killed, run again where it has ended, compared with the whole run."""
    expected, seconds = whole
    config = prepared(folder, job)
    output = folder / "out"
    killed_at, problem = kill(config, victim, moment, chance, seconds)
    exact = world(job) == 1
    if exact and not weights(output).items() <= weights(expected).items():
        problem = "a partial result looks finished"
    survived = victim in SURVIVED and not problem
    code, said = (0, "") if survived else run(config, timeout=600)
    resumed = said.split("resuming from out/")[1].split()[0] if "resuming from" in said else "the beginning"
    if code:
        return Trial(job, victim, moment, killed_at, resumed, float("nan"), f"exit code {code}: {said[-500:]}")
    found, wanted = losses(output), losses(expected)
    difference = max(abs(one - other) for one, other in zip(found, wanted, strict=True))
    if difference > (0 if exact else 1e-6):
        problem = "other losses"
    if exact and weights(output) != weights(expected):
        problem = "other weights"
    return Trial(job, victim, moment, killed_at, resumed, difference, problem)


def whole_run(folder: Path, job: str) -> tuple[Path, float]:
    """An uninterrupted run: its output folder, and how many seconds it took."""
    began = time.monotonic()
    code, said = run(prepared(folder, job), timeout=900)
    assert code == 0, said
    return folder / "out", time.monotonic() - began


def main(trials: int, seed: int) -> int:
    """As many trials at a time as there are processors; returns how many went wrong."""
    with tempfile.TemporaryDirectory(prefix="hpc-chaos-") as name, ThreadPoolExecutor(os.cpu_count()) as pool:
        root = Path(name)
        make_tiny(root / "model")
        whole = dict(zip(JOBS, pool.map(lambda job: whole_run(root / job, job), JOBS), strict=True))

        def trial(number: int) -> Trial:
            job, moment = list(JOBS)[number % len(JOBS)], MOMENTS[(number // len(JOBS)) % len(MOMENTS)]
            victim = VICTIMS[number % len(VICTIMS)]
            done = attempt(root / str(number), job, victim, moment, random.Random(f"{seed}-{number}"), whole[job])
            what = f"{job}, {victim}, {moment}"
            print(f"{number + 1}/{trials}: {what}: {done.problem or 'equal'}", file=sys.stderr, flush=True)
            return done

        done = list(pool.map(trial, range(trials)))
    Console(width=150).print(table(done, seed))
    return sum(bool(one.problem) for one in done)


def table(trials: list[Trial], seed: int) -> Table:
    shown = Table(title=f"{len(trials)} trainings killed and run again (seed {seed})")
    for title in ("job", "killed", "when", "at", "resumed from", "largest difference of a loss", "verdict"):
        shown.add_column(title)
    for one in trials:
        row = (
            one.job,
            one.victim,
            one.moment,
            one.killed_at,
            one.resumed_from,
            f"{one.difference:.1e}",
            one.problem or "equal",
        )
        shown.add_row(*row)
    return shown


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    raise SystemExit(main(count, int(sys.argv[2]) if len(sys.argv) > 2 else 1))
