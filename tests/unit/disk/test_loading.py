"""What transformers says of a model that it loads, in one line each, with the way out."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.disk.worlds import make_model

from hpc_runner.loading import of_loading, reason_of, unloadable


def test_what_is_missing_or_has_another_size_is_refused() -> None:
    """Else transformers would fill it with random numbers."""
    found = {"missing_keys": {"d", "c", "b", "a"}, "mismatched_keys": {("norm", (16,), (32,))}, "unexpected_keys": ()}
    sizes, absent = of_loading("model", found)
    assert (sizes.code, sizes.severity) == (absent.code, absent.severity) == ("HPC514", "error")
    assert sizes.message == "norm is 16 in the weights of model, but 32 by its config.json"
    assert absent.message == (
        "the weights of model lack a, b, c … (4 tensors), which would be trained from random numbers"
    )


def test_what_has_no_use_is_noted() -> None:
    (said,) = of_loading("model", {"unexpected_keys": {"score.weight"}})
    assert (said.severity, said.message) == (
        "note",
        "the weights of model have tensors that the model has no use for: score.weight",
    )
    assert list(of_loading("model", {})) == []


@pytest.mark.parametrize(
    ("what", "code"), [("settings", "HPC516"), ("generation settings", "HPC516"), ("tokenizer", "HPC503")]
)
def test_the_part_that_cannot_be_loaded_is_named(
    what: str, code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    make_model(Path("model"))
    error = unloadable(what, "model", ValueError("Validation error for field 'x':\n    TypeError: expected int\n"))
    assert (error.code, error.subject) == (code, "model")
    assert error.message == f"cannot load the {what} of model: Validation error for field 'x': TypeError: expected int"
    elsewhere = unloadable(what, "org/model", ValueError("offline"))
    assert (elsewhere.code, elsewhere.message) == ("HPC501", f"cannot load the {what} of org/model: offline")


def test_code_and_families_that_are_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    make_model(Path("model"), config={"model_type": "Llama"})
    unknown = unloadable("settings", "model", ValueError("does not recognize this architecture"))
    assert (unknown.code, unknown.help[:21]) == ("HPC583", 'did you mean "llama"?')
    assert unloadable("model", "model", ValueError("pass trust_remote_code=True")).code == "HPC580"
    assert reason_of(KeyError()) == "KeyError"
