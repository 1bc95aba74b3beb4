"""Each rule of the config alone, in both directions, and silence where the intended value is unknown."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from hpc.check import check
from hpc.checks.notation import in_notation
from hpc.diagnostics import Diagnostic, Edit, Fix
from hpc.fix import apart
from hpc.rules import all_rules
from hpc.source import parse
from hpc.source.convert import convert
from hpc.source.document import Format
from hpc_schema import properties, schema

EXAMPLES = {
    code: json.loads(rule.example)
    for code, rule in all_rules().items()
    if all_rules()[code].kind in ("conflict", "effect") and rule.example.startswith("{")
}
# The nearest configs that break no rule: what the rule's help says to write instead.
SIMPO = {"pref_loss": "simpo", "pref_beta": 2}
INSTEAD: dict[str, list[dict[str, Any]]] = {
    "HPC201": [{"training_type": "lora"}, {"quantization_bit": "none"}],
    "HPC202": [{"quantization_bit": "int4"}, {"zero_stage": 2}, {"distributed_backend": "ddp", "zero_stage": 1}],
    "HPC203": [
        {"mixed_precision": "bf16"},
        {"mixed_precision": "none"},
        {"quantization_bit": "none"},
        {"distributed_backend": "ddp"},
    ],
    "HPC204": [{"mixed_precision": "bf16"}, {"mixed_precision": "fp16"}, {"flash_attention_v2": False}],
    "HPC205": [{"pref_loss": "sigmoid"}, {"dpo_label_smoothing": 0}],
    "HPC206": [{"pref_ftx": 0}, *({"pref_loss": loss} for loss in ("sigmoid", "hinge", "ipo")), SIMPO],
    "HPC207": [{"pref_beta": 0.1}, {"pref_beta": 1e-9}],
    "HPC208": [{"eval_strategy": "epoch"}, {"save_best_checkpoint": False}],
    "HPC209": [{"checkpoint_strategy": "epoch"}, {"save_best_checkpoint": False}],
    "HPC210": [{"eval_steps": 100}, {"logging_steps": -1}, {"eval_strategy": "epoch"}],
    "HPC211": [{"data_format": "auto"}, {"data_format": "corpus"}, {"trainer": "sft"}],
    "HPC212": [{"batch_size": 2}, {"pref_loss": "sigmoid"}],
    "HPC213": [{"zero_stage": 3}, {"offload": "optimizer"}],
    "HPC214": [{"save_best_checkpoint": True}],
    "HPC215": [{"save_only_model": False}],
    "HPC216": [{"optimizer": "adamw"}, {"offload": "none"}],
    "HPC217": [],  # one of the two keys is removed
    "HPC218": [{"pref_beta": 0.1}, {"pref_loss": "simpo"}],
    "HPC301": [{"checkpoint_steps": 90}, {"eval_steps": 50}, {"save_best_checkpoint": False}],
    "HPC302": [{"eval_data": "eval.jsonl"}, {"eval_strategy": "no"}],
    "HPC303": [
        {"target_modules": "q_proj,v_proj"},
        {"trainer": "dpo", "pref_loss": "orpo"},
        {"trainer": "dpo", **SIMPO},
    ],
    "HPC401": [{"distributed_backend": "deepspeed"}, {"zero_stage": 1}],
    "HPC402": [{"pref_beta": 0.1}, {"pref_beta": 1e-9}],
    "HPC403": [{"lora_dropout": 0.999}],
    "HPC404": [{"number_of_checkpoints": 2}, {"save_best_checkpoint": False}],
    "HPC405": [{"target_modules": "q_proj,v_proj"}],
    "HPC406": [{"dpo_label_smoothing": 0.49}],
    "HPC407": [{"max_sequence_length": 2}],
    "HPC409": [],  # one of the two keys is removed
    "HPC410": [{"save_only_model": False}],
    "HPC412": [{"packing": False}, {"group_by_length": False}],
    "HPC411": [{"pref_beta": 2}, {"pref_beta": 10}],
    "HPC740": [{"target": "trl==0.24"}, {"target": "trl==1.16,transformers==5.24"}],
    "HPC741": [{"target": "trl==0.19,transformers==4.53"}, {"target": "trl==1.16,transformers==5.24"}],
    "HPC742": [{"target": "trl==0.29"}, {"pref_ftx": 0}],
    "HPC408": [{"checkpoint_strategy": "epoch"}, {"resume_from_checkpoint": False}],
}


def found(values: dict[str, Any], **options: bool) -> list[Diagnostic]:
    return check(parse(json.dumps(values), "json", "train.json"), **options).diagnostics


def codes(values: dict[str, Any]) -> list[str]:
    return [d.code for d in found(values)]


@pytest.mark.parametrize("code", EXAMPLES)
def test_the_example_breaks_this_rule_and_no_other(code: str) -> None:
    assert codes(EXAMPLES[code]) == [code]


@pytest.mark.parametrize(("code", "change"), [(code, change) for code in INSTEAD for change in INSTEAD[code]])
def test_what_is_to_be_written_instead_breaks_no_rule(code: str, change: dict[str, Any]) -> None:
    assert codes({**EXAMPLES[code], **change}) == []


def test_both_directions_are_shown_for_every_rule() -> None:
    assert INSTEAD.keys() == EXAMPLES.keys()


@pytest.mark.parametrize("format_", ["yaml", "toml"])
def test_texts_write_settings_as_the_config_does(format_: Format) -> None:
    written = []
    for values in [*EXAMPLES.values(), {"num_train_epochs": 3}]:
        text = convert(parse(json.dumps(values), "json", "train.json"), format_).text
        for diagnostic in check(parse(text, format_, f"train.{format_}")).diagnostics:
            said = f"{diagnostic.message} {diagnostic.help}"
            assert [key for key in re.findall(r'"(\w+)":', said) if key in properties()] == []
            written += re.findall(r"`(\w+(?:: | = )[^`]*)`", said)
    assert len(written) > 20
    for setting in written:
        assert parse(setting, format_, "written").values.keys() < properties().keys()


def test_a_row_of_the_data_is_not_written_otherwise() -> None:
    row = 'the first row is {"model": "a", "text": "b", "seed": 3}; write "seed": 4'
    assert in_notation(row, "yaml") == row.replace('"seed": 4', "`seed: 4`")


@pytest.mark.parametrize("code", EXAMPLES)
def test_a_rule_says_nothing_about_what_nobody_knows(code: str) -> None:
    for name in EXAMPLES[code] | dict.fromkeys(_fields(code)):
        assert code not in codes({**EXAMPLES[code], name: {"nobody": "knows"}}), name


@pytest.mark.parametrize("code", EXAMPLES)
def test_a_rule_sees_what_is_only_misspelled(code: str) -> None:
    misspelled = {key: f" {v.upper()} " if _is_word(key, v) else v for key, v in EXAMPLES[code].items()}
    assert code in codes(misspelled)


@pytest.mark.parametrize(
    ("loss", "ftx", "words"),
    [
        ("sigmoid", 0, "nothing is learned"),
        ("hinge", 0, "nothing is learned"),
        ("kto_pair", 0, "nothing is learned"),
        ("sigmoid", 1, "no preference is learned"),
        ("hinge", 0.1, "no preference is learned"),
        ("orpo", 0, "no preference is learned"),
    ],
)
def test_beta_zero_leaves_no_preference(loss: str, ftx: float, words: str) -> None:
    job = {"trainer": "dpo", "pref_loss": loss, "pref_ftx": ftx, "batch_size": 2}
    (diagnostic,) = found({**job, "pref_beta": 0})
    assert (diagnostic.code, diagnostic.severity) == ("HPC402", "warning")
    assert diagnostic.message.endswith(words)
    assert found({**job, "pref_beta": 0.1}) == []


def test_older_keys_take_part_in_rules() -> None:
    assert codes({"finetuning_type": "full", "quantization_bit": "int4"}) == ["HPC102", "HPC201"]


def test_conflicts_are_errors_and_missing_effects_are_warnings() -> None:
    for code, example in EXAMPLES.items():
        (diagnostic,) = found(example)
        assert diagnostic.severity == ("warning" if all_rules()[code].kind == "effect" else "error")


def test_the_platform_s_own_dump_of_all_defaults_is_silent() -> None:
    """Its JSON mode writes all forty keys, whatever the trainer."""
    defaults = {name: s["default"] for name, s in properties().items() if "default" in s}
    for eval_steps in (defaults["logging_steps"], None):
        values = {**defaults, "eval_steps": eval_steps} if eval_steps else defaults
        assert found(values, portal=True) == []


def test_of_two_fixes_that_touch_the_first_is_made() -> None:
    def fix(*edits: tuple[int, int]) -> Fix:
        return Fix("", tuple(Edit(*edit, "") for edit in edits))

    first, touching, apart_from_it, inside = fix((3, 6), (20, 22)), fix((6, 8)), fix((9, 12)), fix((30, 31), (21, 21))
    assert apart([first, touching, apart_from_it, inside]) == [first, apart_from_it]


def _fields(code: str) -> list[str]:
    for block in schema()["allOf"]:
        rule = block.get("x-rule", {})
        if rule.get("code") == code and "fields" in rule:
            return list(rule["fields"])
    return []


def _is_word(key: str, value: Any) -> bool:
    return isinstance(value, str) and "enum" in properties()[key]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_line_break_at_the_end_is_not_part_of_a_form(end: str) -> None:
    assert codes({"target_modules": "q_proj,v_proj"}) == []
    assert codes({"target_modules": "q_proj,v_proj" + end}) == ["HPC106"]
