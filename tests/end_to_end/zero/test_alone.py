"""DeepSpeed itself, without transformers, takes the compiled file and trains by it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from tests.end_to_end.jobs import ENVIRONMENT

from hpc.compile import compile_document
from hpc.source import parse

pytestmark = pytest.mark.train

ALONE = Path(__file__).with_name("alone.py")
CASES = {f"zero{stage}_{precision}": (stage, precision) for stage in (1, 2, 3) for precision in ("none", "bf16")}


def write(folder: Path, stage: int, precision: str) -> str:
    config = {
        "distributed_backend": "deepspeed",
        "zero_stage": stage,
        "mixed_precision": precision,
        "devices_per_node": 2,
        "batch_size": 3,
        "gradient_accumulation_steps": 2,
        "max_grad_norm": 0 if precision == "none" else 0.5,
    }
    artifacts = compile_document(parse(json.dumps(config), "json", "job.json")).artifacts
    path = folder / f"zero{stage}_{precision}.json"
    path.write_text(artifacts["deepspeed.json"].text)
    return str(path)


@pytest.fixture(scope="module")
def understood(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, object]]:
    folder = tmp_path_factory.mktemp("alone")
    files = [write(folder, *case) for case in CASES.values()]
    torchrun = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    environment = {**ENVIRONMENT, "DS_ACCELERATOR": "cpu"}
    command = [sys.executable, *torchrun, str(ALONE), *files]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    return {Path(file).stem: values for file, values in json.loads(done.stdout.splitlines()[-1]).items()}


@pytest.mark.parametrize("name", CASES)
def test_deepspeed_understands_what_is_meant(name: str, understood: dict[str, dict[str, object]]) -> None:
    stage, precision = CASES[name]
    engine = understood[name]
    assert engine["stage"] == stage
    assert engine["batch"] == 3 * 2 * 2
    assert engine["clipping"] == (0.0 if precision == "none" else 0.5)
    assert engine["dtype"] == ("torch.bfloat16" if precision == "bf16" else "torch.float32")
    assert engine["last"] < engine["first"]
