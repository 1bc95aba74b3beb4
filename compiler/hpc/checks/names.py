"""What other tools call the fields: for the question "did you mean …?", never for a silent translation."""

from __future__ import annotations

from typing import Final

OTHER_NAMES: Final[dict[str, tuple[str, ...]]] = {
    "trainer": ("stage", "task", "method", "training_method"),
    "model": ("model_name_or_path", "model_name", "model_id", "base_model", "pretrained_model_name_or_path"),
    "train_data": ("dataset", "dataset_name", "datasets", "dataset_path", "train_dataset", "train_file"),
    "eval_data": ("eval_dataset", "val_data", "validation_data", "val_dataset", "eval_file"),
    "output_dir": ("output", "output_path", "save_dir"),
    "nodes": ("nnodes", "num_nodes", "num_machines"),
    "devices_per_node": ("gpus", "num_gpus", "gpus_per_node", "nproc_per_node", "num_processes"),
    "batch_size": ("per_device_train_batch_size", "micro_batch_size", "train_micro_batch_size_per_gpu", "bs"),
    "epochs": ("num_train_epochs", "num_epochs", "n_epochs"),
    "learning_rate": ("lr",),
    "max_sequence_length": ("max_seq_length", "max_seq_len", "max_length", "cutoff_len", "sequence_len", "block_size"),
    "distributed_backend": ("deepspeed", "backend", "strategy"),
    "zero_stage": ("stage3", "zero"),
    "training_type": ("adapter", "peft", "use_peft"),
    "resume_from_checkpoint": ("resume",),
    "gradient_accumulation_steps": ("grad_accum", "gradient_accumulation", "accumulation_steps"),
    "mixed_precision": ("bf16", "fp16", "precision", "dtype", "torch_dtype"),
    "quantization_bit": ("load_in_4bit", "load_in_8bit", "quantization", "bits"),
    "optimizer": ("optim",),
    "max_grad_norm": ("gradient_clipping", "clip_grad", "grad_clip"),
    "disable_gradient_checkpointing": ("gradient_checkpointing", "activation_checkpointing"),
    "flash_attention_v2": ("flash_attn", "flash_attention", "attn_implementation", "use_flash_attention_2"),
    "lr_warmup_steps": ("warmup_steps", "num_warmup_steps", "warmup"),
    "lr_warmup_ratio": ("warmup_ratio",),
    "lr_scheduler_type": ("lr_scheduler", "scheduler"),
    "full_determinism": ("deterministic",),
    "seed": ("random_seed", "data_seed"),
    "liger_kernel": ("use_liger_kernel", "enable_liger_kernel", "use_liger"),
    "unsloth_gradient_checkpointing": ("use_unsloth_gc", "activation_offloading"),
    "dpo_label_smoothing": ("label_smoothing",),
    "pref_beta": ("beta", "dpo_beta"),
    "pref_ftx": ("rpo_alpha", "cpo_alpha"),
    "pref_loss": ("loss_type", "dpo_loss"),
    "lora_rank": ("lora_r", "r", "rank"),
    "lora_alpha": ("alpha",),
    "lora_dropout": ("dropout",),
    "target_modules": ("lora_target", "lora_target_modules"),
    "checkpoint_strategy": ("save_strategy",),
    "checkpoint_steps": ("save_steps", "save_freq"),
    "eval_strategy": ("evaluation_strategy",),
    "eval_steps": ("eval_every", "evaluation_steps"),
    "number_of_checkpoints": ("save_total_limit", "max_checkpoints"),
    "save_best_checkpoint": ("load_best_model_at_end", "save_best"),
    "logging_steps": ("log_steps", "log_every", "logging_frequency"),
}


def other_name(key: str) -> str | None:
    """The field that another tool calls by this name."""
    plain = key.lower().replace("-", "_")
    return next((name for name, others in OTHER_NAMES.items() if plain in others), None)
