"""What a run shows: rates without what is not training, preferences, and what to do with the result."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from hpc_runner import progress, report

STATE: Any = SimpleNamespace(is_world_process_zero=True, global_step=10, max_steps=100)


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    monkeypatch.setattr(progress.time, "monotonic", found)
    return found


def test_a_rate_leaves_out_loading_evaluation_and_saving(clock: Clock) -> None:
    clock.now = 500.0  # loading
    rates = progress.Rates()
    for step in range(1, 5):
        rates.begin()
        clock.now += 2.0
        rates.end()
        clock.now += 100.0  # evaluation and a checkpoint
        if step == 2:
            assert rates.text({"loss": 1.0, "num_tokens": 400}, step) == "100 tokens/s"
    assert rates.text({"loss": 1.0, "num_tokens": 1200}, 4) == "200 tokens/s"


def test_steps_where_no_tokens_are_counted(clock: Clock) -> None:
    rates = progress.Rates(first_step=6)
    for _ in range(4):
        rates.begin()
        clock.now += 0.5
        rates.end()
    assert rates.text({"loss": 1.0}, 10) == "2.00 steps/s"
    assert rates.text({"eval_loss": 1.0}, 10) == ""


def test_preferences_are_shown() -> None:
    logs = {"loss": 0.5, "rewards/accuracies": 0.75, "rewards/margins": 0.1234, "rewards/chosen": 1.0}
    assert progress.measures(logs) == ["loss 0.5000", "accuracy 0.75", "margin 0.123"]


SUMMARY = {
    "output_dir": "runs/a",
    "ended": None,
    "steps": 3,
    "first_loss": 2.0,
    "last_loss": 1.0,
    "last_eval_loss": None,
    "seconds": 1.0,
    "trained_parameters": 1,
    "all_parameters": 2,
    "peak_gpu_bytes": None,
    "results": {"adapter": "runs/a/final", "merged model": "runs/a/merged"},
}


def test_the_end_says_what_to_do_with_the_result() -> None:
    rows = dict(report._rows(SUMMARY))
    assert rows["loss curve"] == "runs/a/loss.png"
    following = dict(report._next(SUMMARY))
    assert following["ask it"] == "hpc ask runs/a"
    assert following["load it"] == 'AutoModelForCausalLM.from_pretrained("runs/a/merged")'


def test_an_adapter_alone_and_no_result() -> None:
    alone = {**SUMMARY, "results": {"adapter": "runs/a b/final"}, "output_dir": "runs/a b"}
    rows = dict(report._next(alone))
    assert rows["load it"] == 'AutoPeftModelForCausalLM.from_pretrained("runs/a b/final")'
    assert rows["ask it"] == "hpc ask 'runs/a b'"
    assert report._next({**SUMMARY, "results": {}, "ended": "NaN"}) == []


def test_what_is_to_be_copied_stands_on_one_line(capsys: pytest.CaptureFixture[str], monkeypatch: Any) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    folder = f"runs/{'long' * 20}"
    report.show({**SUMMARY, "name": "a", "output_dir": folder, "results": {"model": f"{folder}/final"}})
    lines = capsys.readouterr().err.splitlines()
    assert f'load it: AutoModelForCausalLM.from_pretrained("{folder}/final")' in lines
    assert f"ask it:  hpc ask {folder}" in lines
