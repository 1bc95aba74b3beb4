"""``plan.json``: what the runner needs beside the other files, everything by name.

Everything is decided at compile time, except what only the running machine knows: the list ``late_bound``.
"""

from __future__ import annotations

from typing import Any, Final

from hpc import __version__
from hpc.lowering import Table, combine, constant, convert, copy, unused
from hpc_disk.losses import LOSSES
from hpc_schema import fields as f

FORMAT: Final = 1

TRAINER: Final = ("trl.SFTTrainer", "trl.SFTConfig")
"""The trainer of ``sft`` and ``pt``; a preference loss names its own."""
SIXTEEN_BIT: Final = {"bf16": "bfloat16", "fp16": "float16", "none": "float32"}
VERSIONS: Final = {"transformers": ">=5.23", "trl": ">=1.7", "peft": ">=0.15", "accelerate": ">=1.8"}
"""The releases that take the files as they are where no `target` is named; ``releases.py`` knows those of a target."""


def trainer_class(trainer: str, loss: str) -> str:
    """The trainer that computes this loss."""
    return LOSSES[loss].trainer if trainer == "dpo" else TRAINER[0]


def arguments_class(trainer: str, loss: str) -> str:
    """The argument class of that trainer."""
    return LOSSES[loss].arguments if trainer == "dpo" else TRAINER[1]


def takes_pairs_apart(trainer: str, loss: str) -> bool:
    """KTO sees chosen and rejected answers one at a time."""
    return trainer == "dpo" and LOSSES[loss].rows_per_pair > 1


def base_dtype(training_type: str, backend: str, precision: str) -> str:
    """Full training under ddp keeps float32 weights (autocast does the rest); everything else loads in 16 bits."""
    return "float32" if training_type == "full" and backend == "ddp" else SIXTEEN_BIT[precision]


def quantization(bits: str, precision: str, backend: str, zero_stage: int) -> dict[str, Any] | None:
    """The keyword arguments of transformers' BitsAndBytesConfig, or nothing."""
    compute = SIXTEEN_BIT[precision]
    if bits == "int8":
        return {"load_in_8bit": True}
    if bits == "int4":
        sharded = backend == "deepspeed" and zero_stage == 3
        return {
            "load_in_4bit": True,
            "bnb_4bit_quant_type": "nf4",
            "bnb_4bit_use_double_quant": True,
            "bnb_4bit_compute_dtype": compute,
            "bnb_4bit_quant_storage": compute if sharded else "uint8",
        }
    return None


def adapter(training_type: str, merge: bool) -> dict[str, Any] | None:
    """LoRA has an adapter, merged into the base when asked; full training has none."""
    return {"arguments": "peft.json", "merge": merge} if training_type == "lora" else None


def kind_of_rows(trainer: str) -> str:
    """What this trainer learns from."""
    from hpc_disk.formats import KINDS  # The formats are slow to import, and only the plan needs them.

    return KINDS[trainer]


def deepspeed_file(backend: str) -> str | None:
    """The file of the backend's own settings."""
    return "deepspeed.json" if backend == "deepspeed" else None


def evaluated(eval_data: Any, strategy: str) -> Any:
    """Evaluation data is read only when there is evaluation."""
    return None if strategy == "no" else eval_data


TABLE: Final[Table] = (
    constant("format", FORMAT, "the version of this file's own format"),
    constant("hpc", __version__, "the compiler that wrote it"),
    copy(f.trainer, "trainer.name"),
    combine((f.trainer, f.pref_loss), "trainer.class", trainer_class),
    combine((f.trainer, f.pref_loss), "trainer.arguments_class", arguments_class),
    copy(f.model, "model.path"),
    combine((f.training_type, f.distributed_backend, f.mixed_precision), "model.dtype", base_dtype),
    convert(
        f.flash_attention_v2,
        "model.attention",
        lambda flash: "flash_attention_2" if flash else None,
        "null: transformers chooses the attention that the model has",
    ),
    combine(
        (f.quantization_bit, f.mixed_precision, f.distributed_backend, f.zero_stage),
        "model.quantization",
        quantization,
    ),
    copy(f.unsloth_gradient_checkpointing, "model.offload_activations"),
    copy(f.train_data, "data.train"),
    combine((f.eval_data, f.eval_strategy), "data.eval", evaluated),
    copy(f.system_prompt, "data.system_prompt"),
    copy(f.chat_template, "model.chat_template"),
    copy(f.lr_min_ratio, "lr_min_ratio"),
    copy(f.max_samples, "data.max_samples"),
    copy(f.packing, "data.packing"),
    copy(f.eval_split, "data.eval_split"),
    convert(
        f.data_format,
        "data.format",
        lambda name: None if name == "auto" else name,
        "null: the columns of the first rows decide",
    ),
    convert(f.trainer, "data.kind", kind_of_rows, "what this trainer learns from"),
    combine((f.trainer, f.pref_loss), "data.unpair", takes_pairs_apart),
    copy(f.max_sequence_length, "data.max_sequence_length"),
    combine((f.training_type, f.merge_adapter), "adapter", adapter),
    copy(f.distributed_backend, "distributed.backend"),
    copy(f.nodes, "distributed.nodes"),
    copy(f.devices_per_node, "distributed.devices_per_node"),
    combine(
        (f.nodes, f.devices_per_node),
        "distributed.world_size",
        lambda n, d: n * d,
        "nodes × devices per node",
    ),
    convert(f.distributed_backend, "distributed.arguments", deepspeed_file),
    copy(f.resume_from_checkpoint, "resume"),
    copy(f.early_stopping_patience, "early_stopping_patience"),
    constant(
        "late_bound", ["use_cpu", "ddp_backend", "optim"], "only the running machine knows whether there is a GPU"
    ),
    constant("tracking.experiment", "hpc", "one MLflow experiment for all runs"),
    convert(f.target, "versions", lambda _: VERSIONS, "The releases that take the files as they are"),
    unused(
        f.output_dir,
        f.batch_size,
        f.epochs,
        f.learning_rate,
        f.gradient_accumulation_steps,
        f.optimizer,
        f.weight_decay,
        f.max_grad_norm,
        f.lr_scheduler_type,
        f.lr_warmup_steps,
        f.lr_warmup_ratio,
        f.full_determinism,
        f.seed,
        f.liger_kernel,
        f.checkpoint_strategy,
        f.checkpoint_steps,
        f.eval_steps,
        f.number_of_checkpoints,
        f.save_best_checkpoint,
        f.logging_steps,
        because="set in training_arguments.json",
    ),
    unused(
        f.dpo_label_smoothing,
        f.pref_beta,
        f.pref_ftx,
        f.simpo_gamma,
        because="set in training_arguments.json",
    ),
    unused(
        f.max_steps,
        f.save_only_model,
        f.group_by_length,
        f.report_to,
        because="set in training_arguments.json",
    ),
    unused(f.lora_variant, f.modules_to_save, because="set in peft.json"),
    unused(f.offload, because="set in deepspeed.json"),
    unused(f.disable_gradient_checkpointing, because="set in training_arguments.json"),
    unused(f.lora_alpha, f.lora_dropout, f.lora_rank, f.target_modules, because="set in peft.json"),
)
