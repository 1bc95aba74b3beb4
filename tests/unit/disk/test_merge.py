"""`hpc merge` refuses what cannot be merged, by name, before a library is loaded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.unit.disk.worlds import make_model, write

from hpc.cli import main

ADAPTER = {"r": 8, "base_model_name_or_path": "base"}


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    make_model(Path("base"))
    write(Path("run/final/adapter_config.json"), ADAPTER)


def quantized() -> None:
    make_model(Path("base"), config={"quantization_config": {"quant_method": "gptq"}})


def whole_model() -> None:
    Path("run/final/adapter_config.json").unlink()
    make_model(Path("run/final"))


def unnamed() -> None:
    write(Path("run/final/adapter_config.json"), {"r": 8})


def merged_already() -> None:
    Path("run/merged").mkdir()


def own_code() -> None:
    make_model(Path("base"), config={"model_type": "my", "auto_map": {"AutoConfig": "my.My"}})


def pointer() -> None:
    Path("base/model.safetensors").write_text("version https://git-lfs.github.com/spec/v1\n")


REFUSED = [
    (["nowhere"], None, "HPC584", "the folder nowhere does not exist"),
    (["base"], None, "HPC584", "base is a whole model, not an adapter"),
    (["run"], whole_model, "HPC584", "final is a whole model"),
    (["run"], unnamed, "HPC585", "--set model=BASE"),
    (["run"], merged_already, "HPC586", "run/merged already exists"),
    (["run", "-o", "base"], None, "HPC586", "base already exists"),
    (["run"], quantized, "HPC509", "already quantized"),
    (["run"], own_code, "HPC580", "Python code"),
    (["run"], pointer, "HPC519", "git lfs pull"),
    (["run", "--set", "model=./absent"], None, "HPC501", "./absent"),
    (["run", "--set", "model=run/final"], None, "HPC517", "run/final is a LoRA adapter"),
]


@pytest.mark.parametrize(("words", "change", "code", "text"), REFUSED)
def test_refused(words: list[str], change: Any, code: str, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    if change:
        change()
    before = set(Path.cwd().rglob("*"))
    assert main(["merge", *words]) != 0
    said = " ".join(capsys.readouterr().err.split())
    assert code in said
    assert text in said
    assert set(Path.cwd().rglob("*")) == before


def test_only_the_base_can_be_set(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["merge", "run", "--set", "seed=7"])
    assert "only model can be set here: --set model=BASE" in capsys.readouterr().err


@pytest.mark.parametrize("code", ["HPC587", "HPC588"])
def test_what_only_the_weights_show_has_a_page(code: str, capsys: pytest.CaptureFixture[str]) -> None:
    """They are tested with real weights in tests/families/test_models.py."""
    assert main(["explain", code]) == 0
    assert f"# {code}: " in capsys.readouterr().out
