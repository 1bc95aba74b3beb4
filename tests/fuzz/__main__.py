"""``make fuzz SECONDS=60 SEED=1``: random inputs until the time is up; a table of inputs and failures.

A failure is an exception that is not an explained error, or a fix that loses something. It is printed with its seed:
the same seed makes the same input.
"""

from __future__ import annotations

import io
import json
import os
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout, suppress
from pathlib import Path

from rich.console import Console
from rich.table import Table

from hpc.check import check
from hpc.cli import main as main_of_hpc
from hpc.compile import compile_document
from hpc.diagnostics import HpcError
from hpc.forecast.fit import verdict
from hpc.forecast.forecast import forecast
from hpc.source import parse
from hpc_disk.models.merging import plan_merge
from hpc_disk.runs import answering
from hpc_runner.errors import RunnerError
from hpc_runner.needs import needs_of as needs_of_plan
from hpc_runner.plan import load_plan
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
    "rope_scaling": {"factor": 2.0, "rope_type": "linear", "original_max_position_embeddings": 32},
    "torch_dtype": "float32",
    "quantization_config": {"load_in_4bit": True, "quant_method": "bitsandbytes"},
    "num_key_value_heads": 2,
    "head_dim": 8,
    "intermediate_size": 64,
    "num_local_experts": 4,
    "tie_word_embeddings": True,
    "is_encoder_decoder": False,
    "auto_map": {"AutoModel": "a.B"},
    "text_config": {"hidden_size": 32},
}
TOKENIZER = {"eos_token": "</s>", "pad_token": "<pad>", "chat_template": "{{ messages }}", "added_tokens_decoder": {}}
MARK = {"world_size": 1, "identity": {"batch_size": 1, "epochs": 1, "target_modules": []}, "rows": "x", "step": 3}
PEFT = {"r": 8, "lora_alpha": 16, "target_modules": ["q_proj"], "base_model_name_or_path": "model"}


ARTIFACTS = compile_document(parse('{"model": "model", "train_data": "d.jsonl"}', "json", "train.json")).artifacts


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
    shutil.rmtree("out", ignore_errors=True)
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
    job = check(document, disk="needed")
    verdict(document, forecast(job.config))
    return ""


def runs(seed: str) -> str:
    """The folder of a run whose compiled files, metrics and results are damaged."""
    shutil.rmtree("out", ignore_errors=True)
    chance, build = random.Random(seed), Path("out/build")
    for name, artifact in ARTIFACTS.items():
        damaged = name != "launch.sh" and chance.random() < 0.4
        data = damage.odd_json(json.loads(artifact.text), chance) if damaged else artifact.text.encode()
        damage.write(build / name, data)
    metrics = [{"step": 1, "loss": 2.0, "elapsed": 1.5, "eval_loss": 3.0}, {"step": 2, "loss": 1.0, "time": 5}]
    damage.write(Path("out/metrics.jsonl"), b"\n".join(damage.odd_json(line, chance) for line in metrics))
    damage.write(Path("out/summary.json"), damage.odd_json({"steps": 2, "seconds": 3.0, "ended": "x"}, chance))
    damage.write(Path("out/final/adapter_config.json"), damage.odd_json(PEFT, chance))
    damage.write(Path("train.json"), b"{}")
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        for command in (["runs"], ["runs", "--format", "json"], ["diff", "out", "train.json"], ["diff", "out", "out"]):
            main_of_hpc(command)
    answering(Path("out"), base=chance.random() < 0.5)
    plan_merge("out", None, None)
    with suppress(RunnerError):
        needs_of_plan(load_plan(build))
    return ""


def page(seed: str) -> str:
    chance = random.Random(seed)
    format_ = chance.choice(configs.FORMATS)
    text = configs.Writer(format_, chance).document()
    body = {"path": chance.choice([None, "a.json", "../a", "\0", 7]), "text": text, "format": format_, "log_from": 0}
    body |= {"stamp": None, "field": "epochs", "value": chance.choice(damage.ODD), "name": "x", "code": "HPC101"}
    found = statuses(chance.choice(["check", "edit", "open", "watch", "rule", "recipe", "download"]), chance, body)
    return "" if found in (200, 400, 403, 409) else f"status {found}"


PARTS: dict[str, Callable[[str], str]] = {"fixes": fixes, "readers": readers, "disk": disk, "runs": runs, "page": page}


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
