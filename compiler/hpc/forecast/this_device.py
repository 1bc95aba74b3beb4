"""The device of this machine: a GPU as its driver reports it, else a process's share of this machine's memory."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Final

from hpc.forecast.devices import DEVICES, MIB, Device

CGROUP: Final = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))
MEMORY: Final = Path("/proc/meminfo")
QUERY: Final = ("--query-gpu=name,memory.total", "--format=csv,noheader,nounits")
SECONDS: Final = 5
HIDDEN: Final = ("", "-1")
"""What hides every GPU from a process."""


def device_here(processes: int) -> Device | None:
    """The first GPU of this machine, else its memory divided by the processes that share it; None where unknown."""
    found = _gpu()
    if found:
        return found
    memory = _memory()
    if memory is None:
        return None
    shared = f" with {processes} processes" if processes > 1 else ""
    return Device(f"this machine{shared}", memory // processes, {}, 0.0, None, "the container's limit")


def _gpu() -> Device | None:
    program = shutil.which("nvidia-smi")
    if program is None or os.environ.get("CUDA_VISIBLE_DEVICES") in HIDDEN:
        return None
    import subprocess

    try:
        answer = subprocess.run([program, *QUERY], capture_output=True, text=True, timeout=SECONDS, check=True)  # noqa: S603
        name, _, total = answer.stdout.splitlines()[0].rpartition(",")
        memory = int(total) * MIB
    except (OSError, subprocess.SubprocessError, ValueError, IndexError):
        return None
    alike = (known for known in DEVICES if _alike(known, name) and abs(known.memory - memory) < 0.03 * memory)
    return next(alike, None) or Device(name.strip(), memory, {}, 0.0, None, "nvidia-smi")


def _alike(device: Device, name: str) -> bool:
    return device.name.partition("-")[0].lower() in name.lower().replace(" ", "")


def _memory() -> int | None:
    """The smallest of the machine's memory and the container's limit, in bytes."""
    limits = [int(text) for path in CGROUP if (text := _text(path).strip()).isdecimal()]
    for line in _text(MEMORY).splitlines():
        if line.startswith("MemTotal:"):
            limits.append(int(line.split()[1]) * 1024)
    return min(limits, default=None)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii")
    except (OSError, ValueError):
        return ""
