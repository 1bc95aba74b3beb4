"""`hpc plan --exact`, `--data` and `--probe`: what the runner answers, with its real parts in this process."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from tests.end_to_end.tiny import make_tiny, make_tokenizer

from hpc.cli import main
from hpc.forecast import from_runner
from hpc.forecast.forecast import schedule
from hpc.forecast.memory import KnownRows, memory_of
from hpc.forecast.schedule import Schedule
from hpc.memory.shape import LLAMA_LIKE, shape_of
from hpc.resolve import resolve
from hpc.source import read

pytestmark = pytest.mark.train

ALPACA = {"instruction": "Capital of France?", "input": "", "output": "Paris, of course."}
JOB = {
    "model": "model",
    "train_data": "train.jsonl",
    "output_dir": "out",
    "batch_size": 2,
    "gradient_accumulation_steps": 2,
    "max_sequence_length": 128,
    "mixed_precision": "none",
}
NEAR, LOOSER = 0.05, 0.08
"""How far the replay may be from `--exact`. Looser for adapters without checkpointing, where the replay counts about
115 kB too much: a twentieth of what a model as small as this takes."""


@pytest.fixture(autouse=True)
def _inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder with a model and data; the runner answers in this process, which has its libraries already."""
    from hpc_runner.__main__ import main as runner

    def ask(words: Sequence[str]) -> None:
        runner(words)

    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    monkeypatch.setenv("DS_ACCELERATOR", "cpu")
    monkeypatch.setenv("HPC_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(from_runner, "in_own_process", ask)
    make_tiny(Path("model"))
    Path("train.jsonl").write_text((json.dumps(ALPACA) + "\n") * 5)


def plan(capsys: pytest.CaptureFixture[str], *options: str, **values: Any) -> dict[str, Any]:
    Path("job.json").write_text(json.dumps({**JOB, **values}))
    capsys.readouterr()
    code = main(["plan", "job.json", "--format", "json", *options])
    said = capsys.readouterr()
    assert code == 0, said.err
    return dict(json.loads(said.out[said.out.index("{\n") :]))


@pytest.mark.parametrize(
    ("start", "near", "values"),
    [
        (1, NEAR, {"training_type": "full", "max_sequence_length": 512, "disable_gradient_checkpointing": True}),
        (60, LOOSER, {"lora_rank": 8, "mixed_precision": "bf16", "disable_gradient_checkpointing": True}),
        (1, NEAR, {"training_type": "full", "trainer": "dpo"}),
    ],
    ids=["full", "lora with a prompt", "dpo"],
)
def test_the_real_step_without_weights_takes_what_the_replay_says(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, start: int, near: float, values: dict[str, Any]
) -> None:
    monkeypatch.setattr("hpc.commands.plan.schedule", lambda _: Schedule(None, None, None, frozenset(), None, start))
    found = plan(capsys, "--exact", **values)["memory"]
    settings = json.loads(Path("model/config.json").read_text())
    replay = memory_of(resolve(read("job.json")), settings, gpu=False, rows=KnownRows(start=start))
    assert replay is not None
    assert found["expected"] == pytest.approx(replay.expected, rel=near)
    assert found["low"] <= found["expected"] == sum(cause["bytes"] for cause in found["by_cause"].values())
    assert not Path("out").exists()


@pytest.mark.parametrize("family", LLAMA_LIKE)
def test_a_known_family_has_the_weights_that_transformers_makes(family: str) -> None:
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    sizes = {"hidden_size": 64, "intermediate_size": 96, "num_hidden_layers": 3, "num_attention_heads": 32}
    ids = {"pad_token_id": 0, "bos_token_id": 0, "eos_token_id": 0}
    written = {"model_type": family, "vocab_size": 384, **sizes}
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(AutoConfig.for_model(**written, **ids))
    shape = shape_of(written)
    assert shape is not None
    assert shape.parameters == sum(each.numel() for each in model.parameters())


def test_a_family_that_the_replay_does_not_know_has_an_exact_memory(capsys: pytest.CaptureFixture[str]) -> None:
    from transformers import GPTNeoXConfig

    sizes = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4}
    GPTNeoXConfig(vocab_size=512, **sizes).save_pretrained("neox")
    assert plan(capsys, model="neox")["memory"] is None
    found = plan(capsys, "--exact", model="neox", target_modules="all-linear")
    assert found["fits"] is True
    assert found["memory"]["expected"] > found["memory"]["low"] > 0


def test_a_config_json_elsewhere_is_enough(capsys: pytest.CaptureFixture[str]) -> None:
    given = plan(capsys, "--exact", "--model-config", "model/config.json", model="org/elsewhere")
    assert "gradients and activations" in given["memory"]["by_cause"]


@pytest.mark.parametrize("values", [{"quantization_bit": "int4"}, {"distributed_backend": "deepspeed"}])
def test_what_cannot_be_exact_is_refused(capsys: pytest.CaptureFixture[str], values: dict[str, Any]) -> None:
    Path("job.json").write_text(json.dumps({**JOB, **values}))
    assert main(["plan", "job.json", "--exact"]) == 1
    assert "error[HPC555]: --exact cannot compute" in capsys.readouterr().err


def test_tokenized_rows_are_counted_and_remembered(capsys: pytest.CaptureFixture[str]) -> None:
    assert plan(capsys)["exact"]["tokens"] is False
    counted = plan(capsys, "--data")
    assert counted["exact"] == {"steps": True, "rows": True, "tokens": True}
    texts = [message["content"] for message in ({"content": ALPACA["instruction"]}, {"content": ALPACA["output"]})]
    least = sum(len(make_tokenizer()(text)["input_ids"]) for text in texts)
    assert counted["tokens"] > 5 * least
    assert plan(capsys)["tokens"] == counted["tokens"]
    assert schedule(resolve(read("job.json"))).start > len(make_tokenizer()(ALPACA["instruction"])["input_ids"])


def test_real_steps_give_a_time_and_leave_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    found = plan(capsys, "--data", "--probe", "--price", "2", epochs=200)
    assert 0 < found["time"]["low"] < found["time"]["high"]
    assert found["cost"]["high"] == pytest.approx(found["time"]["high"] / 3600 * 2)
    assert {path.name for path in Path().iterdir()} == {"model", "train.jsonl", "job.json", "cache"}


def test_a_trial_run_that_fails_says_why(capsys: pytest.CaptureFixture[str]) -> None:
    Path("job.json").write_text(json.dumps({**JOB, "train_data": "gone.jsonl"}))
    assert main(["plan", "job.json", "--probe"]) == 1
    assert "error[HPC556]: the trial run failed: error[HPC520]" in capsys.readouterr().err
