"""The recipes and losses, trained on a tiny model with other releases: their losses are those of the newest pair."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any, Final

from hpc.check import check
from hpc.compile import compile_job
from hpc.recipes import RECIPES
from hpc.source import parse
from hpc.targets.releases import Pair
from hpc.write import write_artifacts
from hpc_disk.losses import LOSSES

ROOT = Path(__file__).parents[2]
TRAIN = Path(__file__).with_name("train.py")
SMALL: Final = {
    "mixed_precision": "none",
    "batch_size": 2,
    "gradient_accumulation_steps": 2,
    "epochs": 1,
    "max_steps": 3,
    "max_sequence_length": 96,
    "learning_rate": 0.01,
    "lr_warmup_ratio": 0.5,
    "logging_steps": 1,
    "report_to": [],
    "full_determinism": True,
}
ROWS: Final = 10
PREFERENCES: Final = {"trainer": "dpo", "training_type": "full"}
EVALUATED: Final = {"eval_split": 0.2, "eval_strategy": "steps", "eval_steps": 2}
PAUSED: Final = {"checkpoint_strategy": "steps", "checkpoint_steps": 2, "output_dir": "resumed"}
JOBS: Final[dict[str, dict[str, Any]]] = {
    **{f"loss {name}": {**PREFERENCES, "pref_loss": name} for name in LOSSES},
    "sigmoid, smoothed labels": {**PREFERENCES, "dpo_label_smoothing": 0.1},
    "sigmoid and supervised": {**PREFERENCES, "pref_ftx": 0.5},
    "SimPO, smoothed and supervised": {
        **PREFERENCES,
        "pref_loss": "simpo",
        "pref_beta": 2,
        "pref_ftx": 0.5,
        "dpo_label_smoothing": 0.1,
    },
    "evaluated": {"training_type": "lora", **EVALUATED},
    "preferences evaluated": {**PREFERENCES, "training_type": "lora", **EVALUATED},
    "packed": {"training_type": "full", "packing": True},
    "grouped by length": {"training_type": "full", "group_by_length": True},
    "resumed": {"training_type": "lora", **PAUSED},
}
"""What is trained beside the recipes, with ``SMALL``."""
DATA: Final = {"sft": "conversations_train", "pt": "corpus_train", "dpo": "preferences_train"}


def jobs() -> dict[str, dict[str, Any]]:
    """Name → config, without model and data."""
    found = {}
    for name in RECIPES:
        recipe = json.loads((ROOT / "examples" / name / f"{name}.json").read_text())
        found[name] = {**recipe, **SMALL, "eval_strategy": "no", "save_best_checkpoint": False}
        found[name].pop("eval_data", None)
    return found | {name: {**SMALL, **values} for name, values in JOBS.items()}


def rows(folder: Path) -> None:
    """The first rows of the examples' data."""
    for name in DATA.values():
        text = (ROOT / "examples/data" / f"{name}.jsonl").read_text().splitlines()[:ROWS]
        (folder / f"{name}.jsonl").write_text("\n".join(text) + "\n")


def compile_jobs(pair: Pair, model: Path, folder: Path, names: list[str]) -> dict[str, str]:
    """Compile every job for a pair; returns the reason of each that its release cannot do."""
    rows(folder)
    refused = {}
    for name in names:
        values = {**jobs()[name], "target": pair.name, "model": str(model)}
        values |= {"train_data": str(folder / f"{DATA[values.get('trainer', 'sft')]}.jsonl")}
        job = folder / name.replace(" ", "_")
        values["output_dir"] = str(job / "out")
        steps = [{"max_steps": 2}, {"resume_from_checkpoint": True}] if name == "resumed" else [{}]
        for build, change in zip(("build", "again"), steps, strict=False):
            checked = check(parse(json.dumps({**values, **change}), "json", "job.json"), disk="ignored")
            if checked.errors:
                refused[name] = checked.errors[0].message
                break
            write_artifacts(str(job / build), list(compile_job(checked).artifacts.values()))
    return refused


def train(python: Path, folder: Path) -> dict[str, dict[str, Any]]:
    """Train the jobs in a folder; name → exit code, what was said, and what was logged."""
    environment = {**os.environ, "CUDA_VISIBLE_DEVICES": "", "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
    environment |= {"TRL_EXPERIMENTAL_SILENCE": "1", "HPC_CACHE": str(folder / "cache"), "PYTHONWARNINGS": "ignore"}
    done = subprocess.run([python, TRAIN, folder], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    return {job.parent.name: seen(job.parent) for job in folder.glob("*/code.txt")}


def seen(job: Path) -> dict[str, Any]:
    """What one job left."""
    metrics = job / "out" / "metrics.jsonl"
    lines = [json.loads(line) for line in metrics.read_text().splitlines()] if metrics.exists() else []
    return {
        "code": int((job / "code.txt").read_text()),
        "log": (job / "log.txt").read_text(errors="replace"),
        "figures": {
            f"{key} at step {line['step']}": line[key]
            for line in lines
            for key in ("loss", "eval_loss", "grad_norm", "learning_rate")
            if key in line
        },
        "model": sorted(f"{path.parent.name}/{path.name}" for path in (job / "out").glob("*/*.safetensors")),
    }


CLOSE: Final = 1e-4


def differences(trained: dict[str, Any], newest: dict[str, Any]) -> dict[str, str]:
    """Job → how it differs from the newest pair's; empty where every figure is the same to 1e-4."""
    return {name: difference(found, newest[name]) for name, found in trained.items()}


def difference(found: dict[str, Any], newest: dict[str, Any]) -> str:
    """In words; empty for none."""
    if found["code"]:
        return f"ended with {found['code']}: {(found['log'].strip().splitlines() or ['nothing'])[-1]}"
    for key, value in newest["figures"].items():
        here = found["figures"].get(key)
        if here is None:
            return f"no {key}"
        if not isinstance(here, int | float) or abs(here - value) > CLOSE:
            return f"{key} is {here}, not {value}"
    absent = [name for name in newest["model"] if name not in found["model"]]
    return f"same, but no {', '.join(absent)}" if absent else ""
