"""What the targets for schedulers share: names that a cluster accepts, and readable YAML."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from hpc_schema import fields as f

LONGEST_NAME: Final = 63
"""Characters of a DNS label (RFC 1035)."""

FILES: Final = "the compiled folder is the job's only argument"

IN_THE_FOLDER: Final = (
    f.trainer,
    f.model,
    f.train_data,
    f.eval_data,
    f.data_format,
    f.output_dir,
    f.batch_size,
    f.epochs,
    f.learning_rate,
    f.max_sequence_length,
    f.zero_stage,
    f.training_type,
    f.resume_from_checkpoint,
    f.gradient_accumulation_steps,
    f.mixed_precision,
    f.optimizer,
    f.weight_decay,
    f.max_grad_norm,
    f.disable_gradient_checkpointing,
    f.flash_attention_v2,
    f.lr_warmup_steps,
    f.lr_warmup_ratio,
    f.lr_scheduler_type,
    f.full_determinism,
    f.seed,
    f.liger_kernel,
    f.unsloth_gradient_checkpointing,
    f.dpo_label_smoothing,
    f.pref_beta,
    f.pref_ftx,
    f.pref_loss,
    f.simpo_gamma,
    f.merge_adapter,
    f.lora_alpha,
    f.lora_dropout,
    f.lora_rank,
    f.target_modules,
    f.checkpoint_strategy,
    f.checkpoint_steps,
    f.eval_strategy,
    f.eval_steps,
    f.number_of_checkpoints,
    f.save_best_checkpoint,
    f.logging_steps,
    f.max_steps,
    f.lr_min_ratio,
    f.offload,
    f.save_only_model,
    f.early_stopping_patience,
    f.lora_variant,
    f.modules_to_save,
    f.group_by_length,
    f.max_samples,
    f.eval_split,
    f.report_to,
    f.packing,
    f.system_prompt,
    f.chat_template,
    f.target,
)
"""What the launchers leave to the compiled folder. Each field is named, so that a new one is decided about."""


def job_name(name: str) -> str:
    """The config's name as a DNS label (RFC 1035): lower-case letters, digits and dashes, a letter first."""
    label = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    if not label[:1].isalpha():
        label = f"hpc-{label}"
    return label[:LONGEST_NAME].strip("-")


def extras(backend: str, quantization: str) -> str:
    """The extras of hpc that this job needs."""
    names = ["train", *(["deepspeed"] if backend == "deepspeed" else [])]
    return ",".join([*names, *(["quantization"] if quantization != "none" else [])])


def to_yaml(head: str, document: Mapping[str, Any]) -> str:
    """A YAML document below its comment; strings of several lines are written as blocks."""
    import yaml

    class Dumper(yaml.SafeDumper):  # type: ignore[misc]
        """A dumper with its own way of writing texts."""

    Dumper.add_representer(str, _text)
    body = yaml.dump(dict(document), Dumper=Dumper, sort_keys=False, allow_unicode=True, width=120)
    return head + str(body)


def _text(dumper: Any, text: str) -> Any:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)
