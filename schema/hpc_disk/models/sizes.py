"""Whether config.json describes the stored weights: the sizes of their tensors, and the number of layers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from hpc_disk.files import kind
from hpc_disk.models.families import DENSE, TRIED
from hpc_disk.models.folder import family, folder_of, model_config, shapes, size, text_config, weight_files
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
LAYER: Final = re.compile(r"(?:^|\.)(?:layers|h|blocks)\.(\d+)\.")


def other_weights(needs: Needs) -> Iterator[Problem]:
    """HPC514. Packed weights of few bits do not show their sizes."""
    folder, settings = folder_of(needs.model), text_config(needs.model)
    if not folder or "quantization_config" in settings:
        return
    stored = shapes(folder)
    faults = [*_embeddings(settings, stored), *_matrices(model_config(needs.model), stored)]
    if faults:
        yield Problem("HPC514", "error", "model", f"config.json of {needs.model} has {faults[0]}")


def missing_layers(needs: Needs) -> Iterator[Problem]:
    """HPC514: transformers would fill layers that are not stored with random numbers, and train those."""
    folder, settings = folder_of(needs.model), text_config(needs.model)
    wanted = size(settings, "num_hidden_layers", "n_layer")
    if not folder or family(settings) not in TRIED or not _all_there(folder):
        return
    numbers = [int(found[1]) for name in shapes(folder) if (found := LAYER.search(name))]
    if numbers and max(numbers) + 1 < wanted:
        message = f"config.json of {needs.model} has {wanted} layers, but the weights have {max(numbers) + 1}"
        yield Problem("HPC514", "error", "model", message)


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


CHECKS: Final = (other_weights, missing_layers)
