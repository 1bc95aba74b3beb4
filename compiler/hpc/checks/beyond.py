"""Checks of the fields beyond the specification that JSON Schema cannot express."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hpc.checks.relations import Finding, RelationCheck
from hpc.resolve import Config
from hpc_schema import fields as f


def epochs_beside_steps(config: Config) -> Iterator[Finding]:
    """HPC409."""
    if config[f.max_steps] and config.given(f.epochs):
        message = f"`epochs` has no effect: `max_steps` is {config[f.max_steps]} and takes precedence"
        yield Finding("HPC409", message, (f.epochs, f.max_steps))


def only_the_model_is_saved(config: Config) -> Iterator[Finding]:
    """HPC410. Under DeepSpeed, beside the best checkpoint, it is an error already (HPC215)."""
    refused = config[f.save_best_checkpoint] and config[f.distributed_backend] == "deepspeed"
    if config.acts(f.save_only_model) and config[f.save_only_model] and not refused:
        message = "with `save_only_model` this run cannot resume from its checkpoints"
        also = (f.checkpoint_strategy, f.save_best_checkpoint, f.distributed_backend)
        yield Finding("HPC410", message, (f.save_only_model,), also_read=also)


def grouped_packs(config: Config) -> Iterator[Finding]:
    """HPC412."""
    if config.acts(f.packing) and config[f.packing] and config[f.group_by_length]:
        message = "`group_by_length` has no effect: packs have nearly the same length"
        yield Finding("HPC412", message, (f.group_by_length, f.packing), also_read=(f.trainer,))


def small_beta_of_simpo(config: Config) -> Iterator[Finding]:
    """HPC411."""
    if config[f.trainer] == "dpo" and config[f.pref_loss] == "simpo" and 0 < config[f.pref_beta] < 1:
        message = f"with `pref_beta` {config[f.pref_beta]} this is not SimPO as published, whose beta is 2 to 10"
        yield Finding("HPC411", message, (f.pref_beta, f.pref_loss))


CHECKS: Final[tuple[RelationCheck, ...]] = (
    epochs_beside_steps,
    only_the_model_is_saved,
    small_beta_of_simpo,
    grouped_packs,
)
