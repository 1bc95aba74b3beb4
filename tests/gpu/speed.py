"""Tokens a second and peak memory of hpc, of a plain TRL script and of LLaMA-Factory: same settings, same card."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from tests.gpu.jobs import FULL, LORA, Job
from tests.gpu.models import SHAPES, make_model
from tests.gpu.running import LONG, call, figures, write

MODEL, BATCH, LENGTH = "1b", 8, 2048
STEPS, WARM = 24, 8
"""The clock runs from the log line of the step ``WARM`` to that of the last step."""
COMMON: Final[dict[str, Any]] = {
    "batch_size": BATCH,
    "max_sequence_length": LENGTH,
    "max_steps": STEPS,
    "logging_steps": 4,
    "learning_rate": 1e-5,
    "liger_kernel": True,
    "disable_gradient_checkpointing": False,
}
PAIRS: Final = {**LORA, "trainer": "dpo", "merge_adapter": False, "batch_size": BATCH // 2}
PACKED: Final = {**LORA, "packing": True, "merge_adapter": False}
KINDS: Final[dict[str, dict[str, Any]]] = {
    "LoRA": {**LORA, "merge_adapter": False},
    "int4": {**LORA, "quantization_bit": "int4", "merge_adapter": False},
    "full": FULL,
    "packing": {**LORA, "packing": True, "merge_adapter": False},
    # LLaMA-Factory takes only one pack a batch.
    "one pack": {
        **LORA,
        "packing": True,
        "merge_adapter": False,
        "batch_size": 1,
        "gradient_accumulation_steps": BATCH,
    },
    "DPO": {**PAIRS, "liger_kernel": False},
    "DPO, liger": PAIRS,
}
VARIABLE: Final = "LLAMA_FACTORY_PYTHON"
PEERS: Final = {
    "hpc": ("", ""),
    "TRL": (sys.executable, "by_trl.py"),
    "LLaMA-Factory": (os.environ.get(VARIABLE, ""), "by_factory.py"),
}
"""Tool → its interpreter and its script."""
IN_A_PACK, PACKED_LETTERS, PACKED_TOKENS = 4, 2395, 500
"""Rows of 500 tokens, of which every tool puts four into a pack of 2048."""
PEAK: Final = 989e12
"""Operations a second in bfloat16 of an H100 or H200, by NVIDIA's datasheet."""


def compared(work: Path, until: float, only: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Each kind by every tool, in turn; ``only`` are parts of the kinds' names."""
    make_model(work / "models" / MODEL, MODEL)
    for kind, values in KINDS.items():
        if not any(part in kind for part in only):
            continue
        if time.monotonic() > until:
            yield {"job": kind, "good": None, "why": "not run: no time was left"}
            continue
        flash = {"flash_attention_v2": True} if find_spec("flash_attn") else {}
        job = Job(kind, {**COMMON, **flash, **values}, MODEL, "long")
        found = {tool: _by(tool, work / "speed" / f"{kind}-{tool}", job, work / "models") for tool in PEERS}
        ours = found["hpc"].get("tokens_per_second", 0)
        rates = {tool: each["tokens_per_second"] for tool, each in found.items() if "tokens_per_second" in each}
        ratios = {tool: round(ours / rate, 3) for tool, rate in rates.items() if tool != "hpc"}
        yield {"job": kind, "good": ours > 0, "flash": bool(flash), "ratios": ratios, **found}


def _by(tool: str, folder: Path, job: Job, models: Path) -> dict[str, Any]:
    """What this tool made of the job."""
    write(folder, job, models)
    (folder / "train.jsonl").write_text("".join(json.dumps(row) + "\n" for row in _rows(job)))
    if tool == "hpc":
        code, said = call(folder, "run", "job.json")
        return {"failed": said[-2500:]} if code else _figures(folder, folder / "out/metrics.jsonl", job)
    python, script = PEERS[tool]
    return _by_script(folder, python, script, job) if python else {"failed": f"not measured: name it in {VARIABLE}"}


def _rows(job: Job) -> list[dict[str, Any]]:
    """The same rows as each program reads them: conversations, or pairs of answers."""
    turn = [{"role": "user", "content": "Paris?"}]
    letters = PACKED_LETTERS if job.values.get("packing") else 10 * LENGTH
    answers = {name: [{"role": "assistant", "content": f"{name} {LONG[:letters]}"}] for name in ("chosen", "rejected")}
    count = _rows_of_a_step(job) * STEPS
    if job.values.get("trainer") == "dpo":
        return [{"prompt": turn, **answers}] * count
    return [{"prompt": turn, "completion": answers["chosen"]}] * (
        count * IN_A_PACK if "packing" in job.values else count
    )


def _rows_of_a_step(job: Job) -> int:
    return int(job.values["batch_size"] * job.values.get("gradient_accumulation_steps", 1))


def _by_script(folder: Path, python: str, script: str, job: Job) -> dict[str, Any]:
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "GPU_FIGURES": str(folder / "figures")}
    environment |= {"PYTHONPATH": str(Path(__file__).parent / "watch")}
    command = [python, Path(__file__).with_name(script), "job.json"]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300)
    if done.returncode:
        return {"failed": (done.stdout + done.stderr)[-1500:]}
    return _figures(folder, folder / "metrics.jsonl", job)


def _figures(folder: Path, log: Path, job: Job) -> dict[str, Any]:
    lines = [line for line in map(json.loads, log.read_text().splitlines()) if "loss" in line]
    begin, end = (next(line for line in lines if line["step"] == step) for step in (WARM, STEPS))
    paired = 2 if job.values.get("trainer") == "dpo" else 1
    row = IN_A_PACK * PACKED_TOKENS if job.values.get("packing") else LENGTH
    tokens = (STEPS - WARM) * _rows_of_a_step(job) * row * paired
    rate = tokens / (end["time"] - begin["time"])
    return {
        **figures(folder),
        "loss": [lines[0]["loss"], lines[-1]["loss"]],
        **{
            name: lines[0][name] for name in ("logps/chosen", "num_tokens", "num_input_tokens_seen") if name in lines[0]
        },
        "tokens_per_second": round(rate),
        "mfu": round(rate * operations(job) / PEAK, 3),
    }


def operations(job: Job) -> float:
    """Floating-point operations a token, without what checkpointing repeats: 6 a weight, 4 of one that stays as it is.

    DPO asks the reference model, too: 2 more. Attention, which looks back over half of the row: 12 a layer, width and
    position, less the gradient of the weights, of which it has none.
    """
    shape = SHAPES[MODEL]
    width, layers = shape["hidden_size"], shape["num_hidden_layers"]
    kv = width * shape["num_key_value_heads"] // shape["num_attention_heads"]
    layer = 2 * width * width + 2 * width * kv + 3 * width * shape["intermediate_size"]
    weights = layers * layer + width * shape["vocab_size"]
    passes = (6 if job.values["training_type"] == "full" else 4) + 2 * (job.values.get("trainer") == "dpo")
    return passes * weights + 6 * layers * width * LENGTH
