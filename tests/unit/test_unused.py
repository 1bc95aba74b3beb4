"""What a job does not use is kept out of its processes, and only that."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.end_to_end.runner.compiled import compiled

from hpc_runner import unused
from hpc_runner.plan import load_plan

ALL = ["deepspeed", "bitsandbytes", "wandb", "mlflow"]
PUBLISHED = {"quantization_config": {"quant_method": "bitsandbytes", "load_in_4bit": True}}


@pytest.mark.parametrize(
    ("job", "model", "rank", "used"),
    [
        ({}, {}, 0, []),
        ({"report_to": ["mlflow", "tensorboard"]}, {}, 0, ["mlflow"]),
        ({"report_to": ["mlflow", "wandb"]}, {}, 1, ["wandb"]),
        ({"stage": 2, "world": 2}, {}, 1, ["deepspeed"]),
        ({"optim": "adamw_8bit"}, {}, 0, ["bitsandbytes"]),
        ({"plan": {"model": {"quantization": {"load_in_8bit": True}}}}, {}, 0, ["bitsandbytes"]),
        ({}, PUBLISHED, 0, ["bitsandbytes"]),
        ({}, {"text_config": PUBLISHED}, 0, ["bitsandbytes"]),
        ({"model": "org/not-here-yet"}, {}, 0, ["bitsandbytes"]),
    ],
)
def test_what_a_job_uses_stays(
    job: dict[str, Any],
    model: dict[str, Any],
    rank: int,
    used: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("RANK", str(rank))
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "llama", **model}))
    build = compiled(tmp_path / "run", "sft", **{"model": tmp_path, "train": "rows.json", **job})
    assert unused.unused(load_plan(build)) == [library for library in ALL if library not in used]


def test_a_library_is_left_out_only_where_it_is_not_there_yet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unused, "unused", lambda _plan: ["json", "no_such_library"])
    unused.leave_out(load_plan(compiled(tmp_path / "run", "sft", model=tmp_path, train="rows.json")))
    assert sys.modules["json"] is json
    assert sys.modules.pop("no_such_library", json) is None
