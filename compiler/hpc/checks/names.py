"""What people call the fields, for the question "did you mean …?". The names of other tools stand in hpc.importers."""

from __future__ import annotations

from typing import Final

OTHER_NAMES: Final[dict[str, tuple[str, ...]]] = {
    "trainer": ("method", "training_method"),
    "model": ("model_id", "pretrained_model_name_or_path"),
    "train_data": ("dataset_path",),
    "training_type": ("lora", "qlora", "use_lora", "full_finetuning", "finetune_type"),
    "eval_data": ("val_data", "validation_data", "eval_file"),
    "output_dir": ("output", "output_path"),
    "nodes": ("nnodes", "num_nodes", "num_machines"),
    "devices_per_node": ("gpus", "num_gpus", "gpus_per_node", "nproc_per_node", "num_processes"),
    "batch_size": ("train_micro_batch_size_per_gpu", "bs"),
    "epochs": ("n_epochs",),
    "learning_rate": ("lr",),
    "max_sequence_length": ("max_seq_len",),
    "distributed_backend": ("backend", "strategy"),
    "zero_stage": ("stage3", "zero"),
    "resume_from_checkpoint": ("resume",),
    "gradient_accumulation_steps": ("grad_accum", "gradient_accumulation", "accumulation_steps"),
    "mixed_precision": ("precision",),
    "quantization_bit": ("bits",),
    "max_grad_norm": ("gradient_clipping", "clip_grad", "grad_clip"),
    "flash_attention_v2": ("use_flash_attention_2",),
    "lr_warmup_steps": ("num_warmup_steps", "warmup"),
    "lr_scheduler_type": ("scheduler",),
    "full_determinism": ("deterministic",),
    "seed": ("random_seed",),
    "liger_kernel": ("use_liger",),
    "pref_loss": ("dpo_loss",),
    "lora_rank": ("r", "rank"),
    "lora_dropout": ("dropout",),
    "checkpoint_steps": ("save_freq",),
    "eval_steps": ("eval_every", "evaluation_steps"),
    "number_of_checkpoints": ("max_checkpoints",),
    "save_best_checkpoint": ("save_best",),
    "logging_steps": ("log_steps", "log_every", "logging_frequency"),
}


def other_name(key: str) -> str | None:
    """The field that people call by this name."""
    plain = key.lower().replace("-", "_")
    return next((name for name, others in OTHER_NAMES.items() if plain in others), None)
