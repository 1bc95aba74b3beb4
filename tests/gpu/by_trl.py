"""A plain TRL script with the settings of one of hpc's configs: what a user would write without hpc."""

import json
import sys
from pathlib import Path

import torch
from datasets import load_dataset
from peft import LoraConfig
from times import Times
from transformers import BitsAndBytesConfig
from trl import DPOConfig, DPOTrainer, SFTConfig, SFTTrainer

job = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
lora, preference = job["training_type"] == "lora", job.get("trainer") == "dpo"
loading = {"dtype": torch.bfloat16 if lora else torch.float32}
if job.get("flash_attention_v2"):
    loading["attn_implementation"] = "flash_attention_2"
if job.get("quantization_bit") == "int4":
    loading["quantization_config"] = BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=torch.bfloat16,
    )
settings = {
    "output_dir": "trl",
    "max_steps": job["max_steps"],
    "logging_steps": job["logging_steps"],
    "max_length": job["max_sequence_length"],
    "per_device_train_batch_size": job["batch_size"],
    "gradient_accumulation_steps": job["gradient_accumulation_steps"],
    "learning_rate": job["learning_rate"],
    "bf16": True,
    "gradient_checkpointing": not job["disable_gradient_checkpointing"],
    "use_liger_kernel": bool(job.get("liger_kernel")),
    "save_strategy": "no",
    "report_to": [],
    "disable_tqdm": True,
    "model_init_kwargs": loading,
}
if job.get("packing"):
    settings["packing"] = True
trainer = (DPOTrainer if preference else SFTTrainer)(
    job["model"],
    args=(DPOConfig if preference else SFTConfig)(**settings),
    train_dataset=load_dataset("json", data_files="train.jsonl", split="train"),
    peft_config=LoraConfig(r=8, lora_alpha=32, lora_dropout=0.05, target_modules="all-linear") if lora else None,
    callbacks=[Times()],
)
trainer.train()
