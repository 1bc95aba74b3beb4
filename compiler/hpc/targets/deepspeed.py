"""``deepspeed.json``: a whole DeepSpeed 0.19 configuration; no ``auto``, no optimizer, no scheduler.

The optimizer and the schedule are those of transformers, so that both backends follow the same learning rates
and keep biases and norms out of the weight decay.
"""

from __future__ import annotations

from typing import Any, Final

from hpc.lowering import Row, Table, combine, constant, convert, copy, unused
from hpc.resolve import Config
from hpc_schema import fields as f


def global_batch(batch: int, accumulation: int, nodes: int, devices: int) -> int:
    """Batch size × gradient accumulation steps × nodes × devices per node."""
    return batch * accumulation * nodes * devices


def hidden_size(model: str | None) -> int | None:
    """The hidden size of the model, where its config.json can be read."""
    if not model:
        return None
    from hpc_disk.models.folder import hidden_size as size_of  # Only a job with a model looks at the disk.

    return size_of(model)


def reduce_bucket(model: str | None) -> int:
    """The hidden size squared; 5e8 where the model's config.json cannot be read."""
    size = hidden_size(model)
    return size * size if size else int(5e8)


def prefetch_bucket(model: str | None) -> int:
    """Nine tenths of the hidden size squared; 5e7 where the model's config.json cannot be read."""
    size = hidden_size(model)
    return int(0.9 * size * size) if size else int(5e7)


def persistence_threshold(model: str | None) -> int:
    """Ten times the hidden size; 1e5 where the model's config.json cannot be read."""
    size = hidden_size(model)
    return 10 * size if size else int(1e5)


def state_offload(offload: str) -> dict[str, Any]:
    """The optimizer state: in the memory of the host, or on the GPU."""
    return HOST if offload != "none" else GPU


def parameter_offload(offload: str) -> dict[str, Any]:
    """The parameters of layers that are not computed now: in the memory of the host, or on the GPU."""
    return HOST if offload == "all" else GPU


HOST: Final = {"device": "cpu", "pin_memory": True}
GPU: Final = {"device": "none"}
STATE_OFFLOAD: Final = convert(f.offload, "zero_optimization.offload_optimizer", state_offload)

FP16_SCALING: Final[Table] = (
    constant("fp16.loss_scale", 0, "0 means dynamic"),
    constant("fp16.loss_scale_window", 1000, "DeepSpeed's own default, written out"),
    constant("fp16.initial_scale_power", 16, "DeepSpeed's own default, written out"),
    constant("fp16.hysteresis", 2, "DeepSpeed's own default, written out"),
    constant("fp16.min_loss_scale", 1, "DeepSpeed's own default, written out"),
)

COMMON: Final[Table] = (
    combine(
        (f.batch_size, f.gradient_accumulation_steps, f.nodes, f.devices_per_node),
        "train_batch_size",
        global_batch,
    ),
    copy(f.batch_size, "train_micro_batch_size_per_gpu"),
    copy(f.gradient_accumulation_steps, "gradient_accumulation_steps"),
    convert(
        f.max_grad_norm, "gradient_clipping", float, "the same norm; 0.0 is off, and a missing value would mean 1.0"
    ),
    convert(f.mixed_precision, "bf16.enabled", lambda p: p == "bf16", "whether it is bf16"),
    convert(f.mixed_precision, "fp16.enabled", lambda p: p == "fp16", "whether it is fp16"),
    *FP16_SCALING,
    constant("zero_allow_untested_optimizer", True, "SGD is not on DeepSpeed's list of tested optimizers"),
    constant("zero_force_ds_cpu_optimizer", False, "the optimizer is that of transformers, offloaded or not"),
    constant("wall_clock_breakdown", False, "no timers in the log"),
    copy(f.zero_stage, "zero_optimization.stage"),
    constant("zero_optimization.overlap_comm", False, "saves memory; the gain of overlapping is small"),
    constant("zero_optimization.contiguous_gradients", True, "avoids fragmented memory"),
    unused(
        f.max_steps,
        f.lr_min_ratio,
        f.save_only_model,
        f.early_stopping_patience,
        f.group_by_length,
        f.max_samples,
        f.eval_split,
        f.packing,
        f.system_prompt,
        f.chat_template,
        f.target,
        f.report_to,
        because="handled by the trainer",
    ),
    unused(f.lora_variant, f.modules_to_save, because="set in peft.json"),
    unused(f.trainer, f.train_data, f.eval_data, f.data_format, f.output_dir, because="handled by the trainer"),
    unused(f.epochs, f.max_sequence_length, f.resume_from_checkpoint, because="handled by the trainer"),
    unused(
        f.optimizer,
        f.learning_rate,
        f.weight_decay,
        f.lr_warmup_steps,
        f.lr_warmup_ratio,
        f.lr_scheduler_type,
        because="the optimizer and the schedule are those of transformers, the same as under ddp",
    ),
    unused(f.distributed_backend, because="it decides whether there is a deepspeed.json"),
    unused(
        f.training_type,
        f.quantization_bit,
        f.flash_attention_v2,
        f.liger_kernel,
        because="handled when the model is loaded",
    ),
    unused(
        f.disable_gradient_checkpointing,
        f.unsloth_gradient_checkpointing,
        because="handled by the trainer",
    ),
    unused(f.full_determinism, f.seed, because="handled by the trainer"),
    unused(
        f.dpo_label_smoothing,
        f.pref_beta,
        f.pref_ftx,
        f.pref_loss,
        f.simpo_gamma,
        because="handled by the loss",
    ),
    unused(
        f.merge_adapter,
        f.lora_alpha,
        f.lora_dropout,
        f.lora_rank,
        f.target_modules,
        because="set in peft.json",
    ),
    unused(
        f.checkpoint_strategy,
        f.checkpoint_steps,
        f.eval_strategy,
        f.eval_steps,
        f.number_of_checkpoints,
        f.save_best_checkpoint,
        f.logging_steps,
        because="handled by the trainer",
    ),
)

STAGE_1: Final[Table] = (
    STATE_OFFLOAD,
    constant("zero_optimization.reduce_bucket_size", int(5e8), "DeepSpeed's own default, written out"),
    constant("zero_optimization.allgather_bucket_size", int(5e8), "DeepSpeed's own default, written out"),
    unused(f.model, because="bucket sizes follow the model under ZeRO-3 only"),
)
STAGE_2: Final[Table] = (
    *STAGE_1,
    constant("zero_optimization.allgather_partitions", True, "DeepSpeed's own default, written out"),
    constant("zero_optimization.reduce_scatter", True, "DeepSpeed's own default, written out"),
    constant("zero_optimization.round_robin_gradients", True, "spreads the copying of gradients across the ranks"),
)
STAGE_3: Final[Table] = (
    STATE_OFFLOAD,
    convert(f.offload, "zero_optimization.offload_param", parameter_offload),
    convert(f.model, "zero_optimization.reduce_bucket_size", reduce_bucket),
    convert(f.model, "zero_optimization.stage3_prefetch_bucket_size", prefetch_bucket),
    convert(f.model, "zero_optimization.stage3_param_persistence_threshold", persistence_threshold),
    constant("zero_optimization.sub_group_size", int(1e9), "DeepSpeed's own default, written out"),
    constant("zero_optimization.stage3_max_live_parameters", int(1e9), "DeepSpeed's own default, written out"),
    constant("zero_optimization.stage3_max_reuse_distance", int(1e9), "DeepSpeed's own default, written out"),
    constant(
        "zero_optimization.stage3_gather_16bit_weights_on_model_save",
        True,
        "without it, adapters and models are saved empty",
    ),
)
TABLES: Final[dict[str, Table]] = {
    "stage 1": COMMON + STAGE_1,
    "stage 2": COMMON + STAGE_2,
    "stage 3": COMMON + STAGE_3,
}


def table(config: Config) -> tuple[Row, ...]:
    """The table of this job's ZeRO stage."""
    return TABLES[f"stage {config[f.zero_stage]}"]
