"""What can be known to be wrong before anything is loaded: hardware, packages, paths; all of it at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from hpc_runner.data import may_be_on_hub
from hpc_runner.errors import RunnerError
from hpc_runner.plan import Plan

EXTRAS = {"deepspeed": "deepspeed", "bitsandbytes": "quantization"}


@dataclass(frozen=True)
class Problem:
    """One finding, in the words of a diagnostic."""

    code: str
    severity: Literal["error", "warning"]
    message: str
    help: str


def inspect(plan: Plan) -> list[Problem]:
    """Everything that stands in the way of this plan on this machine."""
    return [*_versions(plan), *_precision(plan), *_packages(plan), *_devices(plan), *_paths(plan)]


def refuse(problems: list[Problem]) -> None:
    """Raise the first error, with the others below it.

    Raises:
        RunnerError: With the first problem's code.
    """
    errors = [problem for problem in problems if problem.severity == "error"]
    if not errors:
        return
    first, *rest = errors
    more = "".join(f"\nerror[{p.code}]: {p.message}\n  help: {p.help}" for p in rest)
    raise RunnerError(first.code, first.message, first.help + more)


def _versions(plan: Plan) -> Iterator[Problem]:
    for name, needed in plan.versions.items():
        try:
            installed = version(name)
        except PackageNotFoundError:
            yield Problem("HPC817", "error", f"{name} is not installed", "pip install 'hpc-compiler[train]'")
            continue
        if _release(installed) < _release(needed):
            yield Problem(
                "HPC816",
                "error",
                f"{name} {installed} is older than the {needed} that the plan was compiled for",
                f"pip install '{name}>={needed}'",
            )


def _release(text: str) -> tuple[int, ...]:
    from packaging.version import Version

    return Version(text).release


def _precision(plan: Plan) -> Iterator[Problem]:
    import torch

    if plan.arguments.get("fp16") and not torch.cuda.is_available():
        yield Problem(
            "HPC810",
            "error",
            "mixed_precision fp16 needs a GPU: on a CPU torch would silently train in 32 bit",
            "write mixed_precision: bf16 or none",
        )
    if plan.arguments.get("bf16") and torch.cuda.is_available() and not torch.cuda.is_bf16_supported(False):
        yield Problem(
            "HPC811",
            "error",
            f"{torch.cuda.get_device_name()} has no bf16 (it came with NVIDIA's Ampere)",
            "write mixed_precision: fp16",
        )


def _packages(plan: Plan) -> Iterator[Problem]:
    import torch

    gpu = torch.cuda.is_available()
    if plan.model.attention == "flash_attention_2":
        if find_spec("flash_attn") is None:
            yield Problem(
                "HPC812",
                "error",
                "flash_attention_v2 needs the package flash-attn",
                "pip install flash-attn, or set it to false",
            )
        if not gpu:
            yield Problem("HPC812", "error", "flash_attention_v2 needs a GPU", "set flash_attention_v2 to false")
    if plan.arguments.get("use_liger_kernel"):
        if find_spec("liger_kernel") is None:
            yield Problem("HPC813", "error", "liger_kernel needs the package liger-kernel", "pip install liger-kernel")
        if not gpu:
            yield Problem("HPC813", "error", "liger_kernel needs a GPU (Triton)", "set liger_kernel to false")
    if plan.model.quantization is not None and find_spec("bitsandbytes") is None:
        yield _missing("HPC814", "quantization_bit", "bitsandbytes")
    if plan.deepspeed is not None and find_spec("deepspeed") is None:
        yield _missing("HPC815", "distributed_backend deepspeed", "deepspeed")


def _missing(code: str, setting: str, package: str) -> Problem:
    return Problem(
        code, "error", f"{setting} needs the package {package}", f"pip install 'hpc-compiler[{EXTRAS[package]}]'"
    )


def _devices(plan: Plan) -> Iterator[Problem]:
    import torch

    count, wanted = torch.cuda.device_count(), plan.distributed.devices_per_node
    if torch.cuda.is_available() and count < wanted:
        yield Problem(
            "HPC819",
            "error",
            f"devices_per_node is {wanted}, but this machine has {count} GPU(s)",
            "lower devices_per_node",
        )


def _paths(plan: Plan) -> Iterator[Problem]:
    evaluates = plan.arguments.get("eval_strategy", "no") != "no"
    wanted = [("HPC818", "model", plan.model.path), ("HPC821", "train_data", plan.data.train)]
    if evaluates:
        wanted.append(("HPC826", "eval_data", plan.data.eval))
    for code, key, path in wanted:
        if path is None:
            yield Problem(code, "error", f"`{key}` is not set", f"write `{key}`: a path or a hub id")
        elif not Path(path).exists() and not may_be_on_hub(path):
            yield Problem(
                code, "error", f"`{key}`: there is no {path}", "paths are relative to the folder in which hpc runs"
            )
