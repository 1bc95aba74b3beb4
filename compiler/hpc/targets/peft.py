"""``peft.json``: the keyword arguments of PEFT's LoraConfig (0.21)."""

from __future__ import annotations

from typing import Final

from hpc.lowering import Table, constant, convert, copy, unused
from hpc.module_names import modules, whole_modules
from hpc_schema import fields as f

TABLE: Final[Table] = (
    constant("task_type", "CAUSAL_LM", "the models are causal language models"),
    copy(f.lora_rank, "r"),
    copy(f.lora_alpha, "lora_alpha"),
    copy(f.lora_dropout, "lora_dropout"),
    convert(f.target_modules, "target_modules", modules),
    convert(f.modules_to_save, "modules_to_save", whole_modules),
    convert(f.lora_variant, "use_rslora", lambda name: name == "rslora", "rslora scales by the root of the rank"),
    convert(f.lora_variant, "use_dora", lambda name: name == "dora", "dora learns direction and magnitude apart"),
    constant("bias", "none", "biases are not trained"),
    unused(
        f.trainer,
        f.train_data,
        f.eval_data,
        f.data_format,
        f.output_dir,
        because="the adapter does not depend on it",
    ),
    unused(f.model, f.quantization_bit, f.flash_attention_v2, because="handled when the model is loaded"),
    unused(
        f.nodes,
        f.devices_per_node,
        f.distributed_backend,
        f.zero_stage,
        because="the adapter is the same on any number of devices",
    ),
    unused(f.training_type, because="it decides whether there is an adapter"),
    unused(
        f.batch_size,
        f.epochs,
        f.learning_rate,
        f.max_sequence_length,
        f.gradient_accumulation_steps,
        f.mixed_precision,
        f.optimizer,
        f.weight_decay,
        f.max_grad_norm,
        f.disable_gradient_checkpointing,
        f.lr_warmup_steps,
        f.lr_warmup_ratio,
        f.lr_scheduler_type,
        f.full_determinism,
        f.seed,
        f.liger_kernel,
        f.unsloth_gradient_checkpointing,
        because="handled by the training loop",
    ),
    unused(
        f.dpo_label_smoothing,
        f.pref_beta,
        f.pref_ftx,
        f.pref_loss,
        f.simpo_gamma,
        because="handled by the loss",
    ),
    unused(
        f.max_steps,
        f.lr_min_ratio,
        f.offload,
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
        because="handled by the training loop",
    ),
    unused(f.merge_adapter, because="the runner merges after training"),
    unused(
        f.resume_from_checkpoint,
        f.checkpoint_strategy,
        f.checkpoint_steps,
        f.eval_strategy,
        f.eval_steps,
        f.number_of_checkpoints,
        f.save_best_checkpoint,
        f.logging_steps,
        because="handled by the training loop",
    ),
)
