"""Modules that cannot have every adapter: experts, which are loaded as one parameter a layer, and parts of Mamba."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from hpc_disk.models.families import DIRECT, FUSED
from hpc_disk.models.folder import family, size, text_config
from hpc_disk.needs import Needs
from hpc_disk.problems import Problem

COUNTS: Final = ("num_local_experts", "num_experts", "n_routed_experts")
"""What the families call their number of experts."""


def dropout(needs: Needs) -> Iterator[Problem]:
    """HPC581: PEFT cannot drop out the input of a parameter."""
    if needs.lora_dropout and on_experts(needs):
        message = f"adapters on the experts of {needs.model} cannot have `lora_dropout` (it is {needs.lora_dropout:g})"
        help_ = 'write "lora_dropout": 0'
        yield Problem(
            "HPC581", "error", "lora_dropout", message, help_, ("model",), ("target_modules",), ("training_type",)
        )


def halves(needs: Needs) -> Iterator[Problem]:
    """HPC582: two matrices that are loaded as one have an adapter together or not at all."""
    mapped = FUSED.get(family(text_config(needs.model)))
    if not mapped or needs.training_type != "lora":
        return
    pair = mapped["gate_up_proj"]
    named = [half for half in pair if any(target.split(".")[-1] == half for target in needs.target_modules)]
    if len(named) == 1:
        other = next(half for half in pair if half not in named)
        message = f"`target_modules` names {named[0]} without {other}, but the experts of {needs.model} join the two"
        yield Problem(
            "HPC582", "error", "target_modules", message, f"name both, or neither: {', '.join(pair)}", ("model",)
        )


def parts_of_mamba(needs: Needs) -> Iterator[Problem]:
    """HPC589. With every linear layer adapted, the runner leaves these out and says so."""
    direct = DIRECT.get(family(text_config(needs.model)), ())
    named = [t for t in needs.target_modules if t.split(".")[-1] in direct]
    if named and needs.training_type == "lora":
        message = f"`target_modules` names {named[0]}, which cannot have an adapter in a Mamba model"
        help_ = f"leave {', '.join(named)} out"
        yield Problem("HPC589", "error", "target_modules", message, help_, ("model",))


def on_experts(needs: Needs) -> bool:
    """Whether the job puts adapters on experts."""
    settings = text_config(needs.model)
    if needs.training_type != "lora" or size(settings, *COUNTS) < 2:
        return False
    mapped = FUSED.get(family(settings))
    if mapped is None:
        return False
    if not needs.target_modules:
        return True
    names = {"gate", *(half for halves_ in mapped.values() for half in halves_)}
    return any(target.split(".")[-1] in names for target in needs.target_modules)


def is_mixture(settings: dict[str, Any]) -> bool:
    """Whether a language model is a mixture of experts."""
    return size(settings, *COUNTS) > 1


def not_quantized(needs: Needs) -> Iterator[Problem]:
    """HPC558: bitsandbytes packs linear layers, and experts are parameters."""
    if needs.quantization_bit != "none" and is_mixture(text_config(needs.model)):
        message = f"`quantization_bit` does not reach the experts of {needs.model}, which keep 16 bits"
        yield Problem("HPC558", "warning", "quantization_bit", message, also=("model",))


CHECKS: Final = (dropout, halves, parts_of_mamba, not_quantized)
