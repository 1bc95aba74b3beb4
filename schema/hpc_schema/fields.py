"""One typed handle a field; generated from hpc.schema.json by schema/generate.py: do not edit."""

# ruff: noqa
from typing import Any, Final

from hpc_schema.field import Field, When

trainer: Final[Field[str]] = Field("trainer", "job", "Trainer", "sft")
model: Final[Field[str | None]] = Field("model", "job", "Model", None)
train_data: Final[Field[str | None]] = Field("train_data", "job", "Training data", None)
eval_data: Final[Field[str | None]] = Field(
    "eval_data", "job", "Evaluation data", None, (When(field="eval_strategy", values=("epoch", "steps")),)
)
data_format: Final[Field[str]] = Field("data_format", "job", "Data format", "auto")
output_dir: Final[Field[str]] = Field("output_dir", "job", "Output folder", None)
nodes: Final[Field[int]] = Field("nodes", "job", "Nodes", 1)
devices_per_node: Final[Field[int]] = Field("devices_per_node", "job", "Devices per node", 1)
batch_size: Final[Field[int]] = Field("batch_size", "general", "Batch size", 1)
epochs: Final[Field[int]] = Field("epochs", "general", "Epochs", 1)
learning_rate: Final[Field[float]] = Field("learning_rate", "general", "Learning rate", 1e-05)
max_sequence_length: Final[Field[int]] = Field("max_sequence_length", "general", "Max sequence length", 2048)
distributed_backend: Final[Field[str]] = Field("distributed_backend", "general", "Distributed backend", "ddp")
zero_stage: Final[Field[int]] = Field(
    "zero_stage", "general", "ZeRO stage", 1, (When(field="distributed_backend", values=("deepspeed",)),)
)
training_type: Final[Field[str]] = Field("training_type", "general", "Training type", "lora")
resume_from_checkpoint: Final[Field[bool | str]] = Field(
    "resume_from_checkpoint", "general", "Resume from checkpoint", False
)
gradient_accumulation_steps: Final[Field[int]] = Field(
    "gradient_accumulation_steps", "training_runtime", "Gradient accumulation steps", 4
)
mixed_precision: Final[Field[str]] = Field("mixed_precision", "training_runtime", "Mixed precision", "bf16")
quantization_bit: Final[Field[str]] = Field("quantization_bit", "training_runtime", "Quantization bit", "none")
optimizer: Final[Field[str]] = Field("optimizer", "training_runtime", "Optimizer", "adamw")
weight_decay: Final[Field[float]] = Field("weight_decay", "training_runtime", "Weight decay", 0)
max_grad_norm: Final[Field[float]] = Field("max_grad_norm", "training_runtime", "Max gradient norm", 1)
disable_gradient_checkpointing: Final[Field[bool]] = Field(
    "disable_gradient_checkpointing", "training_runtime", "Disable gradient checkpointing", False
)
flash_attention_v2: Final[Field[bool]] = Field("flash_attention_v2", "training_runtime", "Flash attention v2", False)
lr_warmup_steps: Final[Field[int]] = Field("lr_warmup_steps", "training_runtime", "LR warmup steps", 0)
lr_warmup_ratio: Final[Field[float]] = Field(
    "lr_warmup_ratio", "training_runtime", "LR warmup ratio", 0, (When(field="lr_warmup_steps", values=(0,)),)
)
lr_scheduler_type: Final[Field[str]] = Field("lr_scheduler_type", "training_runtime", "LR scheduler", "linear")
full_determinism: Final[Field[bool]] = Field("full_determinism", "training_runtime", "Full determinism", False)
seed: Final[Field[int]] = Field(
    "seed", "training_runtime", "Seed", 1309, (When(field="full_determinism", values=(False,)),)
)
liger_kernel: Final[Field[bool]] = Field("liger_kernel", "training_runtime", "Liger kernel", False)
unsloth_gradient_checkpointing: Final[Field[bool]] = Field(
    "unsloth_gradient_checkpointing",
    "training_runtime",
    "Unsloth gradient checkpointing",
    False,
    (When(field="disable_gradient_checkpointing", values=(False,)),),
)
dpo_label_smoothing: Final[Field[float]] = Field(
    "dpo_label_smoothing", "dpo", "DPO label smoothing", 0, (When(field="trainer", values=("dpo",)),)
)
pref_beta: Final[Field[float]] = Field(
    "pref_beta", "dpo", "Preference beta", 0.1, (When(field="trainer", values=("dpo",)),)
)
pref_ftx: Final[Field[float]] = Field(
    "pref_ftx", "dpo", "Preference fine-tuning mix", 0, (When(field="trainer", values=("dpo",)),)
)
pref_loss: Final[Field[str]] = Field(
    "pref_loss", "dpo", "Preference loss", "sigmoid", (When(field="trainer", values=("dpo",)),)
)
simpo_gamma: Final[Field[float]] = Field(
    "simpo_gamma",
    "dpo",
    "SimPO gamma",
    0.5,
    (When(field="trainer", values=("dpo",)), When(field="pref_loss", values=("simpo",))),
)
merge_adapter: Final[Field[bool]] = Field(
    "merge_adapter", "lora", "Merge adapter", True, (When(field="training_type", values=("lora",)),)
)
lora_alpha: Final[Field[int]] = Field(
    "lora_alpha", "lora", "LoRA alpha", 32, (When(field="training_type", values=("lora",)),)
)
lora_dropout: Final[Field[float]] = Field(
    "lora_dropout", "lora", "LoRA dropout", 0.05, (When(field="training_type", values=("lora",)),)
)
lora_rank: Final[Field[int]] = Field(
    "lora_rank", "lora", "LoRA rank", 16, (When(field="training_type", values=("lora",)),)
)
target_modules: Final[Field[str]] = Field(
    "target_modules", "lora", "Target modules", "all-linear", (When(field="training_type", values=("lora",)),)
)
checkpoint_strategy: Final[Field[str]] = Field("checkpoint_strategy", "others", "Checkpoint strategy", "epoch")
checkpoint_steps: Final[Field[int]] = Field(
    "checkpoint_steps", "others", "Checkpoint steps", 1000, (When(field="checkpoint_strategy", values=("steps",)),)
)
eval_strategy: Final[Field[str]] = Field("eval_strategy", "others", "Evaluation strategy", "no")
eval_steps: Final[Field[int]] = Field(
    "eval_steps", "others", "Evaluation steps", None, (When(field="eval_strategy", values=("steps",)),)
)
number_of_checkpoints: Final[Field[int]] = Field(
    "number_of_checkpoints",
    "others",
    "No. of checkpoints",
    5,
    (When(field="checkpoint_strategy", values=("epoch", "steps")),),
)
save_best_checkpoint: Final[Field[bool]] = Field("save_best_checkpoint", "others", "Save best checkpoint", False)
logging_steps: Final[Field[int]] = Field("logging_steps", "others", "Logging steps", 10)

ALL: Final[tuple[Field[Any], ...]] = (
    trainer,
    model,
    train_data,
    eval_data,
    data_format,
    output_dir,
    nodes,
    devices_per_node,
    batch_size,
    epochs,
    learning_rate,
    max_sequence_length,
    distributed_backend,
    zero_stage,
    training_type,
    resume_from_checkpoint,
    gradient_accumulation_steps,
    mixed_precision,
    quantization_bit,
    optimizer,
    weight_decay,
    max_grad_norm,
    disable_gradient_checkpointing,
    flash_attention_v2,
    lr_warmup_steps,
    lr_warmup_ratio,
    lr_scheduler_type,
    full_determinism,
    seed,
    liger_kernel,
    unsloth_gradient_checkpointing,
    dpo_label_smoothing,
    pref_beta,
    pref_ftx,
    pref_loss,
    simpo_gamma,
    merge_adapter,
    lora_alpha,
    lora_dropout,
    lora_rank,
    target_modules,
    checkpoint_strategy,
    checkpoint_steps,
    eval_strategy,
    eval_steps,
    number_of_checkpoints,
    save_best_checkpoint,
    logging_steps,
)
BY_NAME: Final[dict[str, Field[Any]]] = {field.name: field for field in ALL}
