"""Whether config.json describes the stored weights: the sizes of their tensors, and the number of layers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from hpc_disk.files import kind
from hpc_disk.models.families import DENSE, TRIED
from hpc_disk.models.folder import family, folder_of, formats, model_config, shapes, size, text_config, weight_files
from hpc_disk.models.quantized import method
from hpc_disk.needs import Needs
from hpc_disk.problems import Problem
from hpc_disk.safetensors import Shape, is_whole

EMBEDDINGS: Final = ("model.embed_tokens.weight", "transformer.wte.weight", "wte.weight", "gpt_neox.embed_in.weight")
"""Tensors of vocabulary × hidden size, in models that have no other width there."""
MATRICES: Final = {
    "mlp.up_proj.weight": (("intermediate_size",), ("hidden_size",)),
    "mlp.gate_proj.weight": (("intermediate_size",), ("hidden_size",)),
    "mlp.down_proj.weight": (("hidden_size",), ("intermediate_size",)),
    "self_attn.q_proj.weight": (("num_attention_heads", "head_dim"), ("hidden_size",)),
    "self_attn.k_proj.weight": (("num_key_value_heads", "head_dim"), ("hidden_size",)),
    "self_attn.v_proj.weight": (("num_key_value_heads", "head_dim"), ("hidden_size",)),
}
"""The matrices of a layer in the ``DENSE`` families → the settings whose products are their sizes."""
PACKED: Final = {"awq": ("qweight",), "bitsandbytes": ("absmax", "SCB"), "gptq": ("qweight",)}
"""Methods of quantization → parts of the names of tensors that such weights have."""
WRAPPED: Final = ("module.", "_orig_mod.", "base_model.model.")
"""What DDP, torch.compile and PEFT put before the names of all tensors."""
LAYER: Final = re.compile(r"(?:^|\.)(?:layers|h|blocks)\.(\d+)\.")


def other_weights(needs: Needs) -> Iterator[Problem]:
    """HPC514. Packed weights of few bits do not show their sizes."""
    folder, settings = folder_of(needs.model), text_config(needs.model)
    if not folder or settings.get("quantization_config"):
        return
    stored = shapes(folder)
    faults = [*_embeddings(settings, stored), *_matrices(model_config(needs.model), stored)]
    if faults:
        yield Problem("HPC514", "error", "model", f"config.json of {needs.model} has {faults[0]}")


def not_packed(needs: Needs) -> Iterator[Problem]:
    """HPC514: packed weights without the settings to unpack them, or such settings for weights that are not packed."""
    folder = folder_of(needs.model)
    stored, found = shapes(folder) if folder else {}, method(needs.model)
    marks = PACKED.get(found or "")
    if stored and marks and not any(mark in name for name in stored for mark in marks):
        message = f"config.json of {needs.model} says that it is quantized ({found}), but its weights are not"
        help_ = "remove quantization_config from config.json, or download the quantized weights"
        yield Problem("HPC514", "error", "model", message, help_)
    kept = formats(folder) if folder and not found else set()
    if kept and not any(name.startswith(("F", "BF")) for name in kept):
        message = f"the weights of {needs.model} are whole numbers ({', '.join(sorted(kept))}), but its config.json"
        help_ = "use the config.json of the quantized model, or weights of 16 bits"
        yield Problem("HPC514", "error", "model", f"{message} has no quantization_config", help_)


def layers(needs: Needs) -> Iterator[Problem]:
    """HPC514: transformers fills layers that are not stored with random numbers, and leaves out others."""
    folder, settings = folder_of(needs.model), text_config(needs.model)
    wanted = size(settings, "num_hidden_layers", "n_layer")
    if not folder or not wanted or family(settings) not in TRIED or not _all_there(folder):
        return
    numbers = [int(found[1]) for name in shapes(folder) if (found := LAYER.search(name))]
    there = max(numbers, default=-1) + 1
    message = f"config.json of {needs.model} has {wanted} layer{'s' * (wanted > 1)}, but the weights have {there}"
    if numbers and there < wanted:
        yield Problem("HPC514", "error", "model", message)
    elif there > wanted and family(model_config(needs.model)) in DENSE:
        yield Problem("HPC514", "warning", "model", f"{message}: the others are left out")


def missing_weights(needs: Needs) -> Iterator[Problem]:
    """HPC514: transformers fills them with random numbers, too."""
    folder, settings = folder_of(needs.model), model_config(needs.model)
    if not folder or settings.get("quantization_config") or not _all_there(folder):
        return
    stored = shapes(folder)
    wanted = list(_expected(settings, stored)) if stored else []
    absent = [name for name in wanted if name not in stored]
    if absent:
        names = f"{', '.join(absent[:3])}{' …' * (len(absent) > 3)}"
        message = f"the weights of {needs.model} lack {names} ({len(absent)} of {len(wanted)} tensors)"
        yield Problem("HPC514", "error", "model", message, _advice(stored))


def _expected(settings: dict[str, Any], stored: dict[str, Shape]) -> Iterator[str]:
    """The matrices of the ``DENSE`` families, in the layers that are stored; a base model has no first word."""
    if family(settings) not in DENSE:
        return
    start = "model." if any(name.startswith("model.") for name in stored) else ""
    yield f"{start}embed_tokens.weight"
    count = size(settings, "num_hidden_layers")
    there = max((int(found[1]) + 1 for name in stored if (found := LAYER.search(name))), default=count)
    for layer in range(min(count, there)):
        yield from (f"{start}layers.{layer}.{end}" for end in (*MATRICES, "self_attn.o_proj.weight"))
    if settings.get("tie_word_embeddings") is False:
        yield "lm_head.weight"


def _advice(stored: dict[str, Shape]) -> str:
    """What to do about names with a first word that some programs leave there; empty where there is none."""
    found = next((word for word in WRAPPED if all(name.startswith(word) for name in stored)), None)
    return f"save the weights without the first word of their names, {found}" if found else ""


def _embeddings(settings: dict[str, Any], stored: dict[str, Shape]) -> Iterator[str]:
    said = settings.get("vocab_size"), settings.get("hidden_size")
    if all(isinstance(value, int) for value in said):  # else HPC516 says it
        for name in EMBEDDINGS:
            if name in stored and stored[name] != said:
                yield f"vocab_size × hidden_size {_show(said)}, but {name} is {_show(stored[name])}"


def _matrices(settings: dict[str, Any], stored: dict[str, Shape]) -> Iterator[str]:
    """A size that config.json leaves out has the family's default, which only transformers knows."""
    if family(settings) not in DENSE:
        return
    for end, sides in MATRICES.items():
        name = f"model.layers.0.{end}"
        factors = [[size(settings, key) for key in side] for side in sides]
        said = tuple(side[0] * (side[1] if len(side) > 1 else 1) for side in factors)
        if all(said) and name in stored and stored[name] != said:
            words = " × ".join(" * ".join(side) if len(side) == 1 else f"({' * '.join(side)})" for side in sides)
            yield f"{words} {_show(said)}, but {name} is {_show(stored[name])}"


def _all_there(folder: Path) -> bool:
    files = weight_files(folder)
    return bool(files) and all(kind(path) == "file" and is_whole(path) for path in files)


def _show(sizes: tuple[Any, ...]) -> str:
    return " × ".join(map(str, sizes))


CHECKS: Final = (other_weights, not_packed, layers, missing_weights)
