"""``make plan-check``: the memory that `hpc plan` predicts, against what the real trainers allocate on a CPU.

Measured is what is there when training begins (the storages of all tensors) and the highest "Total Allocated" of
``torch.profiler`` over two real steps; for models of more than 100 million parameters also what the kernel says
(VmHWM). Some jobs are computed with ``--exact``, too. Each job runs in a fork of one warm process. Prints a table,
writes ``docs/reference/memory.md`` with a scatter picture when asked to (``--write``), and exits 1 when fewer than 90 %
of the jobs are within 10 %, an exact one is not within 5 %, or a job took less than the predicted low. With
``--keep FILE`` results are kept there, and a check that was interrupted goes on.
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
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))
from tests.end_to_end.forks import free_port, import_all
from tests.end_to_end.tiny import make_tokenizer

ROOT = Path(__file__).parents[1]
PAGE = """# Memory: predicted and measured

`make plan-check` trains small jobs, drawn by seed, with the real trainers on a CPU and compares the highest memory that
they allocate ("Total Allocated" of `torch.profiler` over two real steps) with what `hpc plan` expects. The table has
{count} jobs. The ratio is expected to measured; {under} took less than the low end of its plan.

{table}

`hpc plan --exact` was computed for {exact} of them: the ratio lies between {least:.2f} and {most:.2f}. For models of
more than 100 million parameters, what the kernel counts (VmHWM less its value before loading) is compared as well:

{large}

The kernel counts more than the tensors. The cause of the difference is not known yet, so leave
room where memory is tight on a CPU.

![Predicted against measured memory](../pictures/memory.png)
"""
SEED = 11
LIMIT = 300
"""Seconds for one job."""
NEAR, ENOUGH, EXACT = 0.10, 0.90, 0.05
EVERY = 4
"""Of so many jobs, one is computed with ``--exact``."""
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
OTHERS: tuple[dict[str, Any], ...] = (
    {"model_type": "gemma", "hidden_size": 128, "intermediate_size": 320, "num_hidden_layers": 4, "head_dim": 32},
    {"model_type": "gemma3_text", "hidden_size": 128, "intermediate_size": 320, "num_hidden_layers": 4, "head_dim": 32},
    {"model_type": "phi3", "hidden_size": 128, "intermediate_size": 320, "num_hidden_layers": 4},
)
"""Families with two jobs each."""
LARGE = {
    "model_type": "llama",
    "hidden_size": 768,
    "intermediate_size": 2048,
    "num_hidden_layers": 12,
    "vocab_size": 32768,
    "num_attention_heads": 12,
    "num_key_value_heads": 12,
    "max_position_embeddings": 4096,
}
"""135 million parameters."""
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


@dataclass(frozen=True)
class Result:
    """Bytes: predicted, computed with ``--exact`` (0 where it was not), measured, and the kernel's figure."""

    low: int
    expected: int
    exact: int
    measured: int
    resident: int

    @property
    def ratio(self) -> float:
        """Expected to measured."""
        return self.expected / self.measured


def trials(count: int) -> list[Trial]:
    """So many jobs, drawn by seed, every kind equally often; two of each other family and of a larger model."""
    draw = random.Random(SEED)
    kinds = list(KINDS)
    small = [_trial(kinds[index % len(kinds)], draw) for index in range(count)]
    values = {"batch_size": 2, "gradient_accumulation_steps": 1, "max_sequence_length": 128, "mixed_precision": "none"}
    small += [
        Trial(name, {**KINDS[name], **values}, {**TINY, **model}) for model in OTHERS for name in ("full", "lora")
    ]
    values |= {"batch_size": 4, "max_sequence_length": 256}
    return [*small, *(Trial(f"large {name}", {**KINDS[name], **values}, LARGE) for name in ("full", "lora"))]


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


def measure(folder: Path, build: Path, trial: Trial) -> tuple[int, int]:
    """The peak of the first process, and by how much it grew, in bytes; the job runs in forks of this process."""
    world, port = trial.values.get("devices_per_node", 1), free_port()
    pids = [_fork(folder, build, rank, world, port) for rank in range(world)]
    codes = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in pids]
    if any(codes):
        raise RuntimeError((folder / "said.txt").read_text()[-3000:])
    peak, grown = (folder / "peak.txt").read_text().split()
    return int(peak), int(grown)


def exact(folder: Path, build: Path, trial: Trial) -> int:
    """The peak that ``--exact`` computes, in a fork as well."""
    pid = _fork(folder, build, 0, 1, free_port(), _exact)
    if os.waitpid(pid, 0)[1]:
        raise RuntimeError((folder / "said.txt").read_text()[-3000:])
    from hpc.forecast.memory import exact_memory
    from hpc.resolve import resolve
    from hpc.source import read

    parts = json.loads((folder / "exact.json").read_text())
    if "refused" in parts:
        raise RuntimeError(parts["refused"]["message"])
    return exact_memory(resolve(read(str(folder / "job.json"))), parts, None, gpu=False).expected


def _exact(folder: Path, build: Path) -> int:
    from hpc_runner.__main__ import main

    for name in ("RANK", "LOCAL_RANK", "WORLD_SIZE", "LOCAL_WORLD_SIZE"):
        os.environ.pop(name)
    settings = json.loads((build / "plan.json").read_text())
    return main(["memory", str(build), str(folder / "exact.json"), str(settings["data"]["max_sequence_length"])])


Work = Callable[[Path, Path], int]


def _fork(folder: Path, build: Path, rank: int, world: int, port: int, work: Work | None = None) -> int:
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
        code = (work or _profiled)(folder, build)
    except BaseException:
        traceback.print_exc()
    os._exit(code)


def _profiled(folder: Path, build: Path) -> int:
    """Run the runner with its trainer's training profiled."""
    from torch.profiler import ProfilerActivity, profile
    from transformers import Trainer

    from hpc_runner import model
    from hpc_runner.__main__ import main

    train, load = Trainer.train, model.load_model
    before_loading = 0

    def loaded(*args: Any) -> Any:
        nonlocal before_loading
        _touch_libraries()
        before_loading = _resident("VmRSS")
        return load(*args)

    def watched(trainer: Any, *args: Any, **kwargs: Any) -> Any:
        before = _storages()
        Path("/proc/self/clear_refs").write_text("5")  # What loading took for a moment is not the training's.
        with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as watch:
            result = train(trainer, *args, **kwargs)
            grown = _resident("VmHWM") - before_loading
        # The trainer's `to(device)` copies weights that are mapped from a file; the profiler sees the copies.
        after = _storages()
        there = sum(size for place, size in before.items() if place in after)
        if os.environ.get("RANK", "0") == "0":
            (folder / "peak.txt").write_text(f"{there + _highest(watch, folder)} {grown}")
        return result

    Trainer.train, model.load_model = watched, loaded
    return main([str(build)])


def _touch_libraries() -> None:
    """Compute a little, so that the libraries' own pages are there before they could be taken for the model's."""
    import torch

    layer = torch.nn.TransformerEncoderLayer(512, 8, batch_first=True)
    layer(torch.randn(2, 512, 512)).sum().backward()
    torch.optim.AdamW(layer.parameters()).step()


def _resident(name: str) -> int:
    """A figure of this process in bytes, as the kernel counts it."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(name))


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


def results(chosen: list[Trial], kept: Path | None) -> Iterator[tuple[Trial, Result]]:
    """Each trial with what was found; what is kept in the file is taken from there."""
    here, known = Path.cwd(), {}
    if kept and kept.is_file():
        known = {entry.pop("trial"): entry for entry in map(json.loads, kept.read_text().splitlines())}
    for index, trial in enumerate(chosen):
        if repr(trial) not in known:
            with tempfile.TemporaryDirectory() as name:
                try:
                    known[repr(trial)] = asdict(_result(Path(name), index, trial))
                finally:
                    os.chdir(here)
            if kept:
                with kept.open("a") as file:
                    file.write(json.dumps({"trial": repr(trial), **known[repr(trial)]}) + "\n")
        yield trial, Result(**known[repr(trial)])


def _result(folder: Path, index: int, trial: Trial) -> Result:
    build = write_job(folder, trial)
    measured, grown = measure(folder, build, trial)
    asked = "int4" not in trial.kind and "processes" not in trial.kind and (index // len(KINDS)) % EVERY == 0
    return Result(*predict(folder), exact(folder, build, trial) if asked else 0, measured, grown)


def write(found: list[tuple[Trial, Result]]) -> None:
    """The page of the reference and its picture."""
    import statistics

    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    lines = ["| kind | jobs | within 10 % | median ratio | lowest and highest |", "|---|---|---|---|---|"]
    figure, axes = plt.subplots(figsize=(5, 4), dpi=150)
    for kind in KINDS:
        of_kind = [result for trial, result in found if trial.kind == kind]
        ratios = [result.ratio for result in of_kind]
        if ratios:
            near = sum(abs(ratio - 1) <= NEAR for ratio in ratios)
            middle, ends = statistics.median(ratios), f"{min(ratios):.2f} to {max(ratios):.2f}"
            lines.append(f"| {kind} | {len(ratios)} | {near} | {middle:.3f} | {ends} |")
            points = [(result.measured / 2**20, result.expected / 2**20) for result in of_kind]
            axes.scatter(*zip(*points, strict=True), s=8, label=kind)
    ends_of_line = [pick(result.measured for _, result in found) / 2**20 for pick in (min, max)]
    axes.plot(ends_of_line, ends_of_line, color="gray", linewidth=0.8)
    axes.set(xscale="log", yscale="log", xlabel="measured (MiB)", ylabel="predicted (MiB)")
    axes.legend(fontsize=6)
    figure.tight_layout()
    figure.savefig(ROOT / "docs/pictures/memory.png")
    exact_ratios = [result.exact / result.measured for _, result in found if result.exact]
    page = PAGE.format(
        count=len(found),
        under=sum(result.low > result.measured for _, result in found) or "no job",
        table="\n".join(lines),
        exact=len(exact_ratios),
        least=min(exact_ratios, default=1),
        most=max(exact_ratios, default=1),
        large="\n".join(_large(found)),
    )
    (ROOT / "docs/reference/memory.md").write_text(page, encoding="utf-8")


def _large(found: list[tuple[Trial, Result]]) -> Iterator[str]:
    yield "| job | expected | profiler | kernel |"
    yield "|---|---|---|---|"
    for trial, result in found:
        if trial.kind.startswith("large"):
            sizes = (f"{size / 2**20:,.0f} MiB" for size in (result.expected, result.measured, result.resident))
            yield f"| {trial.kind.removeprefix('large ')}, 135M | {' | '.join(sizes)} |"


def main(arguments: list[str]) -> int:
    """Run the trials, print the table, return the exit code."""
    from rich.console import Console

    numbers = [int(word) for word in arguments if word.isdecimal()]
    kept = Path(arguments[arguments.index("--keep") + 1]) if "--keep" in arguments else None
    console, found = Console(), []
    import_all()
    gc.freeze()  # What the forks need not look through.
    for trial, result in results(trials(numbers[0] if numbers else 208), kept):
        found.append((trial, result))
        console.print(_line(trial, result), soft_wrap=True)
    near = sum(abs(result.ratio - 1) <= NEAR for _, result in found) / len(found)
    refused = sum(result.low > result.measured for _, result in found)
    off = sum(abs(result.exact / result.measured - 1) > EXACT for _, result in found if result.exact)
    console.print(
        f"{near:.1%} of {len(found)} jobs within 10 %; {refused} took less than the predicted low; "
        f"{off} exact ones not within 5 %"
    )
    if "--write" in arguments:
        write(found)
    return 0 if near >= ENOUGH and not refused and not off else 1


def _line(trial: Trial, result: Result) -> str:
    settings = " ".join(f"{key}={value}" for key, value in trial.values.items() if key not in KINDS.get(trial.kind, {}))
    exactly = f"{result.exact / result.measured:6.3f}" if result.exact else " " * 6
    good = abs(result.ratio - 1) <= NEAR and result.low <= result.measured
    size, family = f"{result.measured / 2**20:8.1f} MiB", trial.model["model_type"]
    return f"{result.ratio:6.3f} {exactly} {size} {trial.kind}, {family}: {settings}{'' if good else '  <--'}"


if __name__ == "__main__":
    os.environ |= {"OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false", "HF_HUB_OFFLINE": "1", "NO_COLOR": "1"}
    os.environ["MLFLOW_TRACKING_URI"] = f"sqlite:///{tempfile.mkdtemp()}/mlflow.db"
    sys.exit(main(sys.argv[1:]))
