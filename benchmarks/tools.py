"""The same small training by hpc, by a plain TRL script and by LLaMA-Factory: the same model, rows and settings."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, NamedTuple

import page
from pairs import Command

TRL = """
import json, sys
from datasets import load_dataset
from peft import LoraConfig
from trl import SFTConfig, SFTTrainer
from transformers import AutoModelForCausalLM
job = json.load(open(sys.argv[1]))
lora = LoraConfig(**job.pop("lora"), target_modules="all-linear")
rows = load_dataset("json", data_files="chats.jsonl", split="train")
model = AutoModelForCausalLM.from_pretrained(job.pop("model"))
arguments = SFTConfig("trl", bf16=False, use_cpu=True, report_to=[], save_strategy="no", **job)
SFTTrainer(model, arguments, train_dataset=rows, peft_config=lora).train()
"""
LLAMA_FACTORY = """
import importlib.machinery, sys, types
sys.modules["torchaudio"] = sound = types.ModuleType("torchaudio")  # imported in any case, used for sound only
sound.__spec__ = importlib.machinery.ModuleSpec("torchaudio", None)
from llamafactory.train.tuner import run_exp
run_exp()
"""
ZERO_2: dict[str, Any] = {
    "zero_optimization": {"stage": 2},
    "train_micro_batch_size_per_gpu": "auto",
    "gradient_accumulation_steps": "auto",
    "train_batch_size": "auto",
    "gradient_clipping": "auto",
}
RANK, ALPHA = 8, 16
FILES = {"hpc": "json", "trl": "json", "factory": "yaml"}  # LLaMA-Factory cannot read its own JSON; JSON is YAML.
TORCHRUN = ("-m", "torch.distributed.run", "--standalone", "--nproc-per-node")


class Training(NamedTuple):
    """What is trained: ``model`` is a folder, ``length`` in tokens, ``zero`` DeepSpeed's stage 2 instead of DDP.

    Only hpc tracks its runs, where ``tracked``.
    """

    model: str = "model"
    steps: int = 2
    length: int = 64
    accumulation: int = 4
    processes: int = 1
    zero: bool = False
    tracked: bool = True

    def commands(self, folder: Path, factory: str | None) -> dict[str, Command]:
        """Tool → the command that a user would type in ``folder``; ``factory`` is LLaMA-Factory's interpreter."""
        name = "-".join(map(str, self))
        files = {tool: folder / f"{tool}-{name}.{end}" for tool, end in FILES.items()}
        for file, job in zip(files.values(), (self._of_hpc(), self._of_trl(), self._of_factory()), strict=True):
            file.write_text(json.dumps(job))
        hpc = str(Path(sys.executable).with_name("hpc"))
        commands: dict[str, Command] = {
            "hpc": [hpc, "run", files["hpc"].name, "--overwrite"],
            "TRL": [*self._python(sys.executable), "by_trl.py", files["trl"].name],
        }
        if factory:
            commands["LLaMA-Factory"] = [*self._python(factory), "by_factory.py", files["factory"].name]
        return commands

    def _python(self, python: str) -> list[str]:
        return [python] if self.processes == 1 else [python, *TORCHRUN, str(self.processes)]

    def _of_hpc(self) -> dict[str, Any]:
        backend = {"distributed_backend": "deepspeed", "zero_stage": 2} if self.zero else {"distributed_backend": "ddp"}
        return {
            "model": self.model,
            "train_data": "rows.jsonl",
            "max_sequence_length": self.length,
            "mixed_precision": "none",
            "logging_steps": 1,
            "max_steps": self.steps,
            "batch_size": 1,
            "gradient_accumulation_steps": self.accumulation,
            "disable_gradient_checkpointing": True,
            "checkpoint_strategy": "no",
            "merge_adapter": False,  # The others do not.
            "lora_rank": RANK,
            "lora_alpha": ALPHA,
            "lora_dropout": 0,
            "devices_per_node": self.processes,
            "report_to": ["mlflow"] if self.tracked else [],
            **(backend if self.processes > 1 else {}),
        }

    def _shared(self) -> dict[str, Any]:
        """What TRL and LLaMA-Factory call the same."""
        shared: dict[str, Any] = {
            "max_steps": self.steps,
            "logging_steps": 1,
            "per_device_train_batch_size": 1,
            "gradient_accumulation_steps": self.accumulation,
            "gradient_checkpointing": False,
            "learning_rate": 1e-4,
        }
        if self.processes > 1:
            shared["ddp_backend"] = "gloo"
        if self.zero:
            shared["deepspeed"] = "zero2.json"
        return shared

    def _of_trl(self) -> dict[str, Any]:
        lora = {"r": RANK, "lora_alpha": ALPHA}
        return self._shared() | {"model": self.model, "max_length": self.length, "lora": lora}

    def _of_factory(self) -> dict[str, Any]:
        return self._shared() | {
            "model_name_or_path": self.model,
            "stage": "sft",
            "do_train": True,
            "finetuning_type": "lora",
            "lora_rank": RANK,
            "lora_alpha": ALPHA,
            "dataset": "rows",
            "dataset_dir": ".",
            "template": "chatml",
            "cutoff_len": self.length,
            "output_dir": "lf",
            "save_strategy": "no",
            "use_cpu": True,
            "disable_gradient_checkpointing": True,
            "overwrite_output_dir": True,
            "report_to": "none",
        }


def prepare(folder: Path, *, question: str, answer: str, rows: int) -> None:
    """The tiny model, and the same rows as each tool reads them; all rows are one, so that every loss is comparable."""
    sys.path.insert(0, str(page.ROOT))
    from tests.end_to_end.tiny import make_tiny

    make_tiny(folder / "model")
    row = {"instruction": question, "output": answer}
    chat = {
        "prompt": [{"role": "user", "content": row["instruction"]}],
        "completion": [{"role": "assistant", "content": row["output"]}],
    }
    columns = {"prompt": "instruction", "response": "output"}
    (folder / "rows.jsonl").write_text("\n".join([json.dumps(row)] * rows))
    (folder / "chats.jsonl").write_text("\n".join([json.dumps(chat)] * rows))
    (folder / "rows.json").write_text(json.dumps([row] * rows))
    (folder / "dataset_info.json").write_text(json.dumps({"rows": {"file_name": "rows.json", "columns": columns}}))
    (folder / "by_trl.py").write_text(TRL)
    (folder / "by_factory.py").write_text(LLAMA_FACTORY)
    (folder / "zero2.json").write_text(json.dumps(ZERO_2))


def make_135m(folder: Path) -> Path:
    """A model of the shape of SmolLM2-135M with random weights, in float32, with the tiny model's tokenizer."""
    from tests.end_to_end.tiny import write_model
    from tests.shapes import SMOLLM2_135M
    from transformers import LlamaForCausalLM

    return write_model(folder, LlamaForCausalLM, **{**SMOLLM2_135M, "max_position_embeddings": 2048})
