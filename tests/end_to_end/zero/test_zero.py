"""ZeRO 1, 2 and 3 on two processes, beside ddp: the same losses, whole adapters, models that load."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from tests.end_to_end.forks import Forks
from tests.end_to_end.jobs import CLOSE, losses, make_job, metrics, run

from hpc.cli import main

pytestmark = pytest.mark.train

STEPS = 10
DDP = 0
OPTIONS: dict[str, dict[str, Any]] = {
    "sgd, constant with warm-up": {"optimizer": "sgd", "lr_scheduler_type": "constant", "lr_warmup_steps": 4},
    "no clipping, accumulation": {"max_grad_norm": 0, "gradient_accumulation_steps": 2, "learning_rate": 0.01},
}


@dataclass(frozen=True)
class Case:
    """One run: ZeRO stage (0: ddp), full or lora, sft or dpo, fp32 or bf16, and a set of options."""

    stage: int
    kind: str
    trainer: str
    precision: str = "fp32"
    options: str = ""

    def __str__(self) -> str:
        backend = f"zero{self.stage}" if self.stage else "ddp"
        return " ".join(filter(None, (backend, self.kind, self.trainer, self.precision, self.options)))

    def config(self) -> dict[str, Any]:
        return {
            "trainer": self.trainer,
            "training_type": self.kind,
            "mixed_precision": "bf16" if self.precision == "bf16" else "none",
            "distributed_backend": "deepspeed" if self.stage else "ddp",
            "zero_stage": self.stage or 1,
            "devices_per_node": 2,
            "train_data": f"{self.trainer}{self.rows}.jsonl",
            "output_dir": self.folder,
            **OPTIONS.get(self.options, {}),
        }

    @property
    def rows(self) -> int:
        return 2 * STEPS * (2 if "accumulation" in self.options else 1)

    @property
    def folder(self) -> str:
        return str(self).replace(" ", "_").replace(",", "")


JOBS = [(kind, trainer) for kind in ("full", "lora") for trainer in ("sft", "dpo")]
ALL = [
    *(Case(stage, *job) for job in JOBS for stage in (DDP, 1, 2, 3)),
    *(Case(stage, *job, "bf16") for job in JOBS for stage in (1, 2, 3)),
    *(Case(stage, "full", "sft", "fp32", options) for options in OPTIONS for stage in (DDP, 1, 2, 3)),
]
# Every pair of values of stage, kind, trainer and precision occurs; each sharded fp32 run beside its ddp run.
CHOSEN = {
    *(Case(stage, "full", "sft") for stage in (DDP, 1, 2, 3)),
    *(Case(stage, "full", "dpo") for stage in (DDP, 3)),
    *(Case(stage, "lora", "sft") for stage in (DDP, 3)),
    *(Case(stage, "lora", "dpo") for stage in (DDP, 2)),
    Case(1, "lora", "sft", "bf16"),
    Case(1, "full", "dpo", "bf16"),
    Case(2, "full", "sft", "bf16"),
    Case(3, "lora", "dpo", "bf16"),
    *(Case(stage, "full", "sft", "fp32", options) for options in OPTIONS for stage in (DDP, 2)),
}


def marked(cases: list[Case]) -> list[Any]:
    return [pytest.param(case, id=str(case), marks=() if case in CHOSEN else pytest.mark.slow) for case in cases]


@contextmanager
def inside(folder: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


class Runs:
    """Runs cases in one working folder, each once, when a test asks for it."""

    def __init__(self, folder: Path, forks: Forks) -> None:
        self.folder = folder
        self.forks = forks
        self.done: set[Case] = set()

    def __getitem__(self, case: Case) -> Path:
        if case not in self.done:
            self._run(case)
        return self.folder / case.folder

    def _run(self, case: Case) -> None:
        config = make_job(self.folder, case.rows, **case.config())
        with inside(self.folder):
            assert main(["compile", config.name, "-o", f"{case.folder}/build"]) == 0
        compiling = {"TORCH_EXTENSIONS_DIR": str(self.folder / "extensions")}
        self.forks.run(self.folder, f"{case.folder}/build", world=2, log=f"{case.folder}/said.txt", **compiling)
        self.done.add(case)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory, forks: Forks) -> Runs:
    return Runs(tmp_path_factory.mktemp("zero"), forks)


@pytest.mark.parametrize("case", marked([case for case in ALL if case.stage and case.precision == "fp32"]))
def test_the_losses_are_those_of_ddp(case: Case, runs: Runs) -> None:
    beside = replace(case, stage=DDP)
    sharded, whole = losses(runs[case]), losses(runs[beside])
    assert len(whole) == STEPS
    assert sharded == pytest.approx(whole, abs=CLOSE)
    assert max(whole) - min(whole) > 10 * CLOSE, "else any order of the rows would do"


def test_deepspeed_compiles_nothing_on_a_cpu(runs: Runs) -> None:
    """Else the first run takes minutes longer, or fails where there is no compiler."""
    assert losses(runs[Case(2, "full", "sft")])
    assert not (runs.folder / "extensions").exists()


@pytest.mark.parametrize("case", marked([case for case in ALL if case.stage and case.options]))
def test_rates_and_norms_are_those_of_ddp(case: Case, runs: Runs) -> None:
    sharded, whole = metrics(runs[case]), metrics(runs[replace(case, stage=DDP)])
    for step in whole:
        assert sharded[step]["learning_rate"] == whole[step]["learning_rate"]
        assert sharded[step]["grad_norm"] == pytest.approx(whole[step]["grad_norm"], rel=1e-4)


@pytest.mark.parametrize("case", marked([case for case in ALL if case.precision == "bf16"]))
def test_the_losses_in_bf16_are_near_those_of_ddp(case: Case, runs: Runs) -> None:
    assert losses(runs[case]) == pytest.approx(losses(runs[replace(case, stage=DDP, precision="fp32")]), abs=0.02)


@pytest.mark.parametrize("case", marked([case for case in ALL if case.kind == "lora"]))
def test_the_adapter_is_whole_and_trained(case: Case, runs: Runs) -> None:
    from safetensors.torch import load_file

    adapter = load_file(runs[case] / "final" / "adapter_model.safetensors")
    # Two layers of seven linear modules, two matrices each; B starts at zero.
    assert len(adapter) == 2 * 7 * 2
    assert all(tensor.numel() for tensor in adapter.values())
    assert all(tensor.float().abs().sum() > 0 for name, tensor in adapter.items() if "lora_B" in name)


@pytest.mark.parametrize("case", marked([case for case in ALL if not case.options]))
def test_the_final_model_loads_and_is_another_one(case: Case, runs: Runs) -> None:
    import torch
    from transformers import AutoModelForCausalLM

    output = runs[case]
    base = AutoModelForCausalLM.from_pretrained(runs.folder / "model")
    trained = AutoModelForCausalLM.from_pretrained(output / ("final" if case.kind == "full" else "merged"))
    ids = torch.arange(10).unsqueeze(0)
    with torch.no_grad():
        difference = (base(ids).logits - trained(ids).logits.float()).abs().max()
    assert 1e-4 < difference < 10


@pytest.mark.parametrize("stage", [pytest.param(1, marks=pytest.mark.slow), pytest.param(2, marks=pytest.mark.slow), 3])
def test_hpc_run_alone_launches_it(stage: int, tmp_path: Path, runs: Runs) -> None:
    chosen = {1: Case(1, "full", "sft"), 2: Case(2, "lora", "dpo"), 3: Case(3, "full", "dpo")}[stage]
    code, said = run(make_job(tmp_path, chosen.rows, **chosen.config()))
    assert code == 0, said
    assert f"ZeRO-{stage}, 2 processes" in said
    assert losses(tmp_path / chosen.folder) == pytest.approx(losses(runs[chosen]), abs=CLOSE)
