"""What the headers of the weights say: whole files, the modules that an adapter can have, their dimensions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from hpc.checks.disk.model import text_config
from hpc.checks.relations import Check, Finding
from hpc.checks.words import nearest, show
from hpc.model_files import shapes, weight_files
from hpc.resolve import Config
from hpc_disk.files import kind
from hpc_disk.safetensors import Shape, safetensors_header
from hpc_schema import fields as f

EMBEDDINGS: Final = ("model.embed_tokens.weight", "transformer.wte.weight", "wte.weight", "gpt_neox.embed_in.weight")
"""Tensors of vocabulary × hidden size, in models that have no other width there."""
Modules = dict[str, Shape]


def whole_files(config: Config) -> Iterator[Finding]:
    """HPC503."""
    if not config[f.model]:
        return
    for path in weight_files(Path(config[f.model] or "")):
        if path.suffix == ".safetensors" and kind(path) == "file" and (fault := _fault(path)):
            yield Finding("HPC503", "error", f"{path} {fault}", (f.model,))


def _fault(path: Path) -> str | None:
    try:
        expected, there = safetensors_header(path).size, path.stat().st_size
    except ValueError as error:
        return str(error)
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    return f"is cut off: it has {there:,} of {expected:,} bytes" if there < expected else None


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


def unknown_targets(config: Config) -> Iterator[Finding]:
    """HPC506."""
    modules = _modules(config)
    if not modules:
        return
    short = sorted({name.rpartition(".")[2] for name in modules} | {"lm_head"})
    for target in _targets(config):
        if target != "lm_head" and not _matching(target, modules):
            near = nearest(target, short)
            message = f"`target_modules` names {show(target)}, but {config[f.model]} has no such linear module"
            hint = f"{f'did you mean {show(near)}? ' if near else ''}it has {', '.join(short)}"
            yield Finding("HPC506", "error", message, (f.target_modules, f.model), hint, (f.training_type,))


def rank_above_dimension(config: Config) -> Iterator[Finding]:
    """HPC512."""
    modules, targets = _modules(config), _targets(config)
    chosen = [m for target in targets for m in _matching(target, modules)] or _all_linear(modules)
    if not chosen:
        return
    smallest = min(chosen, key=lambda name: min(modules[name]))
    limit, rank = min(modules[smallest]), config[f.lora_rank]
    if rank > limit:
        hint = f"write {limit} or less"
        message = f"`lora_rank` is {rank}, but {smallest} has rank {limit} at most"
        yield Finding("HPC512", "warning", message, (f.lora_rank, f.model), hint, (f.training_type, f.target_modules))


def other_weights(config: Config) -> Iterator[Finding]:
    """HPC514."""
    model, settings = config[f.model], text_config(config)
    if not model or "quantization_config" in settings:
        return
    said = settings.get("vocab_size"), settings.get("hidden_size")
    stored = shapes(Path(model)) if all(isinstance(size, int) for size in said) else {}  # else HPC516 says it
    for name in EMBEDDINGS:
        if name in stored and stored[name] != said:
            sizes, words = " × ".join(map(str, stored[name])), " × ".join(map(str, said))
            message = f"config.json of {model} has vocab_size × hidden_size {words}, but {name} is {sizes}"
            yield Finding("HPC514", "error", message, (f.model,))


def _modules(config: Config) -> Modules:
    lora = config.acts(f.target_modules) and config[f.model]
    return linear_modules(Path(config[f.model] or "")) if lora else {}


def _targets(config: Config) -> list[str]:
    names = [name.strip() for name in config[f.target_modules].split(",")]
    return [] if names == ["all-linear"] else names


def _matching(target: str, modules: Modules) -> list[str]:
    """PEFT's rule: the whole name or its end. A checkpoint may leave out the name of the outermost module."""
    return [name for name in modules if f".{name}".endswith(f".{target}") or target.endswith(f".{name}")]


def _all_linear(modules: Modules) -> list[str]:
    """What PEFT takes for ``all-linear``: every linear layer but the output; embeddings are no linear layers."""
    return [name for name in modules if not name.endswith(("lm_head", "embed_tokens", "wte", "wpe", "embed_out"))]


CHECKS: Final[tuple[Check, ...]] = (whole_files, unknown_targets, rank_above_dimension, other_weights)
