"""What the headers of the weights say: whole files, the modules that an adapter can have, their dimensions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from hpc_disk.files import fault_of, kind, read_object
from hpc_disk.messages import nearest, show
from hpc_disk.models.folder import entry_file, folder_of, shapes, text_config, weight_files
from hpc_disk.needs import Needs
from hpc_disk.problems import Problem
from hpc_disk.safetensors import Shape, safetensors_header

NOT_LINEAR: Final = ("lm_head", "embed_tokens", "wte", "wpe", "embed_out", "embed_in")
Modules = dict[str, Shape]


def whole_files(needs: Needs) -> Iterator[Problem]:
    """HPC503."""
    folder = folder_of(needs.model)
    entry = entry_file(folder) if folder else None
    if entry and entry.suffix == ".json" and (fault := fault_of(entry) or _fault_of_index(entry)):
        yield Problem("HPC503", "error", "model", f"{entry} {fault}")
        return
    for path in weight_files(folder) if folder else ():
        if kind(path) == "file" and (fault := _fault(path)):
            yield Problem("HPC503", "error", "model", f"{path} {fault}")


def _fault_of_index(index: Path) -> str | None:
    listed = read_object(index).get("weight_map")
    if isinstance(listed, dict) and listed and all(isinstance(name, str) for name in listed.values()):
        return None
    return "does not say which file holds which tensor (weight_map)"


def _fault(path: Path) -> str | None:
    try:
        return _fault_of_archive(path) if path.suffix == ".bin" else _fault_of_tensors(path)
    except ValueError as error:
        return str(error)
    except OSError as error:
        return f"cannot be read: {error.strerror}"


def _fault_of_archive(path: Path) -> str | None:
    """Of a zip archive the end says what is in it. Before 2020 torch wrote another format."""
    from zipfile import is_zipfile  # slow to import, and few models have such files

    with path.open("rb") as file:
        start = file.read(2)
    if not start:
        return "is empty"
    return "is cut off" if start == b"PK" and not is_zipfile(path) else None


def _fault_of_tensors(path: Path) -> str | None:
    header, there = safetensors_header(path), path.stat().st_size
    if there < header.size:
        return f"is cut off: it has {there:,} of {header.size:,} bytes"
    if there > header.size:
        return f"is damaged: it has {there:,} bytes, but its header describes {header.size:,}"
    return None if header.shapes else "has no tensors"


def linear_modules(folder: Path) -> Modules:
    """Module name → shape of its weight (out × in), for every matrix; empty where the names are not known.

    A mixture of experts is stored in other modules than it is loaded into, so nothing is known about its names.
    """
    found = shapes(folder)
    if any(".experts." in name for name in found):
        return {}
    return {name.rpartition(".")[0]: shape for name, shape in found.items() if _is_matrix(name, shape)}


def _is_matrix(name: str, shape: Shape) -> bool:
    return len(shape) == 2 and name.endswith((".weight", ".qweight"))


def unknown_targets(needs: Needs) -> Iterator[Problem]:
    """HPC506."""
    modules = _modules(needs)
    if not modules:
        return
    short = sorted({name.rpartition(".")[2] for name in modules} | {"lm_head"})
    for target in needs.target_modules:
        if target != "lm_head" and not _matching(target, modules):
            near = nearest(target, short)
            message = f"`target_modules` names {show(target)}, but {needs.model} has no such linear module"
            hint = f"{f'did you mean {show(near)}? ' if near else ''}it has {', '.join(short)}"
            yield Problem("HPC506", "error", "target_modules", message, hint, ("model",), read=("training_type",))


def rank_above_dimension(needs: Needs) -> Iterator[Problem]:
    """HPC512. Packed weights of few bits do not show their dimensions."""
    modules = {} if text_config(needs.model).get("quantization_config") else _modules(needs)
    chosen = [m for target in needs.target_modules for m in _matching(target, modules)] or _all_linear(modules)
    if not chosen:
        return
    smallest = min(chosen, key=lambda name: min(modules[name]))
    limit, rank = min(modules[smallest]), needs.lora_rank
    if rank > limit:
        message = f"`lora_rank` is {rank}, but {smallest} has rank {limit} at most"
        read = ("training_type", "target_modules")
        yield Problem("HPC512", "warning", "lora_rank", message, f"write {limit} or less", ("model",), read=read)


def _modules(needs: Needs) -> Modules:
    folder = folder_of(needs.model) if needs.training_type == "lora" else None
    return linear_modules(folder) if folder else {}


def _matching(target: str, modules: Modules) -> list[str]:
    """PEFT's rule: the whole name or its end. A checkpoint may leave out the name of the outermost module."""
    return [name for name in modules if f".{name}".endswith(f".{target}") or target.endswith(f".{name}")]


def _all_linear(modules: Modules) -> list[str]:
    """What PEFT takes for ``all-linear``: every linear layer but the output; embeddings are no linear layers."""
    return [name for name in modules if not name.endswith(NOT_LINEAR)]


CHECKS: Final = (whole_files, unknown_targets, rank_above_dimension)
