"""The family matrix: every family × every cell, judged by numbers. `make families [FAMILY…]` prints the table.

A cell is a job compiled from a config and run by the runner itself, in forks of one warm process. What is judged:

- the loss of step 1 equals that of the plain model on the same tokens; for preferences it is log 2
- frozen parameters are equal to the bit, every trained one has changed
- the merged model answers as base and adapter do
- a model that was trained on one row until it knows it ends its answer within 1.5 times the answer's length
- results are saved in the number format of the base, with every file of the base but its weights
"""

from __future__ import annotations

import json
import os
import pickle
import shutil
import signal
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
LIMIT = 100
"""Seconds that a run may take; most take one or two."""
COMMON: dict[str, Any] = {
    "train_data": "rows.jsonl",
    "batch_size": 1,
    "gradient_accumulation_steps": 1,
    "epochs": 1,
    "learning_rate": 0.01,
    "lr_scheduler_type": "constant",
    "max_sequence_length": 256,
    "mixed_precision": "none",
    "checkpoint_strategy": "no",
    "logging_steps": 1,
}
LORA = {"lora_rank": 4, "lora_dropout": 0}
OVERFIT = {"epochs": 100, "lr_scheduler_type": "cosine"}
CELLS: dict[str, dict[str, Any]] = {
    "SFT LoRA": {"model": "model"},
    "SFT full": {"model": "half", "training_type": "full", "train_data": "one.jsonl", **OVERFIT},
    "DPO LoRA": {"model": "model", "trainer": "dpo", "train_data": "pairs.jsonl", "learning_rate": 0.001},
    "int4 LoRA": {"model": "model", "quantization_bit": "int4"},
    "DDP": {"model": "model", "training_type": "full", "devices_per_node": 2, "learning_rate": 0.001},
}
QUESTION, ANSWER = "What is the capital of France?", "Paris, of course."
ROWS = [(QUESTION, ANSWER), ("How many? One, two, three!", "true: false."), ("a page of numbers", "a trained model")]


@dataclass
class Verdict:
    """What one cell showed: nothing in ``wrong`` where all is right."""

    seconds: float = 0.0
    wrong: list[str] = field(default_factory=list)

    def must(self, holds: bool, what: str) -> None:
        """Note what does not hold."""
        if not holds:
            self.wrong.append(what)

    def __str__(self) -> str:
        return "; ".join(self.wrong) or "ok"


def write_data(folder: Path) -> None:
    """Four rows, one row, and pairs of answers."""
    alpaca = [{"instruction": q, "input": "", "output": a} for q, a in ROWS]
    turn = {"from": "gpt", "value": "no"}
    pairs = [
        {"conversations": [{"from": "human", "value": q}], "chosen": {"from": "gpt", "value": a}, "rejected": turn}
        for q, a in ROWS
    ]
    for name, rows in {"rows": [*alpaca, alpaca[0]], "one": alpaca[:1], "pairs": pairs}.items():
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


def judge(family: str, cell: str, folder: Path) -> Verdict:
    """Run one cell in a fork of its own and judge it there; the family's models are in ``folder`` already."""
    started, verdict = time.monotonic(), Verdict()
    brought = in_fork(lambda: _cell(cell, folder))
    if isinstance(brought, Verdict):
        verdict = brought
    else:
        verdict.wrong.append(str(brought))
    verdict.seconds = time.monotonic() - started
    return verdict


def in_fork(work: Callable[[], Any], log: Path | None = None) -> Any:
    """The result of some work in a child of this process, or what went wrong."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        signal.alarm(LIMIT)
        result: Any = None
        try:
            if log:
                _quiet(log)
            result = work()
        except BaseException:
            result = traceback.format_exc().strip().splitlines()[-1]
        with os.fdopen(writer, "wb") as pipe:
            pickle.dump(result, pipe)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        brought = pipe.read()
    os.waitpid(child, 0)
    return pickle.loads(brought) if brought else f"was killed or took more than {LIMIT} seconds"


def _quiet(log: Path) -> None:
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)


def _cell(cell: str, folder: Path) -> Verdict:
    name = cell.replace(" ", "_")
    lora = {} if CELLS[cell].get("training_type") == "full" else LORA
    config = {**COMMON, **lora, **CELLS[cell], "output_dir": f"runs/{name}"}
    log = folder / f"{name}.log"
    log.unlink(missing_ok=True)
    shutil.rmtree(folder / config["output_dir"], ignore_errors=True)
    _quiet(log)
    os.chdir(folder)
    verdict = Verdict()
    seen, refused = run(config, log)
    if refused:
        verdict.wrong.append(refused)
        return verdict
    from tests.families.measures import measure

    measure(config, folder / config["output_dir"], seen, verdict)
    return verdict


def run(config: dict[str, Any], log: Path) -> tuple[list[dict[str, Any]], str]:
    """Compile and train; what each process showed, or the words of a refusal."""
    from hpc.compile import compile_document, select
    from hpc.diagnostics import HpcError
    from hpc.source import parse
    from hpc.write import write_artifacts
    from tests.end_to_end.jobs import free_port

    build = Path(config["output_dir"]) / "build"
    try:
        compilation = compile_document(parse(json.dumps(config), "json", "family.json"))
    except HpcError as error:
        errors = [d for d in error.diagnostics if d.severity == "error"]
        return [], f"refused: {errors[0].code}: {errors[0].message}"
    write_artifacts(str(build), select(compilation, []))
    world, port = config.get("devices_per_node", 1), free_port()
    for rank in range(1, world):
        _start(build, rank, world, port)
    shown = _trained(build, 0, world, port)
    for _ in range(1, world):
        os.wait()
    if not all(seen.get("code") == 0 for seen in shown):
        text = [line for line in log.read_text(errors="replace").splitlines() if "error" in line.lower()]
        return [], (text or ["ended without output"])[-1].strip()[:160]
    return shown, ""


def _start(build: Path, rank: int, world: int, port: int) -> None:
    if os.fork() == 0:
        try:
            _trained(build, rank, world, port)
        finally:
            os._exit(0)


def _trained(build: Path, rank: int, world: int, port: int) -> list[dict[str, Any]]:
    """Train as one of the processes; rank 0 returns what all of them have seen."""
    from tests.families.measures import watched

    if world > 1:
        os.environ |= {"RANK": str(rank), "LOCAL_RANK": str(rank), "WORLD_SIZE": str(world)}
        os.environ |= {"LOCAL_WORLD_SIZE": str(world), "MASTER_ADDR": "localhost", "MASTER_PORT": str(port)}
    from hpc_runner.__main__ import main

    with watched() as seen:
        seen["code"] = main([str(build)])
    (build / f"{rank}.part").write_bytes(pickle.dumps(dict(seen)))
    (build / f"{rank}.part").replace(build / f"seen-{rank}.pickle")
    if rank:
        return []
    end = time.monotonic() + LIMIT
    paths = [build / f"seen-{other}.pickle" for other in range(world)]
    while not all(path.exists() for path in paths) and time.monotonic() < end:
        time.sleep(0.05)
    return [pickle.loads(path.read_bytes()) for path in paths]


def warm() -> None:
    """Import everything once, so that the forks have it already."""
    for name in ("OMP_NUM_THREADS", "HF_HUB_OFFLINE", "HF_DATASETS_OFFLINE"):
        os.environ[name] = "1"
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    from tests.warm import import_all

    import_all()
    from trl.experimental.cpo import CPOTrainer

    assert CPOTrainer


def main(wanted: list[str], folder: Path) -> int:
    """Run the matrix and print its table; 1 where a cell is wrong."""
    import mlflow

    from tests.families.tiny import FAMILIES, make

    warm()
    os.environ["MLFLOW_TRACKING_URI"] = f"sqlite:///{folder}/mlflow.db"
    mlflow.MlflowClient(os.environ["MLFLOW_TRACKING_URI"]).search_experiments()
    table: dict[str, dict[str, Verdict]] = {}
    started = time.monotonic()
    for family in wanted or FAMILIES:
        home = folder / family
        made = in_fork(lambda family=family, home=home: str(make(family, home)), folder / "make.log")
        write_data(home)
        table[family] = {}
        for cell in os.environ.get("CELLS", ",".join(CELLS)).split(","):
            verdict = table[family][cell] = judge(family, cell, home)
            print(f"{family:12} {cell:10} {verdict.seconds:5.1f} s  {verdict}", flush=True)
        assert made
    from tests.families.page import write

    print(f"{sum(len(row) for row in table.values())} cells in {(time.monotonic() - started) / 60:.1f} minutes")
    if not wanted:
        write(table)
    return int(any(verdict.wrong for row in table.values() for verdict in row.values()))


if __name__ == "__main__":
    import tempfile

    sys.path.insert(0, str(ROOT))
    with tempfile.TemporaryDirectory() as scratch:
        sys.exit(main(sys.argv[1:], Path(os.environ.get("FAMILIES_FOLDER", scratch))))
