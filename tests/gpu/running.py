"""Runs jobs as users start them, several at a time, and says what each gave."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any, Final

from tests.end_to_end.jobs import WORDS, words
from tests.gpu.jobs import Job
from tests.gpu.models import make_model

HPC: Final = str(Path(sys.executable).with_name("hpc"))
LIMIT: Final = 200
"""Seconds for one job."""
ROOT: Final = Path(__file__).resolve().parents[2]
ALWAYS: Final[dict[str, Any]] = {
    "train_data": "train.jsonl",
    "output_dir": "out",
    "report_to": [],
    "checkpoint_strategy": "no",
    "batch_size": 2,
    "gradient_accumulation_steps": 1,
    "learning_rate": 0.001,
    "max_sequence_length": 128,
    "logging_steps": 1,
    "disable_gradient_checkpointing": True,
    "max_steps": 6,
}
LONG: Final = "of course " * 9000
"""More tokens than any length lets in."""


def results(jobs: list[Job], models: Path, work: Path, at_once: int, until: float) -> Iterator[dict[str, Any]]:
    """What each job gave, as it ends; those not begun at ``until`` (of the monotonic clock) are named as not run."""
    for name in dict.fromkeys(job.model for job in jobs):
        make_model(models / name.replace(" ", "-"), name)
    for alone in (False, True):
        chosen = [job for job in jobs if job.only == alone]
        with ThreadPoolExecutor(1 if alone else at_once) as pool:
            tried = {pool.submit(result, job, models, work, until): job for job in chosen}
            for future in as_completed(tried):
                try:
                    yield future.result()
                except Exception as error:  # One job's trouble is not the others'.
                    yield {"job": tried[future].name, "good": False, "why": f"{type(error).__name__}: {error}"}


def result(job: Job, models: Path, work: Path, until: float) -> dict[str, Any]:
    """Run one job and look at what it left."""
    begun = time.monotonic()
    if begun > until:
        return {"job": job.name, "good": None, "why": "not run: no time was left"}
    folder = work / "".join(letter if letter.isalnum() else "-" for letter in job.name)
    write(folder, job, models)
    found: dict[str, Any] = {"job": job.name, **predicted(folder)}
    code, said = call(folder, "run", "job.json", limit=min(LIMIT, until + 60 - begun))
    found |= figures(folder)
    wrong = [*faults(job, code, said), *after(job, folder)]
    found |= {"good": not wrong, "code": code, "seconds": round(time.monotonic() - begun, 1)}
    notes = [line for line in said.splitlines() if line.startswith(("warning", "note", "error"))]
    return found | ({"why": "; ".join(wrong), "said": said[-2500:]} if wrong else {"notes": notes[:6]})


def write(folder: Path, job: Job, models: Path) -> None:
    """The config and the rows."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    model = models / job.model.replace(" ", "-")
    if "bad" in job.rows:
        model = poisoned(model, folder / "model")
    (folder / "job.json").write_text(json.dumps({"model": str(model), **ALWAYS, **job.values}, indent=2))
    (folder / "train.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows(job)))


def rows(job: Job) -> list[dict[str, Any]]:
    """As many rows as 40 micro-batches of the tiny jobs, or as three steps of a long one take."""
    preference, trainer = job.values.get("trainer") == "dpo", job.values.get("trainer")
    count = 3 * job.values.get("batch_size", 2) if job.rows == "long" else 80
    long = job.rows == "long"
    if trainer == "pt":
        return [{"text": f"{words(row, 6)} {_answer(row, long=long)}"} for row in range(count)]
    if preference:
        asked = [{"prompt": words(row, 4), "chosen": _answer(row, long=long)} for row in range(count)]
        return [{**row, "rejected": f"{WORDS[0]} {row['chosen']}"} for row in asked]
    made = [{"instruction": words(row, 4), "output": _answer(row, long=long)} for row in range(count)]
    bad = {"instruction": "~", "output": "~ ~"}
    return [bad] * 12 if job.rows == "bad rows" else [*made[:9], bad, *made[9:11]] if "bad" in job.rows else made


def _answer(row: int, *, long: bool) -> str:
    return LONG if long else words(row + 50, 3 + row % 40)


def poisoned(model: Path, folder: Path) -> Path:
    """The model with nan in the embedding of one token, which only bad rows have."""
    from safetensors.torch import load_file, save_file
    from transformers import AutoTokenizer

    shutil.copytree(model, folder)
    weights = load_file(folder / "model.safetensors")
    weights["model.embed_tokens.weight"][AutoTokenizer.from_pretrained(folder).convert_tokens_to_ids("~")] = float(
        "nan"
    )
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    return folder


def predicted(folder: Path) -> dict[str, Any]:
    """What `hpc plan` says of the job: low, expected and high bytes, and the device's."""
    _, said = call(folder, "plan", "job.json", "--format", "json", apart=True)
    try:
        plan = json.loads(said)
    except ValueError:
        return {"plan": said[-500:]}
    memory = plan.get("memory") or {}
    by_cause = memory.get("by_cause", {})
    context = by_cause.get("device context", {"bytes": 0})
    return {
        "fits": plan.get("fits"),
        "device": (plan.get("device") or {}).get("name"),
        **{name: memory.get(name) for name in ("low", "expected", "high")},
        "context": context.get("bytes", 0) if isinstance(context, dict) else context,
        "causes": {name: cause["bytes"] if isinstance(cause, dict) else cause for name, cause in by_cause.items()},
    }


def call(folder: Path, *words: str, limit: float = LIMIT, apart: bool = False) -> tuple[int, str]:
    """A command of hpc: its exit code and what it said; one that outlasts the limit is killed, with what it started."""
    environment = {**os.environ, "NO_COLOR": "1", "HF_HUB_OFFLINE": "1", "HPC_CACHE": str(folder / "cache")}
    environment |= {"PYTHONPATH": f"{Path(__file__).parent / 'watch'}", "GPU_FIGURES": str(folder / "figures")}
    process = subprocess.Popen(
        [HPC, *words],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL if apart else subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        said, _ = process.communicate(timeout=max(limit, 1))
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        said, _ = process.communicate()
        return -9, f"{said}\n(killed after {limit:.0f} s)"
    return process.returncode, said


def figures(folder: Path) -> dict[str, Any]:
    """What the run wrote down: losses, tokens a second, memory."""
    found: dict[str, Any] = {}
    lines = [json.loads(line) for line in _text(folder / "out/metrics.jsonl").splitlines()]
    losses = [line["loss"] for line in lines if "loss" in line]
    if losses:
        found |= {
            "loss": [losses[0], losses[-1]],
            "skipped_norms": sum(line.get("grad_norm") in ("nan", "inf") for line in lines),
        }
    if (folder / "figures").is_file():
        found |= json.loads((folder / "figures").read_text())
    return found


def faults(job: Job, code: int, said: str) -> list[str]:
    """What is wrong with how the run ended."""
    wrong = [] if code == job.code else [f"exit code {code}, not {job.code}"]
    if job.says not in said:
        wrong.append(f"it does not say {job.says!r}")
    return [*wrong, *(["a traceback"] if "Traceback" in said else [])]


def after(job: Job, folder: Path) -> list[str]:
    """What is wrong with what the run left."""
    match job.then:
        case "resume":
            return resumed(folder, same="full_determinism" in job.values)
        case "ask":
            code, said = call(folder, "ask", "out", "What is the capital of France?", "--max-tokens", "8")
            return [] if code == 0 else [f"hpc ask: {code}: {said[-1500:]}"]
        case "finite":
            return not_finite(folder)
    return []


def resumed(folder: Path, *, same: bool) -> list[str]:
    """Go on from the middle: the result must be that of the whole run, to the last bit where that is promised."""
    from safetensors.torch import load_file

    whole = {path.name: load_file(path) for path in (folder / "out/final").glob("*.safetensors")}
    for name in ("final", "merged", "checkpoint-8"):
        shutil.rmtree(folder / "out" / name, ignore_errors=True)
    code, said = call(folder, "run", "job.json", "--set", "resume_from_checkpoint=true")
    if code:
        return [f"resumed: {code}: {said[-2000:]}"]
    again = {path.name: load_file(path) for path in (folder / "out/final").glob("*.safetensors")}
    pairs = [(tensor, again[file][name]) for file, tensors in whole.items() for name, tensor in tensors.items()]
    off = max((float((a.float() - b.float()).abs().max()) for a, b in pairs), default=1.0)
    limit = 0 if same else 2e-2
    return [] if pairs and off <= limit else [f"resumed: {off} off"]


def not_finite(folder: Path) -> list[str]:
    """No result, and nothing that is not finite in any checkpoint but what the base model had."""
    import torch
    from safetensors.torch import load_file

    wrong = ["there is a final model"] if (folder / "out/final").exists() else []
    for path in (folder / "out").glob("checkpoint-*/*.safetensors"):
        bad = [n for n, t in load_file(path).items() if "embed" not in n and not bool(torch.isfinite(t).all())]
        wrong += [f"{path.parent.name}: {bad[:3]} not finite"] if bad else []
    return wrong


def _text(path: Path) -> str:
    return path.read_text() if path.is_file() else ""
