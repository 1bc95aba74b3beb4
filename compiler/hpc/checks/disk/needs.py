"""A config in the words of the ground floor, and the ground floor's problems as findings about a config."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from hpc.checks.relations import Finding
from hpc.module_names import modules, whole_modules
from hpc.resolve import Config
from hpc.targets.training_arguments import OPTIMIZERS, effective_seed, scheduler
from hpc_disk.needs import Needs
from hpc_disk.problems import Problem
from hpc_schema import fields as f
from hpc_schema.field import Field

SHOWN: Final = 3
"""Malformed rows that are named; the others are counted."""


def needs_of(config: Config, **asked: Any) -> Needs:
    """What the job needs of the disk; ``asked`` are the command's options (``overwrite`` …)."""
    evaluates, lora = config[f.eval_strategy] != "no", config[f.training_type] == "lora"
    targets = modules(config[f.target_modules])
    return Needs(
        name=config.name,
        model=config[f.model],
        train_data=config[f.train_data],
        eval_data=config[f.eval_data] if evaluates else None,
        evaluates=evaluates,
        trainer=config[f.trainer],
        pref_loss=config[f.pref_loss] if config.acts(f.pref_loss) else None,
        data_format=config[f.data_format],
        max_sequence_length=config[f.max_sequence_length],
        training_type=config[f.training_type],
        quantization_bit=config[f.quantization_bit],
        merge_adapter=lora and config[f.merge_adapter],
        target_modules=tuple(targets) if lora and isinstance(targets, list) else (),
        lora_rank=config[f.lora_rank] if lora else 0,
        lora_alpha=config[f.lora_alpha] if lora else 0,
        lora_dropout=config[f.lora_dropout] if lora else 0,
        flash_attention_v2=config[f.flash_attention_v2],
        distributed_backend=config[f.distributed_backend],
        zero_stage=config[f.zero_stage] if config.acts(f.zero_stage) else None,
        nodes=config[f.nodes],
        devices_per_node=config[f.devices_per_node],
        batch_size=config[f.batch_size],
        gradient_accumulation_steps=config[f.gradient_accumulation_steps],
        epochs=config[f.epochs],
        optimizer=OPTIMIZERS[config[f.optimizer]],
        learning_rate=config[f.learning_rate],
        weight_decay=config[f.weight_decay],
        max_grad_norm=config[f.max_grad_norm],
        mixed_precision=config[f.mixed_precision],
        seed=effective_seed(config[f.full_determinism], config[f.seed]),
        lr_scheduler_type=scheduler(
            config[f.lr_scheduler_type],
            config[f.lr_warmup_steps],
            config[f.lr_warmup_ratio],
            config[f.lr_min_ratio],
        ),
        lr_warmup_steps=config[f.lr_warmup_steps],
        lr_warmup_ratio=config[f.lr_warmup_ratio] if config.acts(f.lr_warmup_ratio) else 0,
        pref_beta=config[f.pref_beta] if config.acts(f.pref_beta) else 0,
        pref_ftx=config[f.pref_ftx] if config.acts(f.pref_ftx) else 0,
        dpo_label_smoothing=config[f.dpo_label_smoothing] if config.acts(f.dpo_label_smoothing) else 0,
        simpo_gamma=config[f.simpo_gamma] if config.acts(f.simpo_gamma) else 0,
        checkpoint_steps=config[f.checkpoint_steps] if config.acts(f.checkpoint_steps) else None,
        eval_steps=config[f.eval_steps] if config.acts(f.eval_steps) else None,
        resume_from_checkpoint=config[f.resume_from_checkpoint],
        output_dir=config[f.output_dir],
        max_steps=config[f.max_steps],
        max_samples=config[f.max_samples],
        eval_split=config[f.eval_split] if evaluates else None,
        packing=config.acts(f.packing) and config[f.packing],
        lr_min_ratio=config[f.lr_min_ratio] if config.acts(f.lr_min_ratio) else 0,
        lora_variant=config[f.lora_variant] if lora else "none",
        modules_to_save=tuple(whole_modules(config[f.modules_to_save]) or ()) if lora else (),
        group_by_length=config.acts(f.group_by_length) and config[f.group_by_length],
        system_prompt=config[f.system_prompt] if config.acts(f.system_prompt) else None,
        chat_template=config[f.chat_template] if config.acts(f.chat_template) else None,
        full_determinism=config[f.full_determinism],
        report_to=tuple(config[f.report_to]),
        **asked,
    )


def finding(config: Config, problem: Problem) -> Finding:
    """The problem about this config: at its subject, because of the fields that the reason follows from."""
    given = (field for field in _fields(problem.given) if config.given(field))
    return Finding(
        problem.code,
        _with_places(problem),
        (*_fields((problem.subject, *problem.also)), *given),
        problem.help,
        _fields((*problem.read, *problem.given)),
        severity=problem.severity,
        instead=problem.instead,
    )


def _fields(names: tuple[str, ...]) -> tuple[Field[Any], ...]:
    return tuple(f.BY_NAME[name] for name in names if name)


def _with_places(problem: Problem) -> str:
    if not problem.places:
        return problem.message
    return f"{problem.message}: {'; '.join(_places(problem))}"


def _places(problem: Problem) -> Iterator[str]:
    """The first few rows, those with the same reason together; the file, where the message does not name it."""
    rows: dict[tuple[str, str], list[str]] = {}
    for place in problem.places[:SHOWN]:
        rows.setdefault((place.file, place.reason), []).append(str(place.row))
    for (file, reason), numbers in rows.items():
        where = "" if f" {file} " in problem.message else f"{file} "
        yield f"{where}row{'s' * (len(numbers) > 1)} {', '.join(numbers)}: {reason}"
    if problem.count > SHOWN:
        yield f"and {problem.count - SHOWN} more"
