"""Six families × one cell of the family matrix; `make families` runs all of it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.families import matrix
from tests.families.tiny import make

CHOSEN = {
    "qwen3_moe": "SFT LoRA",
    "gemma3": "SFT LoRA",
    "gpt2": "SFT full",
    "gemma2": "DPO LoRA",
    "llama": "int4 LoRA",
    "phi3": "SFT full",
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    import mlflow

    before = dict(os.environ)
    matrix.warm()
    folder = tmp_path_factory.mktemp("families")
    os.environ["MLFLOW_TRACKING_URI"] = f"sqlite:///{folder}/mlflow.db"
    mlflow.MlflowClient(os.environ["MLFLOW_TRACKING_URI"]).search_experiments()
    yield folder
    os.environ.clear()
    os.environ |= before


@pytest.mark.train
@pytest.mark.parametrize("family", CHOSEN)
def test_family(family: str, home: Path) -> None:
    made = matrix.in_fork(lambda: str(make(family, home / family)), home / "make.log")
    assert made == str(home / family)
    matrix.write_data(home / family)
    assert matrix.judge(family, CHOSEN[family], home / family).wrong == []
