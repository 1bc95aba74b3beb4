"""Compiled folders written by hand, so that the runner is tested on its own."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

CLASSES = {
    "sft": ("trl.SFTTrainer", "trl.SFTConfig"),
    "pt": ("trl.SFTTrainer", "trl.SFTConfig"),
    "dpo": ("trl.DPOTrainer", "trl.DPOConfig"),
    "kto": ("trl.KTOTrainer", "trl.KTOConfig"),
    "orpo": ("trl.experimental.orpo.ORPOTrainer", "trl.experimental.orpo.ORPOConfig"),
    "simpo": ("trl.experimental.cpo.CPOTrainer", "trl.experimental.cpo.CPOConfig"),
}
KINDS = {"sft": "conversation", "pt": "corpus"}
LENGTH = 64

LORA = {
    "r": 4,
    "lora_alpha": 8,
    "lora_dropout": 0.0,
    "target_modules": "all-linear",
    "bias": "none",
    "task_type": "CAUSAL_LM",
}


def training_arguments(trainer: str, output: Path, **changes: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "output_dir": str(output),
        "report_to": [],
        "run_name": "test",
        "per_device_train_batch_size": 2,
        "per_device_eval_batch_size": 2,
        "gradient_accumulation_steps": 1,
        "num_train_epochs": 1,
        "max_steps": 3,
        "learning_rate": 1e-2,
        "lr_scheduler_type": "linear",
        "warmup_steps": 0,
        "optim": "adamw_torch",
        "weight_decay": 0.0,
        "max_grad_norm": 1.0,
        "bf16": False,
        "fp16": False,
        "gradient_checkpointing": False,
        "ddp_find_unused_parameters": False,
        "logging_strategy": "steps",
        "logging_steps": 1,
        "eval_strategy": "no",
        "save_strategy": "steps",
        "save_steps": 2,
        "seed": 7,
        "data_seed": 7,
        "max_length": LENGTH,
        "disable_tqdm": True,
    }
    if trainer == "pt":
        values |= {"packing": True, "packing_strategy": "wrapped"}
    if trainer == "dpo":
        values |= {"loss_type": ["sigmoid"], "beta": 0.1}
    if trainer == "simpo":
        values |= {"loss_type": "simpo", "cpo_alpha": 0.0, "simpo_gamma": 0.5, "beta": 2.0}
    return values | changes


def deepspeed(stage: int, world: int, *, bf16: bool = False, batch: int = 2) -> dict[str, Any]:
    zero: dict[str, Any] = {"stage": stage, "overlap_comm": False, "contiguous_gradients": True}
    if stage == 3:
        zero |= {
            "sub_group_size": 10**9,
            "reduce_bucket_size": 1024,
            "stage3_prefetch_bucket_size": 921,
            "stage3_param_persistence_threshold": 320,
            "stage3_max_live_parameters": 10**9,
            "stage3_max_reuse_distance": 10**9,
            "stage3_gather_16bit_weights_on_model_save": True,
        }
    else:
        zero |= {"reduce_bucket_size": 5 * 10**8, "allgather_bucket_size": 5 * 10**8}
    return {
        "train_batch_size": batch * world,
        "train_micro_batch_size_per_gpu": batch,
        "gradient_accumulation_steps": 1,
        "gradient_clipping": 1.0,
        "bf16": {"enabled": bf16},
        "fp16": {"enabled": False},
        "zero_allow_untested_optimizer": True,
        "wall_clock_breakdown": False,
        "zero_optimization": zero,
    }


def compiled(
    folder: Path,
    trainer: str,
    *,
    model: Path | str | None,
    train: Path | str | None,
    evaluation: Path | str | None = None,
    lora: bool = True,
    world: int = 1,
    stage: int | None = None,
    resume: bool | str = False,
    data_format: str | None = None,
    plan: dict[str, Any] | None = None,
    lora_changes: dict[str, Any] | None = None,
    **changes: Any,
) -> Path:
    """Write ``folder/build`` for one run whose output goes to ``folder`` and return it."""
    build = folder / "build"
    build.mkdir(parents=True, exist_ok=True)
    files: dict[str, Any] = {"training_arguments.json": training_arguments(trainer, folder, **changes)}
    if lora:
        files["peft.json"] = LORA | (lora_changes or {})
    if stage:
        files["deepspeed.json"] = deepspeed(stage, world, bf16=bool(changes.get("bf16")))
    digests = {}
    for name, value in files.items():
        text = json.dumps(value, indent=2) + "\n"
        (build / name).write_text(text)
        digests[name] = "sha256:" + hashlib.sha256(text.encode()).hexdigest()
    cls, arguments = CLASSES[trainer]
    whole = {
        "format": 1,
        "hpc": "0.1.0",
        "name": "test",
        "source": "test.json",
        "trainer": {"name": trainer if trainer in KINDS else "dpo", "class": cls, "arguments_class": arguments},
        "model": {
            "path": None if model is None else str(model),
            "dtype": "float32",
            "attention": None,
            "quantization": None,
            "offload_activations": False,
        },
        "data": {
            "train": None if train is None else str(train),
            "eval": None if evaluation is None else str(evaluation),
            "format": data_format,
            "kind": KINDS.get(trainer, "preference"),
            "unpair": trainer == "kto",
            "max_sequence_length": LENGTH,
        },
        "adapter": {"arguments": "peft.json", "merge": True} if lora else None,
        "distributed": {
            "backend": "deepspeed" if stage else "ddp",
            "nodes": 1,
            "devices_per_node": world,
            "world_size": world,
            "arguments": "deepspeed.json" if stage else None,
        },
        "resume": resume,
        "lr_min_ratio": 0,
        "early_stopping_patience": None,
        "tracking": {"experiment": "hpc", "run": "test"},
        "late_bound": ["use_cpu", "ddp_backend", "optim"],
        "artifacts": digests,
        "versions": {"transformers": ">=5.23", "trl": ">=1.16", "peft": ">=0.21", "deepspeed": ">=0.19"},
    }
    for section, values in (plan or {}).items():
        whole[section] = {**whole[section], **values}
    (build / "plan.json").write_text(json.dumps(whole, indent=2) + "\n")
    return build
