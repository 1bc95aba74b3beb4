"""How fast hpc trains, beside TRL's own script on the same rows. Run it with ``make bench-train``.

From the command to the first logged loss, with a tiny model in one process; and the processor time of a training step
of a model of the size of SmolLM2-135M, with and without hpc's way of scoring.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import page
import peers
from pairs import ENVIRONMENT, Command, Row

PAIRS = int(os.environ.get("N", "3"))
JOB = {
    "model": "model",
    "train_data": "rows.jsonl",
    "max_sequence_length": 64,
    "mixed_precision": "none",
    "logging_steps": 1,
    "max_steps": 2,
    "checkpoint_strategy": "no",
}
BY_TRL = """
from datasets import load_dataset
from peft import LoraConfig
from trl import SFTConfig, SFTTrainer
rows = load_dataset("json", data_files="chats.jsonl", split="train")
arguments = SFTConfig("trl", max_steps=2, logging_steps=1, max_length=64, bf16=False, use_cpu=True, report_to=[],
                      per_device_train_batch_size=1, gradient_accumulation_steps=4, save_strategy="no")
SFTTrainer("model", arguments, train_dataset=rows, peft_config=LoraConfig(target_modules="all-linear")).train()
"""
BY_LLAMA_FACTORY = """
import importlib.machinery, sys, types
sys.modules["torchaudio"] = sound = types.ModuleType("torchaudio")  # imported in any case, used for sound only
sound.__spec__ = importlib.machinery.ModuleSpec("torchaudio", None)
from llamafactory.cli import main
main()
"""


def first_loss(folder: Path, missing: list[str]) -> list[Row]:
    """Seconds from the command to the first logged loss, all in turn."""
    commands: dict[str, Command] = {
        "hpc": [str(Path(sys.executable).with_name("hpc")), "run", "job.json", "--overwrite"],
        "TRL": [sys.executable, "-c", BY_TRL],
    }
    if python := peers.llama_factory(install=True):
        commands["LLaMA-Factory"] = [python, "-c", BY_LLAMA_FACTORY, "train", "llama_factory.yaml"]
    else:
        missing.append("LLaMA-Factory, which could not be installed")
    taken: dict[str, list[float]] = {name: [] for name in commands}
    for turn in range(PAIRS + 1):
        for name, command in commands.items():
            seconds = _until_loss(command, folder)
            if turn:  # The first makes what later ones find: compiled modules, rows as tokens, MLflow's store.
                taken[name].append(seconds)
    goals = {"TRL": 1.1, "LLaMA-Factory": 1.0}
    rows = []
    for name, goal in goals.items():
        if name in taken:
            value = statistics.median(a / b for a, b in zip(taken["hpc"], taken[name], strict=True))
            figure = f"{min(taken['hpc']):.1f} s, {name} {min(taken[name]):.1f} s"
            rows.append(Row(f"first loss, beside {name}", figure, value, f"≤ {goal}×", value <= goal))
    return rows


def _until_loss(command: Command, folder: Path) -> float:
    start = time.perf_counter()
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=ENVIRONMENT | {"HF_HUB_OFFLINE": "1", "HPC_CACHE": str(folder / "cache")},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout
    said = []
    for line in process.stdout:
        said.append(line)
        if "loss " in line or "'loss'" in line:
            taken = time.perf_counter() - start
            process.stdout.read()
            process.wait()
            return taken
    raise SystemExit(f"{command[:3]} logged no loss:\n{''.join(said[-20:])}")


def scoring() -> list[Row]:
    """Processor time of a step with LoRA, of two rows of 200 tokens of which 130 are learned from."""
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM, LlamaConfig
    from trl.trainer.utils import add_fused_lm_head

    from hpc_runner.labeled import scored

    torch.set_num_threads(1)  # A thread that waits for another one takes processor time, too.
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=49152,
        hidden_size=576,
        intermediate_size=1536,
        num_hidden_layers=30,
        num_attention_heads=9,
        num_key_value_heads=3,
        tie_word_embeddings=True,
    )
    model = AutoModelForCausalLM.from_config(config)
    add_fused_lm_head(model, outputs=("log_probs", "entropy", "is_top1"))
    model = get_peft_model(model, LoraConfig(r=8, target_modules="all-linear")).train()
    tokens = torch.randint(0, config.vocab_size, (2, 200))
    labels = tokens.clone()
    labels[:, :120] = labels[1, 170:] = -100
    batch = {"input_ids": tokens, "labels": labels, "use_cache": False, "fused_lm_head": True}

    def step(call: Callable[..., Any]) -> float:
        start = time.process_time()
        (-call(**batch).log_probs.sum()).backward()
        return time.process_time() - start

    pairs = [(step(lambda **inputs: scored(model, **inputs)), step(model)) for _ in range(PAIRS + 1)][1:]
    value = statistics.median(theirs / ours for ours, theirs in pairs)
    figure = f"{min(ours for ours, _ in pairs):.2f} s, TRL {min(theirs for _, theirs in pairs):.2f} s"
    return [Row("a step of 135M with LoRA: speed beside TRL", figure, value, "≥ 1.25×", value >= 1.25)]


def prepare(folder: Path) -> None:
    """The tiny model, and the same rows as each tool reads them."""
    sys.path.insert(0, str(page.ROOT))
    from tests.end_to_end.tiny import make_tiny

    make_tiny(folder / "model")
    rows = [{"instruction": f"question {number}", "output": "answer " * 5} for number in range(40)]
    chats = [
        {
            "prompt": [{"role": "user", "content": row["instruction"]}],
            "completion": [{"role": "assistant", "content": row["output"]}],
        }
        for row in rows
    ]
    columns = {"prompt": "instruction", "response": "output"}
    (folder / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)))
    (folder / "chats.jsonl").write_text("\n".join(map(json.dumps, chats)))
    (folder / "rows.json").write_text(json.dumps(rows))
    (folder / "dataset_info.json").write_text(json.dumps({"rows": {"file_name": "rows.json", "columns": columns}}))
    (folder / "job.json").write_text(json.dumps(JOB))
    settings = {"model_name_or_path": "model", "stage": "sft", "do_train": True, "finetuning_type": "lora"}
    settings |= {"dataset": "rows", "dataset_dir": ".", "template": "default", "cutoff_len": 64, "output_dir": "lf"}
    settings |= {
        "max_steps": 2,
        "logging_steps": 1,
        "gradient_accumulation_steps": 4,
        "per_device_train_batch_size": 1,
        "overwrite_output_dir": True,
    }
    (folder / "llama_factory.yaml").write_text(json.dumps(settings))


def main() -> None:
    """Measure, print and write the page."""
    missing = ["two processes, ZeRO-2, a GPU; real tokens per second and peak memory of a whole run of a 135M model"]
    with tempfile.TemporaryDirectory() as name:
        prepare(Path(name))
        tables = {"To the first loss, and a step": [*first_loss(Path(name), missing), *scoring()]}
    page.section("training", tables, missing)


if __name__ == "__main__":
    main()
