"""All six recipes on real data, in one process and in two, and what a run leaves behind."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from tests.curves import follows
from tests.end_to_end.jobs import CLOSE
from tests.end_to_end.runner.compiled import compiled
from transformers import AutoModelForCausalLM, AutoTokenizer

from hpc_runner.__main__ import main

HERE = Path(__file__).parent
FILES = {
    "sft": "alpaca/alpaca_eval_mini.json",
    "pt": "corpus/corpus_wiki_en_val_mini.json",
    "dpo": "sharegpt-dpo/dpo_agrilla_en_train_sharegpt_mini.json",
}
SIX = [(trainer, lora) for trainer in ("sft", "pt", "dpo") for lora in (True, False)]


def recipe(folder: Path, trainer: str, tiny: Path, data: Path, **changes: object) -> Path:
    long = {"plan": {"data": {"max_sequence_length": 256}}, "max_length": 256}
    file = FILES.get(trainer, FILES["dpo"])
    return compiled(folder, trainer, model=tiny, train=data / file, **{**long, **changes})  # type: ignore[arg-type]


def losses(output: Path) -> list[float]:
    lines = [json.loads(line) for line in (output / "metrics.jsonl").read_text().splitlines()]
    return [line["loss"] for line in lines if "loss" in line]


def assert_complete(output: Path, *, lora: bool, steps: int = 3) -> None:
    """The results load and generate, and hold what was trained."""
    last = sorted(output.glob("checkpoint-*"))[-1]
    assert {"hpc.json", "trainer_state.json"} <= {path.name for path in last.iterdir()}
    assert follows(output / "loss.png", losses(output))
    summary = json.loads((output / "summary.json").read_text())
    assert summary["steps"] == steps
    assert (summary["trained_parameters"] < summary["all_parameters"]) is lora
    if lora:
        adapter = load_file(output / "final" / "adapter_model.safetensors")
        assert adapter
        assert all(tensor.numel() for tensor in adapter.values())
        assert any(tensor.abs().max() > 0 for name, tensor in adapter.items() if "lora_B" in name)
    folder = output / ("merged" if lora else "final")
    model, tokenizer = AutoModelForCausalLM.from_pretrained(folder), AutoTokenizer.from_pretrained(folder)
    assert model.dtype == torch.float32
    words = tokenizer("What is", return_tensors="pt")
    assert model.generate(**words, max_new_tokens=3, do_sample=False).shape[1] > words["input_ids"].shape[1]
    assert not [path for path in output.iterdir() if "partial" in path.name or path.name.endswith(".tmp")]


@pytest.mark.train
@pytest.mark.parametrize(("trainer", "lora"), SIX)
def test_one_process(tmp_path: Path, tiny: Path, real_small: Path, trainer: str, lora: bool) -> None:
    longer = {"max_steps": 12, "num_train_epochs": 12}
    assert main([str(recipe(tmp_path, trainer, tiny, real_small, lora=lora, **longer))]) == 0
    assert_complete(tmp_path, lora=lora, steps=12)
    assert min(losses(tmp_path)[-3:]) < losses(tmp_path)[0]


@pytest.mark.train
@pytest.mark.parametrize("trainer", ["kto", "orpo", "simpo"])
def test_the_other_preference_trainers(tmp_path: Path, tiny: Path, real_small: Path, trainer: str) -> None:
    assert main([str(recipe(tmp_path, trainer, tiny, real_small))]) == 0
    assert_complete(tmp_path, lora=True)
    logged = [json.loads(line) for line in (tmp_path / "metrics.jsonl").read_text().splitlines()]
    tokens = [line["num_tokens"] for line in logged if "loss" in line]
    assert 0 < tokens[0] < tokens[-1]


@pytest.mark.train
def test_evaluation_is_measured_and_the_best_checkpoint_kept(tmp_path: Path, tiny: Path, real_small: Path) -> None:
    build = recipe(
        tmp_path,
        "sft",
        tiny,
        real_small,
        evaluation=real_small / "alpaca" / "alpaca_eval_mini.json",
        eval_strategy="steps",
        eval_steps=2,
        load_best_model_at_end=True,
        metric_for_best_model="eval_loss",
        greater_is_better=False,
        save_total_limit=1,
    )
    assert main([str(build)]) == 0
    assert json.loads((tmp_path / "summary.json").read_text())["last_eval_loss"] > 0
    assert len(list(tmp_path.glob("checkpoint-*"))) <= 2


@pytest.mark.train
@pytest.mark.slow
def test_two_processes(tmp_path: Path, tiny: Path, real_small: Path) -> None:
    """Under torchrun; test_recipes.py trains all six in two processes, test_job.py under torchrun."""
    builds = {
        (name, lora): recipe(tmp_path / f"{name}-{lora}", name, tiny, real_small, lora=lora, world=2)
        for name, lora in SIX
    }
    run_in_two(list(builds.values()))
    for (trainer, lora), build in builds.items():
        assert_complete(build.parent, lora=lora)
        assert len(losses(build.parent)) == 3, trainer


@pytest.mark.train
@pytest.mark.slow
@pytest.mark.parametrize("stage", [1, 2, 3])
def test_two_processes_under_deepspeed(tmp_path: Path, tiny: Path, real_small: Path, stage: int) -> None:
    """In 32 bit, ZeRO's losses are those of ddp; DPO in full has its reference model under each stage."""
    jobs = [("sft", True), ("sft", False), ("dpo", True), ("dpo", False)]
    folders = {job: tmp_path / f"{job[0]}-{job[1]}" for job in jobs}
    builds = [recipe(folders[n, lora], n, tiny, real_small, lora=lora, world=2, stage=stage) for n, lora in jobs]
    reference = recipe(tmp_path / "ddp", "sft", tiny, real_small, lora=False, world=2)
    run_in_two([reference])
    run_in_two(builds)
    for (_, lora), folder in folders.items():
        assert_complete(folder, lora=lora)
    assert losses(folders["sft", False]) == pytest.approx(losses(tmp_path / "ddp"), abs=CLOSE)


def run_in_two(builds: list[Path]) -> None:
    launcher = ["-m", "hpc_runner.torchrun", "--standalone", "--nnodes=1", "--nproc-per-node=2"]
    command = [sys.executable, *launcher, str(HERE / "many.py"), *map(str, builds)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr[-3000:]


@pytest.mark.train
def test_activations_on_the_host_change_no_loss(tmp_path: Path, tiny: Path, real_small: Path) -> None:
    seen = []
    for offload, reentrant in ((False, False), (True, False), (True, True)):
        folder = tmp_path / f"{offload}-{reentrant}"
        build = recipe(
            folder,
            "sft",
            tiny,
            real_small,
            lora=False,
            save_strategy="no",
            gradient_checkpointing=True,
            gradient_checkpointing_kwargs={"use_reentrant": reentrant},
            plan={"data": {"max_sequence_length": 256}, "model": {"offload_activations": offload}},
        )
        assert main([str(build)]) == 0
        seen.append(losses(folder))
    assert all(run == seen[0] for run in seen)


@pytest.mark.train
@pytest.mark.parametrize(
    "settings",
    [
        {"load_in_8bit": True},
        {"load_in_4bit": True, "bnb_4bit_quant_type": "nf4", "bnb_4bit_compute_dtype": "bfloat16"},
    ],
)
def test_quantized_and_merged_into_the_plain_base(
    tmp_path: Path, tiny: Path, real_small: Path, settings: dict[str, object]
) -> None:
    plan = {"data": {"max_sequence_length": 256}, "model": {"quantization": settings, "dtype": "bfloat16"}}
    assert main([str(recipe(tmp_path, "sft", tiny, real_small, bf16=True, plan=plan))]) == 0
    assert_complete(tmp_path, lora=True)
