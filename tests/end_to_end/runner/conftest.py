from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from tests.end_to_end.tiny import MARKED, make_tiny

ROOT = Path(__file__).parents[3]
DATA = ROOT.parent / "shared" / "data"


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny(tmp_path_factory.mktemp("tiny") / "model")


@pytest.fixture(scope="session")
def tiny_marked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny(tmp_path_factory.mktemp("tiny") / "marked", template=MARKED)


@pytest.fixture(scope="session")
def tiny_bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny(tmp_path_factory.mktemp("tiny") / "bare", template=None)


@pytest.fixture(scope="session")
def real_data() -> Path:
    if not DATA.is_dir():
        pytest.skip(f"the real data sets are not at {DATA}")
    return DATA


@pytest.fixture(scope="session")
def real_small(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first rows of the real files, under the same names: enough for a few steps."""
    folder = tmp_path_factory.mktemp("data")
    for path in real_data.rglob("*.json"):
        rows = json.loads(path.read_text(encoding="utf-8"))[:40]
        (folder / path.parent.name).mkdir(exist_ok=True)
        (folder / path.parent.name / path.name).write_text(json.dumps(rows))
    return folder


def start(*arguments: str, world: int = 1, timeout: float = 240) -> subprocess.CompletedProcess[str]:
    """Run the runner as users do: a process of its own, under torchrun when there are several."""
    launcher = ["-m", "hpc_runner.torchrun", "--standalone", "--nnodes=1", f"--nproc-per-node={world}"]
    command = [sys.executable, *(launcher if world > 1 else []), "-m", "hpc_runner", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=timeout)
