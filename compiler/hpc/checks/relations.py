"""Relations between fields that JSON Schema cannot express (HPC3xx), and values without effect (HPC4xx)."""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

from hpc.checks.words import condition, show
from hpc.diagnostics import Severity
from hpc.resolve import FOLLOWING, Config
from hpc_disk.losses import LOSSES
from hpc_schema import fields as f
from hpc_schema import properties
from hpc_schema.field import Field


class Finding(NamedTuple):
    """A broken rule: the field to point at first, then the fields that cause it.

    ``also_read`` are fields that decide whether it is broken, but would not help to explain it. ``severity`` is the
    rule's own unless it is said; ``instead`` is the list to write as the first field's value, where it is sure.
    """

    code: str
    message: str
    fields: tuple[Field[Any], ...]
    help: str = ""
    also_read: tuple[Field[Any], ...] = ()
    at_key: bool = False
    severity: Severity | None = None
    instead: tuple[str, ...] = ()


RelationCheck = Callable[[Config], Iterator[Finding]]
CONDITIONAL: Final = tuple(field for field in f.ALL if field.active_when)
"""The fields that do not apply to every job."""


def best_checkpoint_rhythm(config: Config) -> Iterator[Finding]:
    """HPC301."""
    if not (config[f.save_best_checkpoint] and config.acts(f.checkpoint_steps) and config.acts(f.eval_steps)):
        return
    save, evaluate = config[f.checkpoint_steps], config[f.eval_steps]
    if save % evaluate:
        yield Finding(
            "HPC301",
            f"`checkpoint_steps` is {save}, which is not a multiple of `eval_steps` ({evaluate})",
            (f.checkpoint_steps, f.eval_steps, f.save_best_checkpoint),
            f'write "checkpoint_steps": {max(1, round(save / evaluate)) * evaluate}',
            also_read=(f.logging_steps,),
        )


def evaluation_without_data(config: Config) -> Iterator[Finding]:
    """HPC302."""
    if config[f.eval_strategy] != "no" and config[f.train_data] and not (config[f.eval_data] or config[f.eval_split]):
        message = f'`eval_strategy` is "{config[f.eval_strategy]}", but `eval_data` is not set'
        yield Finding("HPC302", message, (f.eval_strategy, f.eval_data))


def adapter_on_the_head(config: Config) -> Iterator[Finding]:
    """HPC303. The experimental trainers for ORPO and SimPO use the model's logits, so there it works."""
    reads_logits = config[f.trainer] == "dpo" and LOSSES[config[f.pref_loss]].whole_logits
    heads = [name for name in modules(config) if name.split(".")[-1] == "lm_head"]
    if config.acts(f.target_modules) and heads and not reads_logits:
        message = f"`target_modules` names {show(heads[0])}, which cannot have an adapter with this trainer"
        because = (f.trainer, f.pref_loss) if config[f.trainer] == "dpo" else (f.trainer,)
        yield Finding("HPC303", message, (f.target_modules, *because), also_read=(f.training_type,))


def modules(config: Config) -> list[str]:
    """The names in target_modules."""
    return [name.strip() for name in config[f.target_modules].split(",")]


def without_effect(config: Config) -> Iterator[Finding]:
    """HPC401: a value that the user wrote, other than the default, where the field does not apply."""
    for field in CONDITIONAL:
        if config.given(field) and not config.acts(field) and not _is_written_anyway(config, field):
            broken = [when for when in field.active_when if config.values[when.field] not in when.values]
            needs = condition((when.field, when.values) for when in broken)
            yield Finding(
                "HPC401",
                f"`{field.name}` has no effect: it applies only when {needs}",
                (field, *(f.BY_NAME[when.field] for when in broken)),
                also_read=tuple(f.BY_NAME[name] for name in FOLLOWING[field.name][1])
                if field.name in FOLLOWING
                else (),
                at_key=True,
            )


def _is_written_anyway(config: Config, field: Field[Any]) -> bool:
    """The platform's JSON mode writes every field: with its default, or with the one that the platform has."""
    value = config[field]
    return bool(value == default_value(config, field) or value == properties()[field.name].get("x-portal-default"))


def default_value(config: Config, field: Field[Any]) -> Any:
    """The value that the field has when none is given; the platform's JSON mode writes such values out."""
    if field.name in FOLLOWING:
        _, _, follow = FOLLOWING[field.name]
        return follow(config.name, config.values)
    return field.default


def beta_zero(config: Config) -> Iterator[Finding]:
    """HPC402. IPO and SimPO divide by beta: the schema rejects 0 there (HPC207)."""
    loss = LOSSES[config[f.pref_loss]]
    if config[f.trainer] != "dpo" or config[f.pref_beta] != 0 or loss.beta != "weighs":
        return
    included = loss.supervised == "is included"
    message = f"with `pref_beta` 0 the {loss.name} loss is constant: nothing is learned"
    if included or config[f.pref_ftx] > 0:
        message = f"with `pref_beta` 0 only the supervised loss remains of {loss.name}: no preference is learned"
    beside = () if included else (f.pref_ftx,)
    yield Finding("HPC402", message, (f.pref_beta, f.pref_loss, *beside))


def full_dropout(config: Config) -> Iterator[Finding]:
    """HPC403."""
    if config.acts(f.lora_dropout) and config[f.lora_dropout] == 1:
        message = "with `lora_dropout` 1 the adapter learns nothing"
        yield Finding("HPC403", message, (f.lora_dropout,), also_read=(f.training_type,))


def best_beside_newest(config: Config) -> Iterator[Finding]:
    """HPC404."""
    limited = config.acts(f.number_of_checkpoints) and config[f.number_of_checkpoints] == 1
    evaluates = config[f.eval_strategy] == config[f.checkpoint_strategy]
    if config[f.save_best_checkpoint] and evaluates and limited:
        message = "two checkpoints may be kept: the newest and the best"
        fields = (f.number_of_checkpoints, f.save_best_checkpoint, f.checkpoint_strategy, f.eval_strategy)
        yield Finding("HPC404", message, fields)


def repeated_module(config: Config) -> Iterator[Finding]:
    """HPC405."""
    twice = next((name for name, count in Counter(modules(config)).items() if count > 1), None)
    if twice and config.acts(f.target_modules):
        message = f"`target_modules` names {show(twice)} twice"
        yield Finding("HPC405", message, (f.target_modules,), also_read=(f.training_type,))


def indifferent_labels(config: Config) -> Iterator[Finding]:
    """HPC406."""
    smoothed = config[f.pref_loss] == "sigmoid" and config[f.dpo_label_smoothing] == 0.5
    if config[f.trainer] == "dpo" and smoothed:
        message = "with `dpo_label_smoothing` 0.5 neither answer is preferred: no preference is learned"
        yield Finding("HPC406", message, (f.dpo_label_smoothing, f.pref_loss))


def nothing_to_predict(config: Config) -> Iterator[Finding]:
    """HPC407."""
    if config[f.max_sequence_length] == 1:
        message = "with `max_sequence_length` 1 there is no next token: nothing is learned"
        yield Finding("HPC407", message, (f.max_sequence_length,))


def nothing_to_resume(config: Config) -> Iterator[Finding]:
    """HPC408."""
    if config[f.resume_from_checkpoint] is True and config[f.checkpoint_strategy] == "no":
        message = "`resume_from_checkpoint` is true, but this job saves a checkpoint only when a signal stops it"
        yield Finding("HPC408", message, (f.resume_from_checkpoint, f.checkpoint_strategy))


CHECKS: Final[tuple[RelationCheck, ...]] = (
    best_checkpoint_rhythm,
    evaluation_without_data,
    adapter_on_the_head,
    without_effect,
    beta_zero,
    full_dropout,
    best_beside_newest,
    repeated_module,
    indifferent_labels,
    nothing_to_predict,
    nothing_to_resume,
)
