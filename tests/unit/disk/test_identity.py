"""Every field is part of a checkpoint's identity, or is known not to matter: a new field belongs into one table."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.unit.disk.worlds import ALPACA, found, make_checkpoint, make_model, write, write_lines

from hpc.checks.disk.needs import needs_of
from hpc.resolve import resolve
from hpc.source import parse
from hpc_disk.checkpoints import mark
from hpc_schema import properties

JOB: dict[str, Any] = {
    "model": "model",
    "train_data": "rows.jsonl",
    "eval_data": "others.jsonl",
    "eval_strategy": "epoch",
    "resume_from_checkpoint": "runs/a/checkpoint-3",
    "output_dir": "runs/a",
}
DEEPSPEED = {"distributed_backend": "deepspeed"}
DPO = {"trainer": "dpo"}

COMPARED: dict[str, list[tuple[dict[str, Any], Any]]] = {
    "trainer": [({}, "pt")],
    "model": [({}, "other")],
    "nodes": [({}, 2)],
    "devices_per_node": [({}, 2)],
    "batch_size": [({}, 2)],
    "epochs": [({"epochs": 3}, 2)],
    "learning_rate": [({}, 0.5)],
    "max_sequence_length": [({}, 64)],
    "distributed_backend": [({}, "deepspeed")],
    "zero_stage": [(DEEPSPEED, 2)],
    "training_type": [({}, "full")],
    "gradient_accumulation_steps": [({}, 2)],
    "mixed_precision": [({}, "none")],
    "quantization_bit": [({}, "int8")],
    "optimizer": [({}, "sgd"), ({"optimizer": "adamw_8bit"}, "adamw"), ({"optimizer": "adafactor"}, "adamw")],
    "weight_decay": [({}, 0.5)],
    "max_grad_norm": [({}, 0.5)],
    "lr_warmup_steps": [({}, 7), ({"lr_scheduler_type": "constant"}, 7)],
    "lr_warmup_ratio": [({}, 0.5)],
    "lr_scheduler_type": [
        ({}, "cosine"),
        ({"lr_scheduler_type": "cosine", "lr_min_ratio": 0.5}, "linear"),
        ({"lr_min_ratio": 0.5}, "cosine"),
        ({"lr_scheduler_type": "constant", "lr_warmup_steps": 7}, "linear"),
    ],
    "seed": [({}, 7)],
    "full_determinism": [({"seed": 7}, True)],
    "dpo_label_smoothing": [(DPO, 0.25)],
    "pref_beta": [(DPO, 0.5)],
    "pref_ftx": [(DPO, 0.5)],
    "pref_loss": [(DPO, "hinge")],
    "simpo_gamma": [({**DPO, "pref_loss": "simpo"}, 0.25)],
    "lora_alpha": [({}, 8)],
    "lora_dropout": [({}, 0.5)],
    "lora_rank": [({}, 8)],
    "target_modules": [({}, "q_proj")],
    "lora_variant": [({}, "rslora"), ({"lora_variant": "dora"}, "none")],
    "modules_to_save": [({}, "embed_tokens"), ({"modules_to_save": "embed_tokens"}, "embed_tokens,norm")],
    "max_steps": [({"max_steps": 9}, 8), ({}, 8), ({"max_steps": 9}, None)],
    "lr_min_ratio": [({}, 0.5), ({"lr_min_ratio": 0.5, "lr_scheduler_type": "cosine"}, 0.25)],
    "group_by_length": [({}, True)],
    "max_samples": [({}, 8), ({"max_samples": 8}, 9), ({"max_samples": 8}, None)],
    "eval_split": [({}, 0.5), ({"eval_split": 2}, 3)],
    "packing": [({}, True)],
    "system_prompt": [({}, "Be brief."), ({"system_prompt": "Be brief."}, None)],
    "chat_template": [({}, "a.jinja"), ({"chat_template": "a.jinja"}, "b.jinja")],
}
"""Field → jobs that a checkpoint was made with, and the value that another training has."""
ROWS = {
    "train_data": "its bytes are compared, not its name",
    "data_format": "the format that the rows have is compared",
}
"""Fields that are compared by what they lead to, and only where a run asks."""
IRRELEVANT: dict[str, tuple[Any, str]] = {
    "$schema": ("hpc.schema.json", "only editors read it"),
    "eval_data": ("more.jsonl", "rows that are not learned from"),
    "target": ("trl==1.8", "the same updates by another release"),
    "output_dir": ("runs/b", "where results are written"),
    "resume_from_checkpoint": ("runs/a/checkpoint-3/", "which checkpoint is compared"),
    "disable_gradient_checkpointing": (True, "the same gradients, kept instead of computed again"),
    "unsloth_gradient_checkpointing": (True, "the same gradients, kept elsewhere"),
    "flash_attention_v2": (True, "another kernel of the same function"),
    "liger_kernel": (True, "other kernels of the same functions"),
    "merge_adapter": (False, "what is made when the training is over"),
    "checkpoint_strategy": ("steps", "when the state is saved"),
    "checkpoint_steps": (7, "when the state is saved"),
    "number_of_checkpoints": (7, "what is kept of what was saved"),
    "save_best_checkpoint": (True, "which of the saved states is the result"),
    "save_only_model": (True, "what later checkpoints hold"),
    "eval_strategy": ("steps", "when the model is measured"),
    "eval_steps": (7, "when the model is measured"),
    "early_stopping_patience": (3, "how many updates there are, not what they are: the user may want more or fewer"),
    "logging_steps": (7, "what is said of the updates"),
    "report_to": ([], "where it is said"),
    "offload": ("optimizer", "where DeepSpeed keeps the same state"),
}
"""Field → another value, and why it leads to the same updates."""
CASES = [(field, before, value) for field, cases in COMPARED.items() for before, value in cases]


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("a.jinja", "b.jinja"):
        Path(name).write_text(f"{{{{ messages }}}} {name}")


def checkpoint_of(config: dict[str, Any]) -> None:
    needs = needs_of(resolve(parse(json.dumps(config), "json", "job.json")))
    lora = config.get("training_type") != "full"
    make_checkpoint(Path("runs/a/checkpoint-3"), mark=json.loads(json.dumps(mark(needs))), lora=lora)


def changed(config: dict[str, Any], field: str, value: Any) -> dict[str, Any]:
    """None is a field that is not written."""
    return {name: each for name, each in {**config, field: value}.items() if each is not None}


def refusals(config: dict[str, Any], *, must_exist: bool = False) -> dict[str, Any]:
    return {code: each for code, each in found(config, must_exist=must_exist).items() if "HPC533" <= code <= "HPC539"}


def test_every_field_is_compared_or_known_not_to_matter() -> None:
    tables = [set(COMPARED), set(ROWS), set(IRRELEVANT)]
    assert set().union(*tables) == set(properties())
    assert sum(map(len, tables)) == len(properties())


@pytest.mark.parametrize(("field", "before", "value"), CASES)
def test_another_value_is_refused_and_setting_it_back_helps(field: str, before: dict[str, Any], value: Any) -> None:
    config = {**JOB, **before}
    checkpoint_of(config)
    assert refusals(config) == {}
    said = refusals(changed(config, field, value))
    assert said, "another training, in silence"
    told = {"full_determinism": "seed"}.get(field, field)
    message = next(each for each in said.values() if f"`{told}`" in each.message)
    written = config.get(told, properties()[told].get("default"))
    assert message.help.startswith(f"remove {told}" if written is None else f"write {json.dumps(written)}")


@pytest.mark.parametrize("field", IRRELEVANT)
def test_a_field_that_does_not_matter_refuses_nothing(field: str) -> None:
    config = {**JOB, **(DEEPSPEED if field == "offload" else {})}
    checkpoint_of(config)
    assert refusals({**config, field: IRRELEVANT[field][0]}) == {}


def test_what_takes_a_value_away_is_told() -> None:
    checkpoint_of({**JOB, "seed": 7, "eval_split": 0.5})
    [said] = refusals({**JOB, "seed": 7, "eval_split": 0.5, "full_determinism": True}).values()
    assert "leave out full_determinism" in said.help
    [said] = refusals({**JOB, "seed": 7, "eval_split": 0.5, "eval_strategy": "no"}).values()
    assert "write an eval_strategy other than no" in said.help


def test_epochs_have_no_effect_beside_max_steps() -> None:
    config = {**JOB, "epochs": 3, "max_steps": 9}
    checkpoint_of(config)
    assert refusals({**config, "epochs": 2}) == {}
    assert "max_steps" in refusals({**config, "max_steps": 8})["HPC538"].message


def test_a_template_is_its_text() -> None:
    config = {**JOB, "chat_template": "a.jinja"}
    checkpoint_of(config)
    Path("b.jinja").write_text(Path("a.jinja").read_text())
    assert refusals({**config, "chat_template": "b.jinja"}) == {}
    Path("a.jinja").write_text("{{ messages[0] }}")
    assert "another text in it" in refusals(config)["HPC538"].message
    assert refusals(config)["HPC538"].help.startswith("restore the file")


ANSWERS = {"question": "q", "answer": "a", "instruction": "i", "output": "o"}
OTHER_ROWS: dict[str, Any] = {
    "a row": lambda: write_lines(Path("rows/train.jsonl"), [ALPACA]),
    "a row of another set": lambda: write_lines(Path("more.jsonl"), [ALPACA]),
    "a further file": lambda: write_lines(Path("rows/train2.jsonl"), [ALPACA]),
    "the tokenizer": lambda: write(Path("model/tokenizer.json"), {"a": 1}),
    "its settings": lambda: write(Path("model/special_tokens_map.json"), {"a": 1}),
    "the format": {"data_format": "qa"},
    "the weight": {"train_data": ["rows", {"path": "more.jsonl", "weight": 2}]},
    "the order": {"train_data": ["more.jsonl", "rows"]},
    "a set less": {"train_data": "rows"},
}
SAME_ROWS: dict[str, Any] = {
    "the split that is evaluated": lambda: write_lines(Path("rows/test.jsonl"), [ALPACA]),
    "a file that is not data": lambda: Path("rows/notes.pdf").write_text("n"),
    "another place": lambda: Path("rows").rename("moved") and Path("rows").symlink_to("moved"),
    "the way the format is written": {"data_format": "alpaca"},
    "weight 1": {"train_data": ["rows", {"path": "more.jsonl", "weight": 1}]},
}


@pytest.mark.parametrize("change", [*OTHER_ROWS, *SAME_ROWS])
def test_rows_are_compared_by_what_they_hold(change: str) -> None:
    make_model(Path("model"))
    Path("rows").mkdir()
    write_lines(Path("rows/train.jsonl"), [{"instruction": "i", "input": "", "output": "o"}])
    write_lines(Path("rows/test.jsonl"), [{"instruction": "t", "input": "", "output": "o"}])
    write_lines(Path("more.jsonl"), [ANSWERS] if change == "the format" else [ALPACA, ALPACA])
    config = {**JOB, "train_data": ["rows", "more.jsonl"], "eval_strategy": "no"}
    if change == "the format":
        config |= {"train_data": "more.jsonl", "data_format": "alpaca"}
    checkpoint_of(config)
    assert "HPC539" not in refusals(config, must_exist=True)
    changing = {**OTHER_ROWS, **SAME_ROWS}[change]
    if callable(changing):
        changing()
        changing = {}
    assert ("HPC539" in refusals({**config, **changing}, must_exist=True)) == (change in OTHER_ROWS)
