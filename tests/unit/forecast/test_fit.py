"""Doctor and run refuse what cannot fit, before anything is loaded."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.unit.forecast.test_plan_command import LLAMA_70B

from hpc.check import check
from hpc.cli import main
from hpc.commands.doctor import conclusion
from hpc.forecast import this_device
from hpc.forecast.devices import named
from hpc.forecast.forecast import forecast
from hpc.source import read


@pytest.fixture(autouse=True)
def _job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder with a large model's config.json, and a job on it."""
    monkeypatch.chdir(tmp_path)
    Path("model").mkdir()
    Path("model/config.json").write_text(json.dumps(LLAMA_70B))
    row = {"instruction": "Capital of France?", "input": "", "output": "Paris."}
    Path("train.jsonl").write_text((json.dumps(row) + "\n") * 64)
    job = {"model": "model", "train_data": "train.jsonl", "training_type": "full", "batch_size": 64}
    Path("job.json").write_text(json.dumps(job))


def test_a_job_that_cannot_fit_is_an_error_with_its_causes_and_what_would_fit(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(this_device, "device_here", lambda _: named("16"))
    assert main(["doctor", "job.json"]) == 1
    text = capsys.readouterr().out
    assert "error[HPC552]: the job needs about" in text
    assert "optimizer" in text
    assert "GiB; enough: A6000-48GB" in " ".join(text.split())


def test_force_makes_it_a_warning(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "job.json", "--force"]) == 1  # the weights are not there
    text = capsys.readouterr().err
    assert "warning[HPC552]" in text
    assert "error[HPC552]" not in text


def test_a_job_that_may_not_fit_is_a_warning(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(this_device, "device_here", lambda _: named("2000"))
    assert main(["doctor", "job.json", "--set", "max_sequence_length=65536"]) == 1
    text = capsys.readouterr().out
    assert "warning[HPC553]: the job needs about" in text
    assert "to fit, set batch_size:" in text.replace("\n           ", " ")


@pytest.fixture
def _elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A model of the hub that is not in the cache; the runner finds nothing."""
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr("hpc.here._machine", lambda *_: [])
    monkeypatch.setattr("hpc.here.absent_packages", lambda _: [])
    Path("job.json").write_text(json.dumps({"model": "org/elsewhere", "train_data": "train.jsonl"}))


@pytest.mark.usefixtures("_elsewhere")
def test_nothing_is_ready_whose_size_is_not_known() -> None:
    job = check(read("job.json"), disk="ignored")
    assert conclusion(job, forecast(job.config), None) == (
        "No errors. Not checked: `model` (not in the cache), whether the job fits into the memory "
        "(no config.json of org/elsewhere on this machine; give --model-config)."
    )


@pytest.mark.usefixtures("_elsewhere")
def test_doctor_takes_a_model_config_from_elsewhere(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "job.json", "--model-config", "model/config.json", "--set", "training_type=full"]) == 1
    assert "error[HPC552]" in capsys.readouterr().out
    assert main(["doctor", "job.json", "--model-config", "gone.json"]) == 2
    assert "HPC721" in capsys.readouterr().err
