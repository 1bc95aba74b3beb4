"""What can be known to be wrong before anything is loaded: hardware, packages, paths; all of it at once."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from hpc_disk.files import kind
from hpc_disk.judge import judge
from hpc_disk.models.families import PACKAGES
from hpc_disk.models.quantized import method
from hpc_disk.problems import Problem
from hpc_runner.errors import rank
from hpc_runner.needs import needs_of
from hpc_runner.plan import Plan


def inspect(plan: Plan, **asked: Any) -> list[Problem]:
    """Everything that this plan lacks on this machine; ``asked`` are the command's options (``overwrite`` …)."""
    return [*judge(needs_of(plan, **asked), to_run=True), *_machine(plan)]


def _machine(plan: Plan) -> list[Problem]:
    return [*_versions(plan), *_precision(plan), *_template(plan), *_packages(plan), *_devices(plan)]


def _versions(plan: Plan) -> Iterator[Problem]:
    for name, needed in plan.versions.items():
        try:
            installed = version(name)
        except PackageNotFoundError:
            yield Problem(
                "HPC550", "error", "", f"{name} is not installed", "in a clone of hpc, run: pip install '.[train]'"
            )
            continue
        if not _takes(needed, installed):
            message = f"the plan was compiled for {name} {needed}, but {installed} is installed"
            yield Problem("HPC816", "error", "", message, f"compile it again: {_again(plan)}")


def _takes(needed: str, installed: str) -> bool:
    from packaging.specifiers import SpecifierSet

    return SpecifierSet(needed).contains(installed, prereleases=True)


def _again(plan: Plan) -> str:
    here = ",".join(f"{name}=={version(name)}" for name in ("trl", "transformers") if _is_installed(name))
    return shlex.join(["hpc", "compile", plan.source, "--for", here, "-o", str(plan.folder)])


def _precision(plan: Plan) -> Iterator[Problem]:
    import torch

    gpu = torch.cuda.is_available()
    if plan.arguments.get("fp16") and not gpu:
        message = "mixed_precision fp16 needs a GPU: on a CPU torch would silently train in 32 bits"
        yield Problem("HPC810", "error", "mixed_precision", message, "write mixed_precision: bf16 or none")
    if plan.arguments.get("optim") == "paged_adamw_8bit" and not gpu:
        message = "optimizer paged_adamw_8bit needs a GPU: without one nothing would be paged"
        yield Problem("HPC828", "error", "optimizer", message, "write optimizer: adamw_8bit or adamw")
    if plan.arguments.get("bf16") and gpu and not torch.cuda.is_bf16_supported(False):
        message = f"{torch.cuda.get_device_name()} does not support bf16, which needs NVIDIA Ampere or newer"
        yield Problem("HPC811", "error", "mixed_precision", message, "write mixed_precision: fp16")


def _packages(plan: Plan) -> Iterator[Problem]:
    if plan.model.attention == "flash_attention_2":
        yield from _kernel("HPC812", "flash_attention_v2", "flash-attn")
    if plan.arguments.get("use_liger_kernel"):
        yield from _kernel("HPC813", "liger_kernel", "liger-kernel")
    if plan.model.quantization is not None:
        yield from _extra("HPC814", "quantization_bit", "bitsandbytes")
    yield from _of_quantization(plan.model.path)
    for name in plan.arguments.get("report_to", ()):
        yield from _tracker(name)
    if "8bit" in plan.arguments.get("optim", ""):
        yield from _extra("HPC814", "optimizer", "bitsandbytes")
    if plan.deepspeed is not None:
        yield from _extra("HPC815", "distributed_backend", "deepspeed")


def _kernel(code: str, field: str, package: str) -> Iterator[Problem]:
    import torch

    if find_spec(package.replace("-", "_")) is None:
        hint = f"run pip install {package}, or set {field} to false"
        yield Problem(code, "error", field, f"{field} needs the package {package}", hint)
    if not torch.cuda.is_available():
        yield Problem(code, "error", field, f"{field} needs a GPU", f"set {field} to false")


def _template(plan: Plan) -> Iterator[Problem]:
    path = plan.model.chat_template
    if path is None:
        return
    if reason := _unreadable(Path(path)):
        hint = "paths are relative to the current folder"
        yield Problem("HPC835", "error", "chat_template", f"cannot read the template {path}: {reason}", hint)


def _unreadable(template: Path) -> str | None:
    if kind(template) == "device":
        return "it is a pipe or a device"
    try:
        return None if template.read_text(encoding="utf-8").strip() else "it is empty"
    except OSError as error:
        return error.strerror or str(error)
    except ValueError:
        return "it is not UTF-8"


def _tracker(name: str) -> Iterator[Problem]:
    """The trainer fails on a tracker whose package is missing only after the model is loaded."""
    if name == "mlflow" and rank() != 0:
        return  # Only the first process talks to it.
    if find_spec(name) is None and not (name == "tensorboard" and find_spec("tensorboardX")):
        yield Problem("HPC829", "error", "report_to", f"report_to needs the package {name}", f"run: pip install {name}")
    elif name == "wandb":
        yield from _key()


def _key() -> Iterator[Problem]:
    from hpc_runner.trackers import lacks_a_key

    if lacks_a_key():
        hint = "run `wandb login`, set WANDB_API_KEY, or set WANDB_MODE=offline"
        yield Problem("HPC837", "error", "report_to", "there is no key for Weights & Biases", hint)


def _of_quantization(model: str | None) -> Iterator[Problem]:
    """What transformers needs to load a model that was published quantized."""
    found = method(model) or ""
    for package in PACKAGES.get(found, ()):
        if not _is_installed(package):
            message = f"{model} is quantized by {found}, which needs the package {package}"
            yield Problem("HPC814", "error", "model", message, f"run: pip install {package}")


def _is_installed(package: str) -> bool:
    try:
        version(package)
    except PackageNotFoundError:
        return False
    return True


def _extra(code: str, field: str, package: str) -> Iterator[Problem]:
    if find_spec(package) is None:
        yield Problem(code, "error", field, f"{field} needs the package {package}", f"run: pip install {package}")


def _devices(plan: Plan) -> Iterator[Problem]:
    import torch

    count, wanted = torch.cuda.device_count(), plan.distributed.devices_per_node
    if torch.cuda.is_available() and count < wanted:
        message = f"devices_per_node is {wanted}, but this machine has {count} GPU{'s' * (count > 1)}"
        yield Problem("HPC819", "error", "devices_per_node", message, f"write {count} or less")
