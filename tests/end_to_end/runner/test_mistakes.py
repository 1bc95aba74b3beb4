"""A user's mistake is explained: a code, a reason, a fix, exit code 1, and never a traceback."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tests.end_to_end.runner.compiled import compiled
from tests.end_to_end.runner.conftest import start

from hpc_disk.checkpoints import incomplete
from hpc_disk.problems import problem_from
from hpc_runner import preflight
from hpc_runner.__main__ import main

ROWS = [{"instruction": f"say {n}", "input": "", "output": f"{n}"} for n in range(8)]


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    (tmp_path / "rows.json").write_text(json.dumps(ROWS))
    return tmp_path / "rows.json"


def refused(build: Path, capsys: pytest.CaptureFixture[str], *options: str) -> str:
    assert main([str(build), *options]) == 1
    text = capsys.readouterr().err
    assert "Traceback" not in text
    assert "help: " in text
    return text


CASES: list[tuple[str, str, dict[str, Any]]] = [
    ("HPC704", "`model` is not set", {"model": None}),
    ("HPC501", "the folder no/such/model does not exist", {"model": "no/such/model"}),
    ("HPC529", "nobody/nothing is not on this disk", {"model": "nobody/nothing"}),
    ("HPC704", "`train_data` is not set", {"train": None}),
    ("HPC520", "there is no file or folder missing/rows.json", {"train": "missing/rows.json"}),
    ("HPC810", "fp16 needs a GPU", {"fp16": True}),
    ("HPC812", "flash_attention_v2 needs a GPU", {"plan": {"model": {"attention": "flash_attention_2"}}}),
    ("HPC813", "liger_kernel needs", {"use_liger_kernel": True}),
    ("HPC816", "compiled for trl >=99.0, but", {"plan": {"versions": {"trl": ">=99.0"}}}),
    ("HPC816", "--for trl==", {"plan": {"versions": {"transformers": ">=4.53,<5"}}}),
    ("HPC803", "the plan is for 4 processes", {"world": 4}),
    ("HPC506", "`target_modules` names", {"lora_changes": {"target_modules": ["q_porj", "v_proj"]}}),
    ("HPC506", "`target_modules` names", {"lora_changes": {"target_modules": ["nothing", "norm"]}}),
    ("HPC801", "unknown class os.system", {"plan": {"trainer": {"class": "os.system"}}}),
    ("HPC801", "refuses the compiled arguments", {"no_such_argument": 1}),
]


@pytest.mark.parametrize(("code", "text", "changes"), CASES)
def test_is_explained(
    tmp_path: Path,
    tiny: Path,
    rows: Path,
    capsys: pytest.CaptureFixture[str],
    code: str,
    text: str,
    changes: dict[str, Any],
) -> None:
    build = compiled(tmp_path / "run", "sft", **{"model": tiny, "train": rows, **changes})
    said = refused(build, capsys)
    assert f"error[{code}]" in said
    assert text in said


def test_everything_that_is_missing_is_told_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    build = compiled(tmp_path / "run", "sft", model=None, train=None, fp16=True)
    said = refused(build, capsys)
    assert "`model` and `train_data` are not set" in said
    assert "error[HPC810]" in said


def test_check_writes_the_same_into_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    build, answer = compiled(tmp_path / "run", "sft", model=None, train=None, fp16=True), tmp_path / "answer.json"
    assert main([str(build), "--check", str(answer)]) == 1
    assert capsys.readouterr().out == ""
    problems = [problem_from(entry) for entry in json.loads(answer.read_text())]
    assert {(p.code, p.subject) for p in problems} == {("HPC704", "model"), ("HPC810", "mixed_precision")}
    assert not (tmp_path / "run" / "late_bound.json").exists()


def test_bad_rows_are_refused_and_can_be_left_out(
    tmp_path: Path, tiny: Path, rows: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows.write_text(json.dumps([*ROWS, {"instruction": 3, "output": "x"}]))
    build = compiled(tmp_path / "run", "sft", model=tiny, train=rows, lora=False, max_steps=1, save_strategy="no")
    assert "row 9: `instruction` is a number" in refused(build, capsys)
    assert main([str(build), "--skip-bad-rows"]) == 0


def test_a_changed_or_broken_folder_is_refused(
    tmp_path: Path, tiny: Path, rows: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    build = compiled(tmp_path / "run", "sft", model=tiny, train=rows)
    peft = build / "peft.json"
    peft.write_text(peft.read_text().replace('"r": 4', '"r": 8'))
    assert "error[HPC802]" in refused(build, capsys)
    peft.unlink()
    assert "error[HPC801]" in refused(build, capsys)
    (build / "plan.json").write_text('{"format": 2}')
    assert "reads format 1" in refused(build, capsys)
    (build / "plan.json").write_text('{"format": 1}')
    assert "lacks 'trainer'" in refused(build, capsys)
    (build / "plan.json").write_text("{")
    assert "is not JSON" in refused(build, capsys)
    assert "cannot read" in refused(tmp_path / "nowhere", capsys)


def test_a_finished_run_is_not_overwritten_by_accident(
    tmp_path: Path, tiny: Path, rows: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "run"
    build = compiled(output, "sft", model=tiny, train=rows)
    (output / "final").mkdir()
    (output / "checkpoint-2").mkdir()
    (output / "merged").symlink_to(tmp_path)
    (output / "notes.txt").write_text("mine")
    said = refused(build, capsys)
    assert "final, merged, checkpoint-2" in said
    assert "--overwrite" in said
    build = compiled(output, "sft", model=tmp_path / "no-model", train=rows)
    (tmp_path / "no-model").mkdir()
    assert "HPC502" in refused(build, capsys, "--overwrite")
    assert (output / "checkpoint-2").exists(), "it goes only when what replaces it can be trained"
    build = compiled(output, "sft", model=tiny, train=rows, lora=False, max_steps=1, save_strategy="no")
    assert main([str(build), "--overwrite"]) == 0
    assert not (output / "checkpoint-2").exists()
    assert not (output / "merged").is_symlink()
    assert (output / "final" / "model.safetensors").exists()
    assert (output / "notes.txt").read_text() == "mine"


def test_an_output_folder_that_cannot_be_made(
    tmp_path: Path, tiny: Path, rows: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    build = compiled(tmp_path / "run", "sft", model=tiny, train=rows, output_dir=str(rows / "below-a-file"))
    assert "error[HPC830]" in refused(build, capsys)


def test_under_torchrun_the_error_is_told_once(tmp_path: Path, tiny: Path) -> None:
    build = compiled(tmp_path / "run", "sft", model=tiny, train="missing/rows.json", world=2)
    done = start(str(build), world=2)
    assert done.returncode == 1
    assert done.stderr.count("error[HPC520]") == 1
    assert "Traceback" not in done.stderr


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 700 KiB: two checkpoints of the tiny model are too much for it."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=700k", "tmpfs", str(folder)], capture_output=True)
    if mounted.returncode != 0:
        pytest.skip("mounting a small disk needs root")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.train
def test_a_full_disk_is_explained_and_nothing_is_lost(
    small_disk: Path, tiny: Path, rows: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    build = compiled(small_disk / "run", "sft", model=tiny, train=rows, lora=False, save_steps=1)
    assert "error[HPC861]" in refused(build, capsys)
    assert incomplete(small_disk / "run" / "checkpoint-1") is None
    assert incomplete(small_disk / "run" / "checkpoint-2") is not None
    assert not (small_disk / "run" / "final").exists()


def test_an_adapter_is_neither_a_compiled_folder_nor_a_base(
    tmp_path: Path, rows: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    adapter = tmp_path / "final"
    adapter.mkdir()
    (adapter / "adapter_config.json").write_text(json.dumps({"r": 8, "base_model_name_or_path": "models/base"}))
    assert "the folder that `hpc compile -o` wrote" in refused(adapter, capsys)
    said = refused(compiled(tmp_path / "run", "sft", model=adapter, train=rows), capsys)
    assert f"{adapter} is a LoRA adapter" in said
    assert "models/base" in said


def test_a_run_that_the_runner_refuses_leaves_nothing_behind(
    tmp_path: Path, tiny: Path, rows: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hpc.cli import main as hpc

    monkeypatch.chdir(tmp_path)
    job = {"model": str(tiny), "train_data": str(rows), "output_dir": "out", "mixed_precision": "none"}
    Path("job.json").write_text(json.dumps({**job, "chat_template": "absent.jinja"}))
    before = sorted(tmp_path.rglob("*"))
    assert hpc(["run", "job.json"]) == 1
    assert sorted(tmp_path.rglob("*")) == before


def test_a_missing_library_beside_one_of_another_release(monkeypatch: pytest.MonkeyPatch) -> None:
    def version(name: str) -> str:
        if name == "trl":
            raise PackageNotFoundError(name)
        return "1.0"

    monkeypatch.setattr(preflight, "version", version)
    plan: Any = SimpleNamespace(versions={"trl": ">=1", "transformers": ">=99"}, source="job.json", folder="build")
    missing, other = preflight._versions(plan)
    assert (missing.code, other.code) == ("HPC550", "HPC816")
    assert "--for transformers==1.0" in other.help
