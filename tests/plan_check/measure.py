"""The memory that the real trainer takes, measured in forks of one warm process."""

from __future__ import annotations

import gc
import json
import os
import signal
import traceback
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from tests.end_to_end.forks import free_port
from tests.plan_check.trials import Trial

LIMIT = 300
"""Seconds for one job."""
Work = Callable[[Path, Path], int]
"""What a fork does with the job's folder and the compiled one; returns its exit code."""


def measure(folder: Path, build: Path, trial: Trial) -> tuple[int, int, int]:
    """The peak of the first process in bytes; of a large model also by how much the kernel saw it grow, and how much of
    that are pages of files, else 0.

    The job runs in forks of this process; the kernel is asked in a run of its own, since what the profiler writes down
    takes hundreds of megabytes.
    """
    _run(folder, build, trial.values.get("devices_per_node", 1), _profiled)
    if trial.kind.startswith("large"):
        _run(folder, build, 1, _growing)
    grown = folder / "grown"
    resident, mapped = map(int, grown.read_text().split()) if grown.exists() else (0, 0)
    return int((folder / "peak").read_text()), resident, mapped


def _run(folder: Path, build: Path, world: int, work: Work) -> None:
    port = free_port()
    pids = [_fork(folder, build, rank, world, port, work) for rank in range(world)]
    codes = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in pids]
    if any(codes):
        raise RuntimeError((folder / "said.txt").read_text()[-3000:])


def exact_parts(folder: Path, build: Path, start: int) -> dict[str, int]:
    """The bytes by cause that ``--exact`` computes, in a fork as well."""
    pid = _fork(folder, build, 0, 1, free_port(), partial(_exact, start=start))
    if os.waitpid(pid, 0)[1]:
        raise RuntimeError((folder / "said.txt").read_text()[-3000:])
    parts: dict[str, Any] = json.loads((folder / "exact.json").read_text())
    if "refused" in parts:
        raise RuntimeError(parts["refused"]["message"])
    return parts


def _exact(folder: Path, build: Path, start: int) -> int:
    from hpc_runner.__main__ import main

    for name in ("RANK", "LOCAL_RANK", "WORLD_SIZE", "LOCAL_WORLD_SIZE"):
        os.environ.pop(name)
    settings = json.loads((build / "plan.json").read_text())
    return main(
        ["memory", str(build), str(folder / "exact.json"), str(settings["data"]["max_sequence_length"]), str(start)]
    )


def _fork(folder: Path, build: Path, rank: int, world: int, port: int, work: Work) -> int:
    pid = os.fork()
    if pid:
        return pid
    signal.alarm(LIMIT)
    log = os.open(folder / "said.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.environ |= {"RANK": str(rank), "LOCAL_RANK": str(rank), "WORLD_SIZE": str(world), "LOCAL_WORLD_SIZE": str(world)}
    os.environ |= {"MASTER_ADDR": "localhost", "MASTER_PORT": str(port)}
    code = 1
    try:
        code = work(folder, build)
    except BaseException:
        traceback.print_exc()
    os._exit(code)


def _profiled(folder: Path, build: Path) -> int:
    """Run the runner with its trainer's training profiled."""
    from torch.profiler import ProfilerActivity, profile
    from transformers import Trainer

    from hpc_runner.__main__ import main

    train = Trainer.train

    def watched(trainer: Any, *args: Any, **kwargs: Any) -> Any:
        before = _storages()
        with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as watch:
            result = train(trainer, *args, **kwargs)
        # The trainer's `to(device)` may copy weights; the profiler sees the copies.
        there = sum(size for storage, size in before if not storage.expired())
        if os.environ.get("RANK", "0") == "0":
            (folder / "peak").write_text(str(there + _highest(watch, folder)))
        return result

    Trainer.train = watched
    return main([str(build)])


def _growing(folder: Path, build: Path) -> int:
    """Run the runner, and ask the kernel how high it stood in its training above what it was before loading.

    Pages of the weights' file stay mapped; the kernel takes them back when it needs them.
    """
    from transformers import Trainer

    from hpc_runner import model
    from hpc_runner.__main__ import main

    train, load = Trainer.train, model.load_model
    before_loading = of_files = 0

    def loaded(*args: Any) -> Any:
        nonlocal before_loading, of_files
        _touch_libraries()
        before_loading, of_files = _resident("VmRSS"), _resident("RssFile")
        return load(*args)

    def watched(trainer: Any, *args: Any, **kwargs: Any) -> Any:
        Path("/proc/self/clear_refs").write_text("5")  # What loading took for a moment is not the training's.
        result = train(trainer, *args, **kwargs)
        grown, mapped = _resident("VmHWM") - before_loading, _resident("RssFile") - of_files
        (folder / "grown").write_text(f"{grown} {mapped}")
        return result

    Trainer.train, model.load_model = watched, loaded
    return main([str(build), "--overwrite"])


def _touch_libraries() -> None:
    """Compute a little, so that the libraries' own pages are there before they could be taken for the model's."""
    import torch

    layer = torch.nn.TransformerEncoderLayer(512, 8, batch_first=True)
    layer(torch.randn(2, 512, 512)).sum().backward()
    torch.optim.AdamW(layer.parameters()).step()


def _resident(name: str) -> int:
    """A figure of this process in bytes, as the kernel counts it."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(name))


def _storages() -> list[tuple[Any, int]]:
    """What holds the tensors that are alive, weakly, with its bytes."""
    import torch
    from torch.multiprocessing.reductions import StorageWeakRef

    tensors = (thing for thing in gc.get_objects() if isinstance(thing, torch.Tensor) and thing.device.type == "cpu")
    storages = {tensor.untyped_storage()._cdata: tensor.untyped_storage() for tensor in tensors}
    return [(StorageWeakRef(storage), storage.nbytes()) for storage in storages.values()]


def _highest(watch: Any, folder: Path) -> int:
    """The highest "Total Allocated"; the counter is the process's own and does not begin at zero."""
    trace = folder / f"trace-{os.getpid()}.json"
    watch.export_chrome_trace(str(trace))
    events = [event for event in json.loads(trace.read_text())["traceEvents"] if event.get("name") == "[memory]"]
    events.sort(key=lambda event: event["ts"])
    begin = events[0]["args"]["Total Allocated"] - events[0]["args"]["Bytes"]
    return int(max(event["args"]["Total Allocated"] for event in events) - begin)
