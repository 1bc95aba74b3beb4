"""Tokens a second and peak memory of hpc, beside a plain TRL script with the same settings, on the same card."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
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
KINDS: Final[dict[str, dict[str, Any]]] = {
    "LoRA": {**LORA, "merge_adapter": False},
    "int4": {**LORA, "quantization_bit": "int4", "merge_adapter": False},
    "full": FULL,
    "DPO": {**LORA, "trainer": "dpo", "merge_adapter": False, "batch_size": BATCH // 2, "liger_kernel": False},
}
PEAK: Final = 989e12
"""Operations a second in bfloat16 of an H100 or H200, by NVIDIA's datasheet."""


def compared(work: Path, until: float) -> Iterator[dict[str, Any]]:
    """Each kind by hpc and by the script, in turn."""
    make_model(work / "models" / MODEL, MODEL)
    for kind, values in KINDS.items():
        if time.monotonic() > until:
            yield {"job": kind, "good": None, "why": "not run: no time was left"}
            continue
        flash = {"flash_attention_v2": True} if find_spec("flash_attn") else {}
        job = Job(kind, {**COMMON, **flash, **values}, MODEL, "long")
        ours, theirs = work / "speed" / f"{kind}-hpc", work / "speed" / f"{kind}-trl"
        for folder in (ours, theirs):
            write(folder, job, work / "models")
            (folder / "train.jsonl").write_text("".join(json.dumps(row) + "\n" for row in _rows(job) * STEPS))
        code, said = call(ours, "run", "job.json")
        if code:
            yield {"job": kind, "good": False, "why": said[-2500:]}
            continue
        found = {"hpc": _figures(ours, ours / "out/metrics.jsonl", job), "TRL": _by_script(theirs, job)}
        rates = [found[name].get("tokens_per_second", 0) for name in ("hpc", "TRL")]
        yield {"job": kind, "good": rates[0] > 0, "ratio": rates[0] / rates[1] if rates[1] else None, **found}


def _rows(job: Job) -> list[dict[str, Any]]:
    """The same rows as each program reads them: conversations, or pairs of answers."""
    turn = [{"role": "user", "content": "Paris?"}]
    answers = {
        name: [{"role": "assistant", "content": f"{name} {LONG[: 10 * LENGTH]}"}] for name in ("chosen", "rejected")
    }
    if job.values.get("trainer") == "dpo":
        return [{"prompt": turn, **answers}] * job.values["batch_size"]
    return [{"prompt": turn, "completion": answers["chosen"]}] * job.values["batch_size"]


def _by_script(folder: Path, job: Job) -> dict[str, Any]:
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "GPU_FIGURES": str(folder / "figures")}
    environment |= {"PYTHONPATH": str(Path(__file__).parent / "watch")}
    script = Path(__file__).with_name("by_trl.py")
    done = subprocess.run(
        [sys.executable, script, "job.json"], cwd=folder, env=environment, capture_output=True, text=True, timeout=300
    )
    if done.returncode:
        return {"failed": (done.stdout + done.stderr)[-2500:]}
    return _figures(folder, folder / "metrics.jsonl", job)


def _figures(folder: Path, log: Path, job: Job) -> dict[str, Any]:
    lines = [line for line in map(json.loads, log.read_text().splitlines()) if "loss" in line]
    begin, end = (next(line for line in lines if line["step"] == step) for step in (WARM, STEPS))
    paired = 2 if job.values.get("trainer") == "dpo" else 1
    tokens = (STEPS - WARM) * job.values["batch_size"] * LENGTH * paired
    rate = tokens / (end["time"] - begin["time"])
    return {
        **figures(folder),
        "loss": [lines[0]["loss"], lines[-1]["loss"]],
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
