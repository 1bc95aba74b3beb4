"""``hpc diff``: two configs or runs at the level of compiled values, with their causes and a verdict."""

from __future__ import annotations

import itertools
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from hpc.cli import main
from hpc.compile import compile_document
from hpc.diff import KINDS, Side, compare, kind_of, side_of
from hpc.lowering import Row
from hpc.source import parse
from hpc.targets.registry import TARGETS
from hpc.targets.releases import DIFFERENCES
from hpc_disk.builds import build_of

BASE = {"model": "m", "train_data": "rows.jsonl", "batch_size": 4, "learning_rate": 2e-4}
SAME, DIFFERENT, WRONG = 0, 1, 2


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write("a.json")
    return tmp_path


def write(name: str, **changes: Any) -> str:
    Path(name).write_text(json.dumps({**BASE, **changes}, indent=2))
    return name


def diff(capsys: pytest.CaptureFixture[str], a: str, b: str, code: int) -> dict[str, Any]:
    assert main(["diff", a, b, "--format", "json"]) == code
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def keys(found: dict[str, Any]) -> set[str]:
    return {f"{d['artifact']}:{d['key']}" for d in found["differences"]}


def test_the_same_values_are_the_same_training(capsys: pytest.CaptureFixture[str]) -> None:
    Path("b.yaml").write_text(
        "learning_rate: 2e-4\ntrain_data: rows.jsonl\nmodel: m\nbatch_size: 4\noptimizer: adamw\n"
    )
    found = diff(capsys, "a.json", "b.yaml", SAME)
    assert found["verdict"] == "same training"
    assert keys(found) <= {
        "training_arguments.json:output_dir",
        "plan.json:name",
        "plan.json:source",
        "plan.json:tracking.run",
    }


def test_a_value_is_traced_to_both_lines(capsys: pytest.CaptureFixture[str]) -> None:
    write("b.json", learning_rate=1e-4)
    assert main(["diff", "a.json", "b.json"]) == DIFFERENT
    shown = capsys.readouterr().out
    assert "  training_arguments.json: learning_rate = 0.0002 -> 0.0001\n" in shown
    assert "    learning_rate: a.json:5:20 -> b.json:5:20\n" in shown
    assert "different training" in shown
    assert "b.json cannot resume from a checkpoint of a.json:\n" in shown
    assert "`learning_rate`" in shown.partition("cannot resume")[2]
    assert "source" not in shown, "that the files have other names is not worth a line"


@pytest.mark.parametrize(
    "changes",
    [
        {"output_dir": "elsewhere"},
        {"checkpoint_strategy": "no"},
        {"number_of_checkpoints": 2},
        {"logging_steps": 1},
        {"report_to": []},
        {"merge_adapter": False},
        {"eval_strategy": "epoch", "eval_data": "e.jsonl"},
        {"resume_from_checkpoint": True},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_files_and_logs_do_not_change_the_training(changes: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    found = diff(capsys, "a.json", write("b.json", **changes), SAME)
    assert found["verdict"] == "same training"
    assert found["resume"] == {"possible": True, "reasons": []}


@pytest.mark.parametrize(
    "changes",
    [
        {"batch_size": 2, "gradient_accumulation_steps": 8},
        {"batch_size": 2, "devices_per_node": 2},
        {"disable_gradient_checkpointing": True},
        {"unsloth_gradient_checkpointing": True},
        {"flash_attention_v2": True},
        {"liger_kernel": True},
        {"distributed_backend": "deepspeed"},
    ],
    ids=lambda changes: "-".join(changes),
)
def test_memory_only(changes: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    found = diff(capsys, "a.json", write("b.json", **changes), SAME)
    assert found["verdict"] == "same training, different memory and speed"


@pytest.mark.parametrize(
    "changes",
    [
        {"batch_size": 2},
        {"devices_per_node": 2},
        {"seed": 1},
        {"full_determinism": True},
        {"lora_rank": 8},
        {"training_type": "full"},
        {"trainer": "pt"},
        {"train_data": "others.jsonl"},
        {"model": "n"},
        {"mixed_precision": "fp16"},
        {"lr_scheduler_type": "cosine"},
        {"max_grad_norm": 0},
        {"quantization_bit": "int4"},
        {"target_modules": "q_proj"},
        {"training_type": "full", "distributed_backend": "deepspeed"},
    ],
    ids=lambda changes: "-".join(changes),
)
def test_different_training(changes: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    found = diff(capsys, "a.json", write("b.json", **changes), DIFFERENT)
    assert found["verdict"] == "different training"
    causes = {cause["field"] for d in found["differences"] if d["kind"] == "training" for cause in d["because"]}
    assert set(changes) & causes


def test_a_batch_of_other_shape_changes_a_loss_that_averages_within_it(capsys: pytest.CaptureFixture[str]) -> None:
    for loss, code in (("sigmoid", SAME), ("kto_pair", DIFFERENT), ("orpo", DIFFERENT)):
        a = write("a.json", trainer="dpo", pref_loss=loss)
        b = write("b.json", trainer="dpo", pref_loss=loss, batch_size=2, gradient_accumulation_steps=8)
        diff(capsys, a, b, code)


def test_what_chooses_the_best_checkpoint_changes_the_result(capsys: pytest.CaptureFixture[str]) -> None:
    best = {"save_best_checkpoint": True, "eval_strategy": "epoch", "eval_data": "e.jsonl"}
    a, b = write("a.json", **best), write("b.json", **{**best, "eval_data": "f.jsonl"})
    diff(capsys, a, b, DIFFERENT)


def test_an_artifact_that_one_side_lacks_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    write("b.json", distributed_backend="deepspeed")
    assert main(["diff", "a.json", "b.json"]) == SAME
    shown = capsys.readouterr().out
    assert shown.count("deepspeed.json: only") == 1
    assert "deepspeed.json: only of b.json" in shown


def whole_checkpoint(folder: Path) -> Path:
    """The files that a checkpoint needs to be complete, empty as they are."""
    folder.mkdir()
    (folder / "trainer_state.json").write_text('{"global_step": 3}')
    (folder / "model.safetensors").write_bytes((2).to_bytes(8, "little") + b"{}")
    for name in ("optimizer.pt", "scheduler.pt", "rng_state.pth"):
        zipfile.ZipFile(folder / name, "w").close()
    return folder


def test_other_rows_cannot_be_resumed(capsys: pytest.CaptureFixture[str]) -> None:
    found = diff(capsys, "a.json", write("b.json", train_data="others.jsonl"), DIFFERENT)
    assert [reason["code"] for reason in found["resume"]["reasons"]] == ["HPC539"]


def test_a_run_and_the_config_that_it_came_from(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compile", "a.json", "-o", "runs/a/build"]) == 0
    write("a.json", learning_rate=1e-4)
    capsys.readouterr()
    found = diff(capsys, "runs/a", "a.json", DIFFERENT)
    assert keys(found) == {"training_arguments.json:learning_rate"}
    assert found["resume"] is None, "the run has no checkpoint"
    checkpoint = whole_checkpoint(Path("runs/a/checkpoint-3"))
    (checkpoint / "hpc.json").write_text(json.dumps({"world_size": 1, "identity": {"learning_rate": 2e-4}}))
    found = diff(capsys, "runs/a", "a.json", DIFFERENT)
    assert [reason["code"] for reason in found["resume"]["reasons"]] == ["HPC537"]
    assert diff(capsys, "runs/a", "runs/a/build", SAME)["differences"] == []


def test_what_comes_with_a_trainer_is_a_count(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", "a.json", write("b.json", trainer="pt")]) == DIFFERENT
    shown = capsys.readouterr().out
    assert "other values that trainer sets" in shown
    assert "packing_strategy" not in shown
    assert "  plan.json: data.kind = " in shown


def test_wrong_requests(capsys: pytest.CaptureFixture[str]) -> None:
    Path("empty").mkdir()
    Path("bad.json").write_text('{"epochs": 0}')
    Path("half/build").mkdir(parents=True)
    Path("half/build/plan.json").write_text('{"hpc": "1", "trai')
    for other, said in (("empty", "HPC730"), ("nowhere.json", "HPC001"), ("bad.json", "HPC105"), ("half", "HPC730")):
        assert main(["diff", "a.json", other]) == WRONG
        assert said in capsys.readouterr().err
    assert main(["diff", "gone.json", "bad.json"]) == WRONG
    told = capsys.readouterr().err
    assert "HPC001" in told, "both are reported at once"
    assert "HPC105" in told


def test_every_key_of_every_table_has_a_kind() -> None:
    """A new key is a change of the training until somebody says otherwise; a kind without a key is a mistake."""
    tables = {t.artifact: [row.key for table in t.tables.values() for row in table] for t in TARGETS}
    known = {f"{artifact}:{key}" for artifact, rows in tables.items() for key in rows if key}
    known |= {f"{d.artifact}:{row.key}" for d in DIFFERENCES for row in d.rows(Row((), d.key, str))}
    known |= {"plan.json:name", "plan.json:source", "plan.json:tracking.run", "plan.json:artifacts"}
    for prefix in KINDS:
        assert any(key == prefix or key.startswith((f"{prefix}.", f"{prefix}:")) for key in known), prefix
    assert kind_of("training_arguments.json:learning_rate") == "training"
    assert kind_of("training_arguments.json:no_such_key") == "training"


GOLDEN = sorted((Path(__file__).parents[1] / "targets" / "golden").glob("*.json"))


def test_whole_compilations_differ_with_causes_and_not_from_themselves() -> None:
    sides = [side_of("x.json", compile_document(parse(path.read_text(), "json", "x.json"))) for path in GOLDEN]
    assert len(sides) > 5
    for one, other in itertools.product(sides, sides):
        found = compare(one, other)
        assert bool(found.differences) == (one is not other)
        assert all(difference.because for difference in found.differences)


@pytest.mark.parametrize("odd", [{}, [], "x", 2.5, None, True, {"a": [1]}])
@pytest.mark.parametrize(
    ("artifact", "key"),
    [
        ("training_arguments.json", "per_device_train_batch_size"),
        ("training_arguments.json", "loss_type"),
        ("training_arguments.json", "load_best_model_at_end"),
        ("plan.json", "trainer"),
        ("plan.json", "distributed"),
        ("origins.json", "training_arguments.json"),
        ("origins.json", "fields"),
    ],
)
def test_a_damaged_folder_is_compared_as_far_as_it_can_be(artifact: str, key: str, odd: Any) -> None:
    texts = compile_document(parse(Path("a.json").read_text(), "json", "a.json")).artifacts.values()
    whole = {each.name: json.loads(each.text) for each in texts if each.name.endswith(".json")}
    origins = whole["origins.json"]["training_arguments.json"]
    whole["origins.json"]["training_arguments.json"] = {**origins, "/learning_rate": {"fields": odd}}
    damaged = {**whole, artifact: {**whole[artifact], key: odd}}
    damaged["training_arguments.json"] = {**damaged["training_arguments.json"], "gradient_accumulation_steps": 2}
    found = compare(Side("a", build_of(whole)), Side("b", build_of(damaged)))
    assert found.differences
