"""``hpc plan`` as users call it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from tests.unit.forecast.test_memory import LLAMA_8B

from hpc.cli import main
from hpc.forecast import faster, this_device
from hpc.forecast.devices import Device, named
from hpc.forecast.forecast import Asked, forecast
from hpc.forecast.text import brief
from hpc.memory.step import peaks
from hpc.resolve import resolve
from hpc.source import read

LLAMA_70B = {
    **LLAMA_8B,
    "hidden_size": 8192,
    "intermediate_size": 28672,
    "num_hidden_layers": 80,
    "num_attention_heads": 64,
}
KEYS = {"steps", "rows", "tokens", "exact", "memory", "device", "fits", "changes", "time", "cost"}


@pytest.fixture(autouse=True)
def _inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def plan(values: dict[str, Any], *options: str, settings: dict[str, Any] | None = None) -> int:
    Path("job.json").write_text(json.dumps(values))
    given = []
    if settings is not None:
        Path("config.json").write_text(json.dumps(settings))
        given = ["--model-config", "config.json"]
    return main(["plan", "job.json", *given, *options])


def answer(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    found = json.loads(capsys.readouterr().out)
    assert set(found) == KEYS
    return dict(found)


def test_a_run_begins_with_its_steps_and_its_memory() -> None:
    Path("model").mkdir()
    Path("model/config.json").write_text(json.dumps(LLAMA_8B))
    Path("rows.json").write_text(json.dumps([{"instruction": "Who?", "output": "I."}] * 8))
    Path("job.json").write_text(json.dumps({"model": "model", "train_data": "rows.json"}))
    config = resolve(read("job.json"))
    steps, memory = brief(config, forecast(config, Asked(device=named("24"))))
    assert steps == "2 steps of 4 rows"
    assert re.fullmatch(r"memory: up to [\d.]+ GiB of 24\.0 GiB on each device", memory)


def test_a_job_that_cannot_fit_is_refused_with_what_would_fit(capsys: pytest.CaptureFixture[str]) -> None:
    job = {"training_type": "full", "batch_size": 64, "max_sequence_length": 131072, "devices_per_node": 2}
    assert plan(job, "--gpu", "H100-80GB", "--format", "json", settings=LLAMA_70B) == 1
    found = answer(capsys)
    assert found["fits"] is False
    assert found["memory"]["low"] > found["device"]["bytes"]
    assert found["changes"][-1]["expected"] <= found["device"]["bytes"]


def test_what_is_listed_as_a_change_that_fits_does_fit(capsys: pytest.CaptureFixture[str]) -> None:
    job = {"batch_size": 8, "max_sequence_length": 8192}
    assert plan(job, "--gpu", "24", "--format", "json", settings=LLAMA_8B) == 0
    first = answer(capsys)
    assert first["fits"] is None
    change = first["changes"][0]
    assert change["expected"] <= first["device"]["bytes"]
    sets = [word for key, value in change["set"].items() for word in ("--set", f"{key}={json.dumps(value)}")]
    assert plan(job, "--gpu", "24", "--format", "json", *sets, settings=LLAMA_8B) == 0
    second = answer(capsys)
    assert second["fits"] is True
    assert second["memory"]["expected"] == change["expected"]


@pytest.mark.parametrize(("rows", "steps"), [(8971, 423), (1916, 90)])
def test_the_steps_of_published_jobs(capsys: pytest.CaptureFixture[str], rows: int, steps: int) -> None:
    row = json.dumps({"instruction": "a", "input": "", "output": "b"}) + "\n"
    Path("train.jsonl").write_text(row * rows)
    job = {
        "train_data": "train.jsonl",
        "batch_size": 8,
        "gradient_accumulation_steps": 2,
        "devices_per_node": 4,
        "epochs": 3,
    }
    assert plan(job, "--format", "json") == 0
    found = answer(capsys)
    assert (found["rows"], found["steps"]) == (rows, steps)
    assert found["exact"] == {"rows": True, "steps": True, "tokens": False}


def test_what_is_not_known_is_null(capsys: pytest.CaptureFixture[str]) -> None:
    assert plan({}, "--format", "json", settings={"model_type": "mamba"}) == 0
    found = answer(capsys)
    assert found["memory"] is found["fits"] is found["steps"] is found["time"] is found["cost"] is None


def test_time_and_cost_follow_the_device_the_price_and_the_number_of_devices(
    capsys: pytest.CaptureFixture[str],
) -> None:
    row = json.dumps({"instruction": "a" * 2000, "input": "", "output": "b"}) + "\n"
    Path("train.jsonl").write_text(row * 500)
    job = {"train_data": "train.jsonl", "devices_per_node": 2}
    assert plan(job, "--gpu", "80", settings=LLAMA_8B) == 0
    assert "for 1 checkpoint" in capsys.readouterr().out
    costs = []
    for price in ("1", "3"):
        assert plan(job, "--gpu", "a100-80gb", "--price", price, "--format", "json", settings=LLAMA_8B) == 0
        found = answer(capsys)
        assert found["cost"]["low"] == pytest.approx(found["time"]["low"] / 3600 * 2 * float(price))
        costs.append(found["cost"]["high"])
    assert costs[1] == pytest.approx(3 * costs[0])


def test_an_unknown_device_lists_the_known_ones(capsys: pytest.CaptureFixture[str]) -> None:
    assert plan({}, "--gpu", "H1000") == 2
    assert "H100-80GB" in capsys.readouterr().err


def test_a_config_with_errors_is_not_planned(capsys: pytest.CaptureFixture[str]) -> None:
    assert plan({"batch_size": 0}) == 1
    assert "HPC105" in capsys.readouterr().err


def test_the_text_says_the_verdict_and_the_causes(capsys: pytest.CaptureFixture[str]) -> None:
    assert plan({"batch_size": 8, "max_sequence_length": 8192}, "--gpu", "80", settings=LLAMA_8B) == 0
    text = capsys.readouterr().out
    assert "fits on 80 GiB" in text
    assert "checkpointed hidden states  (batch_size, max_sequence_length, disable_gradient_checkpointing, " in text


def test_a_scheduler_s_file_comes_with_its_plan(capsys: pytest.CaptureFixture[str]) -> None:
    Path("model").mkdir()
    Path("model/config.json").write_text(json.dumps(LLAMA_8B))
    Path("job.json").write_text(json.dumps({"model": "model", "devices_per_node": 4}))
    assert main(["compile", "job.json", "--emit", "slurm.sbatch"]) == 0
    said = capsys.readouterr()
    assert said.out.startswith("#!/bin/bash")
    assert "on each of 4 GPUs; enough: T4-16GB" not in said.err
    assert "on each of 4 GPUs; enough: " in said.err
    assert "H100-80GB" in said.err


def test_changes_cause_no_error(capsys: pytest.CaptureFixture[str]) -> None:
    job = {"quantization_bit": "int4", "batch_size": 8, "max_sequence_length": 8192, "devices_per_node": 2}
    assert plan(job, "--gpu", "8", "--format", "json", settings=LLAMA_8B) in (0, 1)
    found = answer(capsys)
    assert found["changes"]
    for change in found["changes"]:
        sets = [word for key, value in change["set"].items() for word in ("--set", f"{key}={json.dumps(value)}")]
        assert main(["validate", "job.json", *sets]) == 0


def test_of_an_unknown_family_the_least_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    Path("model").mkdir()
    Path("model/config.json").write_text('{"model_type": "mamba"}')
    header = json.dumps({"w": {"dtype": "BF16", "shape": [1000, 2**20], "data_offsets": [0, 2**21 * 1000]}}).encode()
    Path("model/model.safetensors").write_bytes(len(header).to_bytes(8, "little") + header)
    assert plan({"model": "model", "training_type": "full"}, "--gpu", "8") == 0
    assert "mamba" in (said := capsys.readouterr().out)
    assert "at least 15.6 GiB" in said
    assert "verdict" not in said


def test_what_a_job_that_fits_could_do_without_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert plan({"batch_size": 1}, "--gpu", "80", settings=LLAMA_8B) == 0
    line = next(line for line in capsys.readouterr().out.splitlines() if line.startswith("faster"))
    assert "--set disable_gradient_checkpointing=true" in line
    assert plan({"batch_size": 1}, "--gpu", "17", settings=LLAMA_8B) == 0
    assert "faster" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("features", "said"), [("flags : fpu avx512f", True), ("flags : fpu avx512_bf16", False), ("", False)]
)
def test_a_cpu_without_instructions_for_bf16_is_faster_without(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, features: str, said: bool
) -> None:
    Path("cpuinfo").write_text(f"processor : 0\n{features}\n")
    monkeypatch.setattr(faster, "CPUINFO", Path("cpuinfo"))
    monkeypatch.setattr(this_device, "device_here", lambda _: Device("here", 2**40, {}, 0, None, "here"))
    assert plan({"mixed_precision": "bf16"}, settings=LLAMA_8B) == 0
    assert ("--set mixed_precision=none" in capsys.readouterr().out) is said


@pytest.mark.parametrize("gpu", ["0", "nan", "-5", "1e12"])
def test_a_memory_size_that_no_device_has_is_refused(capsys: pytest.CaptureFixture[str], gpu: str) -> None:
    assert plan({}, "--gpu", gpu) == 2
    assert f"no device has {gpu} GiB of memory" in capsys.readouterr().err


@pytest.mark.parametrize("price", ["-1", "nan", "inf", "much"])
def test_a_price_is_a_number_of_0_or_more(price: str) -> None:
    with pytest.raises(SystemExit) as ended:
        plan({}, f"--price={price}")
    assert ended.value.code == 2


def test_a_size_in_gb_is_one_in_gib(capsys: pytest.CaptureFixture[str]) -> None:
    sizes = []
    for gpu in ("80", "80GB", "80 GiB"):
        assert plan({}, "--gpu", gpu, "--format", "json", settings=LLAMA_8B) == 0
        sizes.append(answer(capsys)["device"])
    assert sizes == [{"name": "80 GiB", "bytes": 80 * 2**30}] * 3


def test_a_model_config_may_be_named_by_its_folder_and_must_be_one(capsys: pytest.CaptureFixture[str]) -> None:
    Path("model").mkdir()
    Path("model/config.json").write_text(json.dumps(LLAMA_8B))
    assert plan({}, "--gpu", "80", "--format", "json", "--model-config", "model") == 0
    assert answer(capsys)["fits"] is True
    assert plan({}, "--model-config", "job.json") == 2
    assert "it names no `model_type`" in capsys.readouterr().err


def test_a_known_family_without_its_sizes_is_not_called_unknown(capsys: pytest.CaptureFixture[str]) -> None:
    assert plan({"model": "some"}, settings={**LLAMA_8B, "hidden_size": None}) == 0
    assert "config.json of some lacks a size" in capsys.readouterr().out


def test_a_plan_replays_no_step_twice(capsys: pytest.CaptureFixture[str]) -> None:
    peaks.cache_clear()
    assert plan({"batch_size": 1}, "--gpu", "80", settings=LLAMA_8B) == 0
    assert "faster" in capsys.readouterr().out
    assert peaks.cache_info().misses == len(("expected, which is high, too", "low", "without checkpointing"))
