"""``make fuzz SECONDS=60 SEED=1``: random inputs until the time is up; a table of inputs and failures.

A failure is an exception that is not an explained error, or a fix that loses something. It is printed with its seed:
the same seed makes the same input.
"""

from __future__ import annotations

import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.table import Table

from hpc.check import check
from hpc.diagnostics import HpcError
from hpc.source import parse
from tests.fuzz import configs, damage
from tests.fuzz.page import statuses

LEAST_FIXES = 10_000
MODEL = {
    "model_type": "llama",
    "hidden_size": 32,
    "num_attention_heads": 4,
    "num_hidden_layers": 1,
    "vocab_size": 100,
    "max_position_embeddings": 64,
    "rope_scaling": {"factor": 2.0, "rope_type": "linear"},
    "torch_dtype": "float32",
    "quantization_config": {"load_in_4bit": True},
}
TOKENIZER = {"eos_token": "</s>", "pad_token": "<pad>", "chat_template": "{{ messages }}", "added_tokens_decoder": {}}
MARK = {"world_size": 1, "identity": {"batch_size": 1, "epochs": 1, "target_modules": []}, "rows": "x", "step": 3}
PEFT = {"r": 8, "lora_alpha": 16, "target_modules": ["q_proj"], "base_model_name_or_path": "model"}


def fixes(seed: str) -> str:
    return configs.one(seed)[1]


def readers(seed: str) -> str:
    chance = random.Random(seed)
    format_ = chance.choice(configs.FORMATS)
    data = damage.mutated(configs.Writer(format_, chance).document().encode(), chance)
    configs.diagnostics(data.decode("utf-8", "replace"), format_)
    return ""


def disk(seed: str) -> str:
    """A model, a checkpoint and data whose files are damaged, in the current folder."""
    chance = random.Random(seed)
    for name, value in {"config.json": MODEL, "tokenizer_config.json": TOKENIZER, "tokenizer.json": {}}.items():
        damage.write(Path("model", name), damage.odd_json(value, chance))
    damage.write(Path("model/model.safetensors"), damage.odd_safetensors(chance))
    for name, value in {
        "trainer_state.json": {"global_step": 3},
        "hpc.json": MARK,
        "adapter_config.json": PEFT,
    }.items():
        damage.write(Path("out/checkpoint-3", name), damage.odd_json(value, chance))
    damage.write(Path("out/checkpoint-3/adapter_model.safetensors"), damage.odd_safetensors(chance))
    damage.write(Path("out/build/plan.json"), damage.odd_json({"hpc": "0.1"}, chance))
    rows, data = damage.odd_rows(chance)
    damage.write(Path(rows), data)
    trainer = chance.choice(["sft", "pt", "dpo"])
    resume = chance.choice([True, False, "out/checkpoint-3"])
    config = {"model": "model", "train_data": rows, "trainer": trainer, "output_dir": "out"}
    document = parse(json.dumps({**config, "resume_from_checkpoint": resume}), "json", "job.json")
    check(document, disk="needed")
    return ""


def page(seed: str) -> str:
    chance = random.Random(seed)
    format_ = chance.choice(configs.FORMATS)
    text = configs.Writer(format_, chance).document()
    body = {"path": chance.choice([None, "a.json", "../a", "\0", 7]), "text": text, "format": format_, "log_from": 0}
    body |= {"stamp": None, "field": "epochs", "value": chance.choice(damage.ODD), "name": "x", "code": "HPC101"}
    found = statuses(chance.choice(["check", "edit", "open", "watch", "rule", "recipe", "download"]), chance, body)
    return "" if found in (200, 400, 403, 409) else f"status {found}"


PARTS: dict[str, Callable[[str], str]] = {"fixes": fixes, "readers": readers, "disk": disk, "page": page}


def run(part: str, seed: int, seconds: float) -> tuple[int, list[str]]:
    """Inputs until the time is up, and at least as many as the issue asks of the fixes; what failed."""
    end, number, failures = time.monotonic() + seconds, 0, []
    least = LEAST_FIXES if part == "fixes" else 100
    while number < least or time.monotonic() < end:
        name = f"{part}-{seed}-{number}"
        try:
            fault = PARTS[part](name)
        except HpcError:
            fault = ""
        except Exception as error:
            fault = f"{type(error).__name__}: {error}"
        if fault:
            failures.append(f"{name}: {fault[:300]}")
        number += 1
    return number, failures


def main(seconds: float, seed: int) -> int:
    """Every part for its share of the time; how many inputs failed."""
    table = Table(title=f"random inputs (seed {seed})")
    for title in ("part", "inputs", "failures"):
        table.add_column(title, justify="left" if title == "part" else "right")
    found: list[str] = []
    for part in PARTS:
        inputs, failures = run(part, seed, seconds / len(PARTS))
        table.add_row(part, f"{inputs:,}", str(len(failures)))
        found += failures
    Console().print(table)
    print("\n".join(found[:20]), file=sys.stderr)
    return min(len(found), 1)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="hpc-fuzz-") as folder:
        os.chdir(folder)
        code = main(float(sys.argv[1]), int(sys.argv[2]))
        os.chdir("/")
    raise SystemExit(code)
