"""``make plan-check``: the memory that `hpc plan` predicts, against what the real trainers allocate on a CPU.

Measured is what is there when training begins (the storages of all tensors) and the highest "Total Allocated" of
``torch.profiler`` over two real steps. Each job runs in a fork of one warm process. Prints a table, writes
``docs/reference/memory.md`` with a scatter picture when asked to (``--write``), and exits 1 when fewer than 90 % of the
jobs are within 10 %, or when a job took less than the predicted low.
"""

from __future__ import annotations

import gc
import json
import os
import random
import signal
import sys
import tempfile
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))
from tests.end_to_end.forks import free_port, import_all
from tests.end_to_end.tiny import make_tokenizer

ROOT = Path(__file__).parents[1]
PAGE = """# Memory: predicted and measured

`make plan-check` trains {count} small jobs, drawn by seed, with the real trainers on a CPU and compares the highest
memory that they allocate with what `hpc plan` expects.

{table}

![Predicted against measured memory](../pictures/memory.png)
"""
SEED = 11
LIMIT = 300
"""Seconds for one job."""
NEAR, ENOUGH = 0.10, 0.90
FULL = {"training_type": "full"}
LORA = {"training_type": "lora", "lora_rank": 8}
KINDS: dict[str, dict[str, Any]] = {
    "full": FULL,
    "lora": LORA,
    "lora int4": {**LORA, "quantization_bit": "int4"},
    "full dpo": {**FULL, "trainer": "dpo"},
    "lora dpo": {**LORA, "trainer": "dpo"},
    "lora orpo": {**LORA, "trainer": "dpo", "pref_loss": "orpo"},
    "full, 2 processes": {**FULL, "devices_per_node": 2},
    "lora, 2 processes": {**LORA, "devices_per_node": 2},
}
MODELS: tuple[dict[str, Any], ...] = (
    {"model_type": "llama", "hidden_size": 64, "intermediate_size": 192, "num_hidden_layers": 3},
    {"model_type": "qwen2", "hidden_size": 128, "intermediate_size": 384, "num_hidden_layers": 6, "vocab_size": 2048},
    {"model_type": "qwen3", "hidden_size": 128, "intermediate_size": 256, "num_hidden_layers": 4, "head_dim": 32},
    {"model_type": "mistral", "hidden_size": 192, "intermediate_size": 512, "num_hidden_layers": 8, "vocab_size": 4096},
)
TINY = {
    "vocab_size": 512,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 4096,
    "tie_word_embeddings": False,
}


@dataclass(frozen=True)
class Trial:
    """One job: its kind, its config and its model."""

    kind: str
    values: dict[str, Any]
    model: dict[str, Any]


def trials(count: int) -> list[Trial]:
    """So many jobs, drawn by seed, every kind equally often."""
    draw = random.Random(SEED)
    kinds = list(KINDS)
    return [_trial(kinds[index % len(kinds)], draw) for index in range(count)]


def _trial(kind: str, draw: random.Random) -> Trial:
    model = {**TINY, **draw.choice(MODELS)}
    if draw.random() < 0.25:
        model["tie_word_embeddings"] = True
    values: dict[str, Any] = {
        **KINDS[kind],
        "batch_size": draw.choice((1, 2, 3, 4)),
        "gradient_accumulation_steps": draw.choice((1, 2)),
        "max_sequence_length": draw.choice((64, 128, 256, 512)),
        "mixed_precision": draw.choice(("none", "bf16")),
        "disable_gradient_checkpointing": draw.random() < 0.5,
        "optimizer": draw.choice(("adamw", "adamw", "sgd")),
    }
    if "lora" in kind and draw.random() < 0.3:
        values |= {"target_modules": "q_proj,v_proj", "lora_dropout": 0.0}
    return Trial(kind, values, model)


def write_job(folder: Path, trial: Trial) -> Path:
    """The model, rows longer than any length and the config; returns the compiled folder."""
    from hpc.compile import lower_all
    from hpc.resolve import resolve
    from hpc.source import read
    from hpc.write import write_artifacts

    make_model(folder / "model", trial.model)
    rows = trial.values["batch_size"] * trial.values["gradient_accumulation_steps"] * 2
    rows *= trial.values.get("devices_per_node", 1)
    long = "of course " * 700
    turn = {"conversations": [{"from": "human", "value": "Paris?"}]}
    if trial.values.get("trainer") == "dpo":
        answers = {name: {"from": "gpt", "value": f"{name} {long}"} for name in ("chosen", "rejected")}
        row = {**turn, **answers}
    else:
        row = {"conversations": [*turn["conversations"], {"from": "gpt", "value": long}]}
    (folder / "train.jsonl").write_text((json.dumps(row) + "\n") * rows)
    job = {"model": "model", "train_data": "train.jsonl", "output_dir": "out", "checkpoint_strategy": "no"}
    job |= {"report_to": []}
    (folder / "job.json").write_text(json.dumps({**job, "epochs": 1, "merge_adapter": False, **trial.values}))
    os.chdir(folder)
    write_artifacts("out/build", list(lower_all(resolve(read("job.json"))).values()))
    return folder / "out/build"


def make_model(folder: Path, settings: dict[str, Any]) -> None:
    """A random model of these settings with the tests' tokenizer."""
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    tokenizer = make_tokenizer()
    known = {key: value for key, value in settings.items() if key != "model_type"}
    torch.manual_seed(0)
    ids = {"bos_token_id": 0, "eos_token_id": tokenizer.eos_token_id, "pad_token_id": tokenizer.pad_token_id}
    config = AutoConfig.for_model(settings["model_type"], **known, **ids)
    AutoModelForCausalLM.from_config(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def measure(folder: Path, trial: Trial) -> int:
    """The peak of the first process in bytes; the job runs in forks of this process."""
    build = write_job(folder, trial)
    world, port = trial.values.get("devices_per_node", 1), free_port()
    pids = [_fork(folder, build, rank, world, port) for rank in range(world)]
    codes = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in pids]
    if any(codes):
        raise RuntimeError((folder / "said.txt").read_text()[-3000:])
    return int((folder / "peak.txt").read_text())


def _fork(folder: Path, build: Path, rank: int, world: int, port: int) -> int:
    pid = os.fork()
    if pid:
        return pid
    signal.alarm(LIMIT)
    log = os.open(folder / "said.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.environ |= {"RANK": str(rank), "LOCAL_RANK": str(rank), "WORLD_SIZE": str(world), "LOCAL_WORLD_SIZE": str(world)}
    os.environ |= {"MASTER_ADDR": "localhost", "MASTER_PORT": str(port)}
    code = 1
    try:
        code = _profiled(folder, build)
    except BaseException:
        traceback.print_exc()
    os._exit(code)


def _profiled(folder: Path, build: Path) -> int:
    """Run the runner with its trainer's training profiled."""
    from torch.profiler import ProfilerActivity, profile
    from transformers import Trainer

    from hpc_runner.__main__ import main

    train = Trainer.train

    def watched(trainer: Any, *args: Any, **kwargs: Any) -> Any:
        before = _storages()
        with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as watch:
            result = train(trainer, *args, **kwargs)
        # The trainer's `to(device)` copies weights that are mapped from a file; the profiler sees the copies.
        after = _storages()
        there = sum(size for place, size in before.items() if place in after)
        if os.environ.get("RANK", "0") == "0":
            (folder / "peak.txt").write_text(str(there + _highest(watch, folder)))
        return result

    Trainer.train = watched
    return main([str(build)])


def _storages() -> dict[int, int]:
    """Where the tensors that are alive lie → bytes."""
    import torch

    sizes = {}
    for thing in gc.get_objects():
        if isinstance(thing, torch.Tensor) and thing.device.type == "cpu":
            storage = thing.untyped_storage()
            sizes[storage.data_ptr()] = storage.nbytes()
    return sizes


def _highest(watch: Any, folder: Path) -> int:
    """The highest "Total Allocated"; the counter is the process's own and does not begin at zero."""
    trace = folder / f"trace-{os.getpid()}.json"
    watch.export_chrome_trace(str(trace))
    events = [event for event in json.loads(trace.read_text())["traceEvents"] if event.get("name") == "[memory]"]
    events.sort(key=lambda event: event["ts"])
    begin = events[0]["args"]["Total Allocated"] - events[0]["args"]["Bytes"]
    return int(max(event["args"]["Total Allocated"] for event in events) - begin)


def predict(folder: Path) -> tuple[int, int]:
    """What `hpc plan` says: low and expected bytes."""
    from hpc.forecast.memory import memory_of
    from hpc.resolve import resolve
    from hpc.source import read

    settings = json.loads((folder / "model/config.json").read_text())
    found = memory_of(resolve(read(str(folder / "job.json"))), settings, gpu=False)
    assert found
    return found.low, found.expected


def results(chosen: list[Trial]) -> Iterator[tuple[Trial, int, int, int]]:
    """Each trial with the low, the expected and the measured bytes."""
    here = Path.cwd()
    for trial in chosen:
        with tempfile.TemporaryDirectory() as name:
            try:
                measured = measure(Path(name), trial)
                low, expected = predict(Path(name))
            finally:
                os.chdir(here)
        yield trial, low, expected, measured


def write(found: list[tuple[Trial, int, int, int]]) -> None:
    """The page of the reference and its picture."""
    import statistics

    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    lines = ["| kind | jobs | within 10 % | median ratio | lowest and highest |", "|---|---|---|---|---|"]
    figure, axes = plt.subplots(figsize=(5, 4), dpi=150)
    for kind in KINDS:
        pairs = [(expected, measured) for trial, _, expected, measured in found if trial.kind == kind]
        ratios = [expected / measured for expected, measured in pairs]
        if ratios:
            near = sum(abs(ratio - 1) <= NEAR for ratio in ratios)
            middle = statistics.median(ratios)
            ends = f"{min(ratios):.2f} to {max(ratios):.2f}"
            lines.append(f"| {kind} | {len(ratios)} | {near} | {middle:.3f} | {ends} |")
            axes.scatter(*zip(*[(m / 2**20, e / 2**20) for e, m in pairs], strict=True), s=8, label=kind)
    ends = [min(m for *_, m in found) / 2**20, max(m for *_, m in found) / 2**20]
    axes.plot(ends, ends, color="gray", linewidth=0.8)
    axes.set(xscale="log", yscale="log", xlabel="measured (MiB)", ylabel="predicted (MiB)")
    axes.legend(fontsize=6)
    figure.tight_layout()
    figure.savefig(ROOT / "docs/pictures/memory.png")
    table = "\n".join(lines)
    (ROOT / "docs/reference/memory.md").write_text(PAGE.format(count=len(found), table=table), encoding="utf-8")


def main(arguments: list[str]) -> int:
    """Run the trials, print the table, return the exit code."""
    from rich.console import Console

    numbers = [int(word) for word in arguments if word.isdecimal()]
    console = Console()
    found = []
    import_all()
    gc.freeze()  # What the forks need not look through.
    for trial, low, expected, measured in results(trials(numbers[0] if numbers else 208)):
        found.append((trial, low, expected, measured))
        settings = " ".join(f"{key}={value}" for key, value in trial.values.items() if key not in KINDS[trial.kind])
        mark = "" if abs(expected / measured - 1) <= NEAR and low <= measured else "  <--"
        family = trial.model["model_type"]
        size = f"{measured / 2**20:8.1f} MiB"
        console.print(f"{expected / measured:6.3f} {size} {trial.kind}, {family}: {settings}{mark}", soft_wrap=True)
    near = sum(abs(expected / measured - 1) <= NEAR for _, _, expected, measured in found) / len(found)
    refused = sum(low > measured for _, low, _, measured in found)
    console.print(f"{near:.1%} of {len(found)} jobs within 10 %; {refused} took less than the predicted low")
    if "--write" in arguments:
        write(found)
    return 0 if near >= ENOUGH and not refused else 1


if __name__ == "__main__":
    os.environ |= {"OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false", "HF_HUB_OFFLINE": "1", "NO_COLOR": "1"}
    os.environ["MLFLOW_TRACKING_URI"] = f"sqlite:///{tempfile.mkdtemp()}/mlflow.db"
    sys.exit(main(sys.argv[1:]))
