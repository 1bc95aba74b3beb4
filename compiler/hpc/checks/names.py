"""What people call the fields, for the question "did you mean …?", and words for what hpc has no field for.

The names of the tools that hpc imports stand in hpc.importers.
"""

from __future__ import annotations

import re
from typing import Final

_SECRET: Final = re.compile(
    r"(?:^|_)(?:(?:hf|hub|auth|access|wandb|api|swanlab|github)_?token|api_?key|secret(?:_key)?|passw(?:or)?d)$"
)
TYPO: Final = 0.75
"""How similar an unknown key must be to a field's name: other tools have words that only look alike."""

OTHER_NAMES: Final[dict[str, tuple[str, ...]]] = {
    "trainer": ("method", "training_method", "trainer_type"),
    "model": ("model_id", "model_path", "pretrained_model_name_or_path", "pretrained_model", "pretrained_model_name"),
    "train_data": ("dataset_path", "data_path", "data", "train_path", "train_data_path", "training_data"),
    "training_type": ("lora", "use_lora", "full_finetuning", "full_finetune", "finetune_type", "peft_type"),
    "eval_data": ("val_data", "validation_data", "eval_file", "eval_path", "test_data"),
    "eval_split": ("test_size", "train_test_split", "val_split", "val_ratio", "validation_split"),
    "output_dir": ("output", "output_path", "out_dir", "ckpt_dir", "save_path"),
    "nodes": ("nnodes", "num_nodes", "num_machines"),
    "devices_per_node": ("gpus", "num_gpus", "n_gpu", "n_gpus", "gpus_per_node", "nproc_per_node", "num_processes"),
    "batch_size": ("train_micro_batch_size_per_gpu", "bs"),
    "epochs": ("n_epochs",),
    "max_steps": ("max_iters", "iterations", "num_steps", "num_train_steps", "total_steps"),
    "learning_rate": ("lr", "initial_lr", "base_lr"),
    "weight_decay": ("wd", "decay"),
    "max_sequence_length": ("max_seq_len", "model_max_length", "seq_len", "seq_length", "context_length"),
    "distributed_backend": ("backend", "strategy"),
    "zero_stage": ("stage3", "zero"),
    "offload": ("fsdp_cpu_offload", "cpu_offload"),
    "resume_from_checkpoint": ("resume", "checkpoint", "checkpoint_path"),
    "gradient_accumulation_steps": ("grad_accum", "gradient_accumulation", "accumulation_steps"),
    "mixed_precision": ("precision",),
    "quantization_bit": ("bits",),
    "max_grad_norm": ("gradient_clipping", "clip_grad", "grad_clip", "clip_grad_norm"),
    "flash_attention_v2": ("use_flash_attention_2", "use_flash_attn"),
    "lr_warmup_steps": ("num_warmup_steps", "warmup"),
    "lr_scheduler_type": ("scheduler", "learning_rate_scheduler", "lr_schedule"),
    "full_determinism": ("deterministic",),
    "seed": ("random_seed", "random_state"),
    "pref_loss": ("dpo_loss",),
    "lora_rank": ("r", "rank"),
    "lora_dropout": ("dropout",),
    "target_modules": ("lora_attn_modules", "apply_lora_to_mlp", "apply_lora_to_output"),
    "merge_adapter": ("merge", "merge_weights"),
    "unsloth_gradient_checkpointing": ("use_gradient_checkpointing", "enable_activation_offloading"),
    "checkpoint_steps": ("save_freq", "save_interval", "checkpoint_interval"),
    "eval_steps": ("eval_every", "eval_freq", "eval_interval", "evaluation_steps"),
    "number_of_checkpoints": ("max_checkpoints", "keep_last", "keep_last_n"),
    "save_best_checkpoint": ("save_best", "best_checkpoint"),
    "early_stopping_patience": ("patience", "early_stopping", "early_stopping_callback"),
    "logging_steps": ("log_steps", "log_every", "log_every_n_steps", "log_interval", "logging_frequency"),
}

_ADAMW: Final = "remove it: hpc's AdamW has beta1 0.9, beta2 0.999 and epsilon 1e-8"
_FROZEN: Final = "hpc trains an adapter or the whole model: see `training_type`"
_ANSWERS: Final = "remove it: only the assistant's turns are learned"
_EVALUATED: Final = "remove it: every row of the evaluation data is used; `max_samples` limits all data sets"
_EPOCH: Final = "remove it: an epoch is one pass over all rows; `max_steps` limits the whole training"
_TOKENIZER: Final = "remove it: hpc uses the tokenizer in the folder of the model"

REASONS: Final[dict[str, str]] = {
    **dict.fromkeys(("eps", "betas", "beta1", "beta2"), _ADAMW),
    **dict.fromkeys(("num_layer_trainable", "lisa", "freeze_layers"), _FROZEN),
    **dict.fromkeys(("galore", "badam", "relora_steps"), "hpc has no such method: see `optimizer`"),
    **dict.fromkeys(("response_template", "instruction_template"), _ANSWERS),
    "eval_samples": _EVALUATED,
    **dict.fromkeys(("max_steps_per_epoch", "steps_per_epoch"), _EPOCH),
    **dict.fromkeys(("tokenizer", "tokenizer_name", "tokenizer_name_or_path", "tokenizer_path"), _TOKENIZER),
    **dict.fromkeys(("metric_logger", "wandb_run_name", "experiment_name"), "remove it: see `report_to`"),
    **dict.fromkeys(("profiler", "log_peak_memory_stats"), "remove it: `hpc plan` and the run report the memory"),
    "momentum": "remove it: hpc's SGD has no momentum",
    "noise": "hpc adds no noise to the embeddings",
    "bias": "hpc trains no biases",
    "compile": "remove it: hpc does not compile the model",
    "double_quant": "remove it: int4 quantizes its constants, too",
    "quant_type": "remove it: int4 is nf4",
    "shuffle": "remove it: hpc shuffles the rows before every epoch, by `seed`",
    "train_batch_size": "write `batch_size`, the rows of one device in one pass, and `gradient_accumulation_steps`",
    "qlora": 'write "training_type": "lora" and "quantization_bit": "int4"',
    **dict.fromkeys(("min_lr", "lr_end", "eta_min"), "write `lr_min_ratio`, a share of `learning_rate`"),
    "learning_rate_multiplier": "write the rate itself: `learning_rate`",
    "unsloth": "hpc trains with transformers and TRL only",
    "warmup_epochs": "write `lr_warmup_ratio`, a share of all steps, or `lr_warmup_steps`",
}


def other_name(key: str) -> str | None:
    """The field that people call by this name."""
    plain = key.lower().replace("-", "_")
    return next((name for name, others in OTHER_NAMES.items() if plain in others), None)


def reason_of(key: str) -> str:
    """What to do with a key that hpc has no field for, or an empty text."""
    if is_secret(key):
        return "remove it: a secret belongs in the environment, such as WANDB_API_KEY or HF_TOKEN"
    return REASONS.get(key.lower().replace("-", "_"), "")


def is_secret(key: str) -> bool:
    """Whether a key of this name holds a token or a password."""
    return bool(_SECRET.search(key.lower().replace("-", "_")))
