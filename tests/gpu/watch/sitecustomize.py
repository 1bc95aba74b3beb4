"""Python imports this when it starts: a process that used the GPU writes down at its end what memory it took."""

import atexit
import contextlib
import json
import os
import sys
from pathlib import Path


def _write() -> None:
    torch = sys.modules.get("torch")
    if torch is None or not torch.cuda.is_initialized():
        return
    found = {"allocated": torch.cuda.max_memory_allocated(), "reserved": torch.cuda.max_memory_reserved()}
    now, (free, total) = torch.cuda.memory_reserved(), torch.cuda.mem_get_info()
    with contextlib.suppress(Exception):
        import pynvml

        pynvml.nvmlInit()
        processes = pynvml.nvmlDeviceGetComputeRunningProcesses(pynvml.nvmlDeviceGetHandleByIndex(0))
        used = [process.usedGpuMemory for process in processes if process.pid == os.getpid()]
        found |= {"outside": used[0] - now} if used else {}
    Path(os.environ["GPU_FIGURES"]).write_text(json.dumps({**found, "device_used": total - free, "kept": now}))


if "GPU_FIGURES" in os.environ:
    atexit.register(_write)
