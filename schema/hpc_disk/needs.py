"""What a job needs of the disk, in the words of the fields: the compiler and the runner each fill it in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Needs:
    """The fields that decide which rows, model, checkpoint and folder are right. Names and values are the config's.

    ``eval_data`` is None where nothing is evaluated; ``target_modules`` is empty where every linear layer is adapted.
    Sizes are in tokens (``max_sequence_length``), rows (``batch_size``) or processes.
    """

    name: str
    model: str | None
    train_data: str | None
    eval_data: str | None
    evaluates: bool
    trainer: Literal["sft", "pt", "dpo"]
    pref_loss: str | None
    data_format: str
    max_sequence_length: int
    training_type: Literal["full", "lora"]
    quantization_bit: str
    merge_adapter: bool
    target_modules: tuple[str, ...]
    lora_rank: int
    lora_alpha: int
    lora_dropout: float
    flash_attention_v2: bool
    distributed_backend: Literal["ddp", "deepspeed"]
    zero_stage: int | None
    nodes: int
    devices_per_node: int
    batch_size: int
    gradient_accumulation_steps: int
    epochs: int
    optimizer: str
    learning_rate: float
    weight_decay: float
    resume_from_checkpoint: bool | str
    output_dir: str
