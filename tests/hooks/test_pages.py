"""The pages about hooks and workflows: what they show can be copied and works."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

from hpc.cli import main

ROOT = Path(__file__).resolve().parents[2]


def blocks(page: str) -> list[Any]:
    text = (ROOT / "docs/how-to" / page).read_text(encoding="utf-8")
    return [yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)]


def test_pre_commit_accepts_the_hooks_and_the_example(tmp_path: Path) -> None:
    clientlib = pytest.importorskip("pre_commit.clientlib", reason="pre-commit is not installed")
    hooks = clientlib.load_manifest(str(ROOT / ".pre-commit-hooks.yaml"))
    (example,) = blocks("hooks.md")
    config = tmp_path / ".pre-commit-config.yaml"
    config.write_text(yaml.safe_dump(example))
    used = clientlib.load_config(str(config))["repos"][0]["hooks"]
    assert sorted(hook["id"] for hook in used) == sorted(hook["id"] for hook in hooks)
    assert all(hook["files"] == "^$" for hook in hooks), "no file is looked at unless it is named"


def test_the_commands_of_the_workflow_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    workflow, _upload = blocks("github.md")
    steps = [step["run"] for step in workflow["jobs"]["hpc"]["steps"] if step.get("run", "").startswith("hpc ")]
    monkeypatch.chdir(tmp_path)
    Path("configs").mkdir()
    config = Path("configs/train_a.json")
    config.write_text('{"learning_rate": 2e-4}')
    assert main(["compile", "configs/train_a.json", "-o", "compiled/train_a"]) == 0
    words = [shlex.split(step.replace("configs/*.json", "configs/train_a.json"))[1:] for step in steps]
    assert [main(step) for step in words] == [0, 0]
    config.write_text('{"training_type": "full", "quantization_bit": "int4"}')
    assert [main(step) for step in words] == [1, 1]
    assert re.search(r"^::error file=configs/train_a.json,line=1,.*HPC201", capsys.readouterr().out, re.MULTILINE)
