"""What a training does, read off the objects that its own libraries make: the same numbers for every tool."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

ROWS = 1000
WHOLE = 100


def facts(arguments: Any, adapter: Any, loss: Mapping[str, Any], length: int, *, whole: bool = False) -> dict[str, Any]:
    """The learning rate of every step, their number, the batch, the adapter, the loss and the length.

    ``whole``: the rows are whole batches. Axolotl counts the steps over all epochs together, transformers by epoch.
    """
    batch = arguments.per_device_train_batch_size * arguments.gradient_accumulation_steps
    rates = learning_rates(arguments, WHOLE * batch if whole else ROWS)
    return {
        "learning rates": rates,
        "steps": len(rates),
        "global batch": batch,
        "weight decay": float(arguments.weight_decay),
        "gradient norm": float(arguments.max_grad_norm),
        "loss": dict(loss),
        "sequence length": length,
        **adapter_of(adapter, silent=getattr(arguments, "disable_dropout", False)),
    }


def steps_of(arguments: Any, rows: int) -> int:
    """The optimizer steps of a whole training, as transformers' Trainer counts them."""
    if arguments.max_steps > 0:
        return int(arguments.max_steps)
    batches = -(-rows // arguments.per_device_train_batch_size)
    updates = max(1, -(-batches // arguments.gradient_accumulation_steps))
    return int(-(-(arguments.num_train_epochs * updates) // 1))


def learning_rates(arguments: Any, rows: int) -> list[float]:
    """The learning rate of each step, to nine digits, from the schedule that the tool makes."""
    import torch
    from transformers import get_scheduler

    make = getattr(arguments, "make_schedule", get_scheduler)
    steps = steps_of(arguments, rows)
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=float(arguments.learning_rate))
    schedule = make(
        arguments.lr_scheduler_type,
        optimizer,
        num_warmup_steps=arguments.get_warmup_steps(steps),
        num_training_steps=steps,
        scheduler_specific_kwargs=arguments.lr_scheduler_kwargs or {},
    )
    rates = []
    for _ in range(steps):
        rates.append(float(f"{optimizer.param_groups[0]['lr']:.9g}"))
        optimizer.step()
        schedule.step()
    return rates


def adapter_of(config: Any, *, silent: bool) -> dict[str, Any]:
    """Rank, alpha, variant, and the modules of a small model that it reaches; ``silent``: without dropout."""
    if config is None:
        return {"adapter": None}
    from peft import get_peft_model

    model = get_peft_model(small_model(), config)
    reached = {name.split(".")[-1] for name, module in model.named_modules() if hasattr(module, "lora_A")}
    dropout = 0.0 if silent else float(config.lora_dropout)
    numbers = {"rank": config.r, "alpha": float(config.lora_alpha), "dropout": dropout}
    variant = {"dora": bool(config.use_dora), "rslora": bool(config.use_rslora)}
    return {"adapter": numbers | variant, "targets": sorted(reached)}


def small_model() -> Any:
    """The small model of the proof, without its weights."""
    from transformers import AutoConfig, AutoModelForCausalLM

    return AutoModelForCausalLM.from_config(AutoConfig.from_pretrained(os.environ["HPC_PROOF_MODEL"]))


def preference(name: str, beta: float, *, supervised: float = 0, smoothing: float = 0, gamma: float = 0) -> Any:
    """A preference loss and the numbers that shape it; those that it does not have are left out."""
    found: dict[str, Any] = {"name": name, "beta": float(beta)}
    if name in ("sigmoid", "hinge", "ipo", "simpo"):
        found["supervised"] = float(supervised)
    if name in ("sigmoid", "simpo"):
        found["smoothing"] = float(smoothing)
    return found | ({"gamma": float(gamma)} if name == "simpo" else {})


def of_trl(arguments: Any) -> dict[str, Any]:
    """The loss of one of TRL's argument objects."""
    kind = type(arguments).__name__.removeprefix("Axolotl").removesuffix("Config").lower()
    if kind in ("orpo", "kto"):
        return dict(preference("kto_pair" if kind == "kto" else kind, arguments.beta))
    if kind == "cpo":
        numbers = {"supervised": arguments.cpo_alpha, "gamma": arguments.simpo_gamma}
        return dict(preference(arguments.loss_type, arguments.beta, smoothing=arguments.label_smoothing, **numbers))
    names = arguments.loss_type if isinstance(arguments.loss_type, list) else [arguments.loss_type]
    weights = dict(zip(names, arguments.loss_weights or [1.0] * len(names), strict=True))
    supervised = weights.pop("sft", 0.0)
    (name,) = weights
    return dict(preference(name, arguments.beta, supervised=supervised, smoothing=arguments.label_smoothing))
