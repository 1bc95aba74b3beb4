"""The adapter that the plan asks for: on which modules it lies, in which number format, and what its inputs are."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any, Final

from hpc_runner.errors import RunnerError, say
from hpc_runner.model import read_directly, towers
from hpc_runner.of_peft import adapted_parameters, stored_names
from hpc_runner.plan import Plan

if TYPE_CHECKING:
    from transformers import Trainer

SIZES: Final = ("in_features", "num_embeddings", "nf")
"""What linear layers, embeddings and GPT-2's own layers call a size of theirs: the modules that take an adapter."""


def adapter(plan: Plan, model: Any) -> Any:
    """PEFT's settings, or None for a full training; raises HPC506 as ``check_names`` does."""
    if plan.lora is None:
        return None
    from peft import LoraConfig

    check_names(plan, model)
    return LoraConfig(**plan.lora, exclude_modules=_left_out(model))


def tell_of_adapters(model: Any) -> None:
    """Say which modules have an adapter, and which parameters, each of which holds all experts of a layer."""
    modules = {name.rpartition(".")[2] for name in model.targeted_module_names}
    experts = {".".join(name.split(".")[-2:]) for name in adapted_parameters(model)}
    say(f"adapters on {', '.join(sorted(modules) + sorted(experts))}")


def _left_out(model: Any) -> str | None:
    """A pattern of the modules without an adapter: what text never passes through, and what Mamba cannot have."""
    patterns = [rf"{re.escape(tower)}(\..*)?" for tower in towers(model)]
    if direct := read_directly(model.config):
        patterns.append(rf"(.*\.)?({'|'.join(direct)})")
        say(f"note: {', '.join(direct)} of Mamba layers cannot have an adapter; they stay as they are")
    return "|".join(f"({pattern})" for pattern in patterns) or None


def check_names(plan: Plan, model: Any) -> None:
    """Whether the model has every module that the adapter names.

    Raises:
        RunnerError: HPC506 for a name that it does not have.
    """
    if plan.lora is not None:
        _check_targets(plan.lora["target_modules"], model)
        _check_whole(plan.lora.get("modules_to_save") or [], model)


def _check_targets(targets: str | list[str], model: Any) -> None:
    """PEFT passes over a name that fits no module, as long as another one fits.

    Raises:
        RunnerError: HPC506 for such names.
    """
    names = [name for name, module in model.named_modules() if any(hasattr(module, size) for size in SIZES)]
    names += [f".{old}" for old in stored_names(model)]
    absent = [
        t for t in ([] if targets == "all-linear" else targets) if not any(f".{n}".endswith(f".{t}") for n in names)
    ]
    if absent:
        raise RunnerError(
            "HPC506",
            f"target_modules names {', '.join(absent)}, but the model has no such linear module",
            f"it has {', '.join(sorted({name.rpartition('.')[2] for name in names}))}",
            subject="target_modules",
        )


def _check_whole(wanted: Sequence[str], model: Any) -> None:
    """PEFT silently passes over a name in modules_to_save that the model does not have.

    Raises:
        RunnerError: HPC506 for such names.
    """
    names = {name.rpartition(".")[2] for name, _ in model.named_modules()}
    absent = [name for name in wanted if name.rpartition(".")[2] not in names]
    if absent:
        raise RunnerError(
            "HPC506",
            f"modules_to_save names {', '.join(absent)}, but the model has no such module",
            "for example: embed_tokens, lm_head",
            subject="modules_to_save",
        )


def adapters_in_float32(model: Any) -> None:
    """TRL casts the adapters of a quantized base to bfloat16, in which most updates are rounded away."""
    for parameter in model.parameters():
        if parameter.requires_grad:
            parameter.data = parameter.data.float()


def narrow_inputs(plan: Plan, trainer: Trainer) -> AbstractContextManager[Any]:
    """On a GPU, adapters get their inputs as they are while training.

    PEFT makes copies in float32, from which autocast makes 16 bits again for the product: time and memory for the same
    numbers. On a CPU they stay, because dropout there would scale by a number of 16 bits.
    """
    arguments = trainer.args
    if plan.lora is None or plan.deepspeed is not None or arguments.use_cpu or not (arguments.bf16 or arguments.fp16):
        return nullcontext()
    from peft.helpers import disable_input_dtype_casting

    casting: AbstractContextManager[Any] = disable_input_dtype_casting(trainer.model)
    return casting
