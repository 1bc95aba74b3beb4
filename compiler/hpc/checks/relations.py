"""Relations between fields that JSON Schema cannot say (HPC3xx), and values without effect (HPC4xx)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from hpc.checks.words import condition, show
from hpc.diagnostics import Severity
from hpc.resolve import Config
from hpc_schema import fields as f
from hpc_schema.field import Field


@dataclass(frozen=True)
class Finding:
    """A broken rule: the field to point at first, then the fields that it is because of."""

    code: str
    severity: Severity
    message: str
    fields: tuple[Field[Any], ...]
    help: str = ""


Check = Callable[[Config], Iterator[Finding]]


def best_checkpoint_rhythm(config: Config) -> Iterator[Finding]:
    """HPC301."""
    if not (config[f.save_best_checkpoint] and config.acts(f.checkpoint_steps) and config.acts(f.eval_steps)):
        return
    save, evaluate = config[f.checkpoint_steps], config[f.eval_steps]
    if save % evaluate:
        yield Finding(
            "HPC301",
            "error",
            f"`checkpoint_steps` is {save}, which is no multiple of `eval_steps` ({evaluate})",
            (f.checkpoint_steps, f.eval_steps, f.save_best_checkpoint),
            f"write {max(1, round(save / evaluate)) * evaluate}",
        )


def evaluation_without_data(config: Config) -> Iterator[Finding]:
    """HPC302."""
    if config[f.eval_strategy] != "no" and config[f.train_data] and not config[f.eval_data]:
        message = f'`eval_strategy` is "{config[f.eval_strategy]}", but there is no `eval_data`'
        yield Finding("HPC302", "error", message, (f.eval_strategy,))


def repeated_module(config: Config) -> Iterator[Finding]:
    """HPC303."""
    names = [name.strip() for name in config[f.target_modules].split(",")]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice and config.acts(f.target_modules):
        yield Finding("HPC303", "error", f"`target_modules` names {show(twice)} twice", (f.target_modules,))


def without_effect(config: Config) -> Iterator[Finding]:
    """HPC401: a value that the user wrote, other than the default, where the field does not act."""
    for field in f.ALL:
        if config.given(field) and not config.acts(field) and config[field] != field.default:
            broken = [when for when in field.active_when if config.values[when.field] not in when.values]
            needs = condition((when.field, when.values) for when in broken)
            yield Finding(
                "HPC401",
                "warning",
                f"`{field.name}` has no effect: it acts only when {needs}",
                (field, *(f.BY_NAME[when.field] for when in broken)),
            )


def beta_zero(config: Config) -> Iterator[Finding]:
    """HPC402."""
    constant = config[f.pref_loss] in ("sigmoid", "hinge", "kto_pair")
    if config[f.trainer] == "dpo" and constant and config[f.pref_beta] == 0 and config[f.pref_ftx] == 0:
        message = f"with `pref_beta` 0 the {config[f.pref_loss]} loss is constant: nothing is learnt"
        yield Finding("HPC402", "warning", message, (f.pref_beta, f.pref_loss))


def full_dropout(config: Config) -> Iterator[Finding]:
    """HPC403."""
    if config.acts(f.lora_dropout) and config[f.lora_dropout] == 1:
        yield Finding("HPC403", "warning", "with `lora_dropout` 1 the adapter learns nothing", (f.lora_dropout,))


def best_beside_newest(config: Config) -> Iterator[Finding]:
    """HPC404."""
    limited = config.acts(f.number_of_checkpoints) and config[f.number_of_checkpoints] == 1
    if config[f.save_best_checkpoint] and limited:
        message = "two checkpoints can be kept: the newest, and the best beside it"
        yield Finding("HPC404", "warning", message, (f.number_of_checkpoints, f.save_best_checkpoint))


CHECKS: Final[tuple[Check, ...]] = (
    best_checkpoint_rhythm,
    evaluation_without_data,
    repeated_module,
    without_effect,
    beta_zero,
    full_dropout,
    best_beside_newest,
)
