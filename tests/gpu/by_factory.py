"""LLaMA-Factory with the settings of one of hpc's configs. Its own interpreter runs this."""

import importlib.machinery
import json
import sys
import types
from pathlib import Path

# LLaMA-Factory imports it in any case and uses it for sound only; a build that does not fit torch ends the import.
sys.modules["torchaudio"] = sound = types.ModuleType("torchaudio")
sound.__spec__ = importlib.machinery.ModuleSpec("torchaudio", None)

from llamafactory.train.tuner import run_exp  # noqa: E402
from times import Times  # noqa: E402

job = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
lora, preference = job["training_type"] == "lora", job.get("trainer") == "dpo"
answers = ("chosen", "rejected") if preference else ("completion",)
columns = {"chosen": "chosen", "rejected": "rejected"} if preference else {"response": "completion"}
rows = [json.loads(line) for line in Path("train.jsonl").read_text(encoding="utf-8").splitlines()]
# It reads text, to which its template adds the turns.
texts = [{name: row[name][0]["content"] for name in ("prompt", *answers)} for row in rows]
Path("rows.json").write_text(json.dumps(texts), encoding="utf-8")
known = {"rows": {"file_name": "rows.json", "ranking": preference, "columns": {"prompt": "prompt", **columns}}}
Path("dataset_info.json").write_text(json.dumps(known), encoding="utf-8")
settings = {
    "model_name_or_path": job["model"],
    "stage": "dpo" if preference else "sft",
    "do_train": True,
    "finetuning_type": job["training_type"],
    "dataset": "rows",
    "dataset_dir": ".",
    "template": "chatml",
    "output_dir": "factory",
    "overwrite_output_dir": True,
    "max_steps": job["max_steps"],
    "logging_steps": job["logging_steps"],
    "cutoff_len": job["max_sequence_length"],
    "per_device_train_batch_size": job["batch_size"],
    "gradient_accumulation_steps": job["gradient_accumulation_steps"],
    "learning_rate": job["learning_rate"],
    "bf16": True,
    "disable_gradient_checkpointing": job["disable_gradient_checkpointing"],
    "enable_liger_kernel": bool(job.get("liger_kernel")),
    "flash_attn": "fa2" if job.get("flash_attention_v2") else "sdpa",
    "save_strategy": "no",
    "report_to": "none",
}
if lora:
    settings |= {"lora_rank": 8, "lora_alpha": 32, "lora_dropout": 0.05, "lora_target": "all"}
if job.get("quantization_bit") == "int4":
    settings["quantization_bit"] = 4
if job.get("packing"):
    settings |= {"packing": True, "neat_packing": True}
run_exp(settings, callbacks=[Times()])
