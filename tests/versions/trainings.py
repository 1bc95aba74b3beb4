"""The recipes and losses, trained on a tiny model with other releases: their losses are those of the newest pair."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any, Final

from hpc.check import Disk, check
from hpc.compile import compile_job
from hpc.recipes import RECIPES
from hpc.source import parse
from hpc.targets.releases import Pair
from hpc.write import write_artifacts
from hpc_disk.losses import LOSSES
from tests.versions.overlays import FOLDER

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
    "malformed rows refused": {"training_type": "lora", "train_data": "malformed"},
    "malformed rows left out": {"training_type": "lora", "train_data": "malformed"},
    "two processes": {"training_type": "lora", "devices_per_node": 2, "epochs": 2},
    "mixture of experts": {"training_type": "lora", "model": "mixture", "lora_dropout": 0},
}
"""What is trained beside the recipes, with ``SMALL``."""
REFUSED: Final = ("malformed rows refused",)
"""What ends with an error, the same in every release."""
ASKED: Final[dict[str, Disk]] = {"mixture of experts": "at hand"}
"""What is checked against the disk when it is compiled: its model decides whether a release can train it."""
OPTIONS: Final = {"malformed rows left out": "--skip-bad-rows"}
MALFORMED: Final = (
    {"conversations": []},
    {"conversations": [{"from": "human", "value": "A question without an answer"}]},
    {"conversations": [{"from": "robot", "value": "?"}, {"from": "gpt", "value": "An unknown speaker"}]},
    {"text": "another format"},
)
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
    sound = (folder / f"{DATA['sft']}.jsonl").read_text()
    (folder / "malformed.jsonl").write_text(sound + "".join(json.dumps(row) + "\n" for row in MALFORMED))


def compile_jobs(pair: Pair, models: Path, folder: Path, names: list[str]) -> dict[str, str]:
    """Compile every job for a pair; returns the reason of each that its release cannot do."""
    rows(folder)
    refused = {}
    for name in names:
        values, of_its_own = {**jobs()[name], "target": pair.name}, JOBS.get(name, {})
        model, data = of_its_own.get("model", "tiny"), DATA[values.get("trainer", "sft")]
        values |= {
            "model": str(models / model),
            "train_data": str(folder / f"{of_its_own.get('train_data', data)}.jsonl"),
        }
        job = folder / name.replace(" ", "_")
        values["output_dir"] = str(job / "out")
        steps = [{"max_steps": 2}, {"resume_from_checkpoint": True}] if name == "resumed" else [{}]
        for build, change in zip(("build", "again"), steps, strict=False):
            document = parse(json.dumps({**values, **change}), "json", "job.json")
            checked = check(document, disk=ASKED.get(name, "ignored"))
            if checked.errors:
                refused[name] = checked.errors[0].message
                break
            write_artifacts(str(job / build), list(compile_job(checked).artifacts.values()))
            (job / "options.txt").write_text(OPTIONS.get(name, ""))
    return refused


def train(python: Path, folder: Path) -> dict[str, dict[str, Any]]:
    """Train the jobs in a folder; name → exit code, what was said, and what was logged."""
    environment = {**os.environ, "CUDA_VISIBLE_DEVICES": "", "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
    environment |= {"TORCH_EXTENSIONS_DIR": str(FOLDER / "torch_extensions")}  # DeepSpeed's, built once for all.
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


def said(log: str) -> set[str]:
    """What a run said about its rows, without the names of folders."""
    return set(re.findall(r"^\w+\[HPC5\d+\].*", re.sub(r"/\S*/", "", log), re.MULTILINE))


CLOSE: Final = 1e-4


def differences(trained: dict[str, Any], newest: dict[str, Any]) -> dict[str, str]:
    """Job → how it differs from the newest pair's; empty where every figure is the same to 1e-4."""
    refused = {name.replace(" ", "_") for name in REFUSED}
    return {name: difference(found, newest[name], code=int(name in refused)) for name, found in trained.items()}


def difference(found: dict[str, Any], newest: dict[str, Any], *, code: int) -> str:
    """In words; empty for none."""
    if found["code"] != code or bool(found["figures"]) == bool(code):
        return f"ended with {found['code']}: {(found['log'].strip().splitlines() or ['nothing'])[-1]}"
    for key, value in newest["figures"].items():
        here = found["figures"].get(key)
        if here is None:
            return f"no {key}"
        if not isinstance(here, int | float) or abs(here - value) > CLOSE:
            return f"{key} is {here}, not {value}"
    if other := said(found["log"]) ^ said(newest["log"]):
        return f"only one of the two said: {other.pop()}"
    absent = [name for name in newest["model"] if name not in found["model"]]
    return f"same, but no {', '.join(absent)}" if absent else ""
