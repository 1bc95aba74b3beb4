"""Late binding: the few things that only the running machine knows, filled in one place and written down."""

from __future__ import annotations

import os
import socket
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from hpc_runner.errors import RunnerError
from hpc_runner.plan import Plan
from hpc_runner.quiet import expect_no_gpu
from hpc_runner.today import DAY, written


@dataclass(frozen=True)
class LateBound:
    """``use_cpu`` and ``ddp_backend`` of the training arguments, and the number of processes that were started.

    ``optim`` takes the place of the compiled optimizer: the same rule in a kernel that only a GPU has.
    """

    use_cpu: bool
    ddp_backend: str | None
    world_size: int
    optim: str | None = None


def check_world_size(plan: Plan) -> int:
    """Return the number of processes.

    Raises:
        RunnerError: HPC803 where it is not the number that the plan was compiled for, because the compiled batch
            sizes and DeepSpeed's would silently mean something else.
    """
    started = int(os.environ.get("WORLD_SIZE", "1"))
    planned = plan.distributed.world_size
    if started != planned:
        raise RunnerError(
            "HPC803",
            f"the plan is for {planned} process{'es' if planned > 1 else ''} "
            f"({plan.distributed.nodes} × {plan.distributed.devices_per_node}), but {started} were started",
            "start it with `hpc run`, or with the compiled launch.sh, or change nodes and devices_per_node",
        )
    if started == 1 and plan.deepspeed is None:
        _alone()
    return started


def _alone() -> None:
    """Hide torchrun from the libraries where there is a single process.

    accelerate would wrap the model for several processes, which keeps a second copy of all gradients. Without a
    launcher, with more than one device in sight, the trainer would use DataParallel.
    """
    for name in ("RANK", "LOCAL_RANK", "WORLD_SIZE", "LOCAL_WORLD_SIZE"):
        os.environ.pop(name, None)
    os.environ["CUDA_VISIBLE_DEVICES"] = os.environ.get("CUDA_VISIBLE_DEVICES", "0").partition(",")[0]


def prepare_environment(plan: Plan, *, cpu: bool) -> None:
    """Set what libraries read from the environment, before they are imported."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    if cpu:
        expect_no_gpu()
    if plan.deepspeed is None:
        return
    # Compiled once per environment, not once per user and not in a temporary folder.
    os.environ.setdefault("TORCH_EXTENSIONS_DIR", str(Path(sys.prefix) / "torch_extensions"))
    # The extension is built with ninja, which pip puts beside this interpreter and not always on the path.
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    for name, value in {"RANK": "0", "LOCAL_RANK": "0", "WORLD_SIZE": "1", "MASTER_ADDR": "localhost"}.items():
        os.environ.setdefault(name, value)
    os.environ.setdefault("MASTER_PORT", str(_free_port()))


def _free_port() -> int:
    """A port of this machine that no process listens on: two jobs of one process each must not meet."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def bind(plan: Plan, world_size: int, *, cpu: bool) -> LateBound:
    """Decide what the compiler left open."""
    backend = ("gloo" if cpu else "nccl") if world_size > 1 else None
    return LateBound(use_cpu=cpu, ddp_backend=backend, world_size=world_size, optim=_fused(plan))


def _fused(plan: Plan) -> str | None:
    """AdamW in one kernel, which is quicker, and makes no temporaries: on a GPU they are as large as the weights.

    Not with fp16, where the kernel itself skips a step, so that it could not be counted; nor in DeepSpeed, which may
    keep the weights on the host.
    """
    plain = plan.arguments.get("optim") == "adamw_torch"
    return "adamw_torch_fused" if plain and plan.deepspeed is None and not plan.arguments.get("fp16") else None


def describe(late: LateBound) -> dict[str, object]:
    """What ``late_bound.json`` holds: the values, the day, and the versions of the libraries that took them."""
    from importlib.metadata import PackageNotFoundError, version

    versions = {}
    for name in ("torch", "transformers", "trl", "peft", "accelerate", "datasets", "deepspeed", "bitsandbytes"):
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            continue
    return {**asdict(late), "day": written(DAY), "python": sys.version.split()[0], "versions": versions}
