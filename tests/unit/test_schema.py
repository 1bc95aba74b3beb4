"""The schema itself: it is draft-07, complete, and says the same as the specification."""

import json
from typing import Any

import jsonschema
import pytest

from hpc_schema import fields as f
from hpc_schema import properties, schema
from hpc_schema.validator import is_valid

JOB = {
    "$schema",
    "trainer",
    "model",
    "train_data",
    "eval_data",
    "data_format",
    "output_dir",
    "nodes",
    "devices_per_node",
}
SPECIFIED = {
    "batch_size",
    "epochs",
    "learning_rate",
    "max_sequence_length",
    "distributed_backend",
    "zero_stage",
    "training_type",
    "resume_from_checkpoint",
    "gradient_accumulation_steps",
    "mixed_precision",
    "quantization_bit",
    "optimizer",
    "weight_decay",
    "max_grad_norm",
    "disable_gradient_checkpointing",
    "flash_attention_v2",
    "lr_warmup_steps",
    "lr_warmup_ratio",
    "lr_scheduler_type",
    "full_determinism",
    "seed",
    "liger_kernel",
    "unsloth_gradient_checkpointing",
    "dpo_label_smoothing",
    "pref_beta",
    "pref_ftx",
    "pref_loss",
    "simpo_gamma",
    "merge_adapter",
    "lora_alpha",
    "lora_dropout",
    "lora_rank",
    "target_modules",
    "checkpoint_strategy",
    "checkpoint_steps",
    "eval_strategy",
    "eval_steps",
    "number_of_checkpoints",
    "save_best_checkpoint",
    "logging_steps",
}
RULES = {b["x-rule"]["code"]: b["x-rule"] for b in schema()["allOf"] if "title" in b.get("x-rule", {})}


def test_it_is_draft_07() -> None:
    assert schema()["$schema"] == "http://json-schema.org/draft-07/schema#"
    jsonschema.Draft7Validator.check_schema(schema())


def test_the_forty_hyperparameters_of_the_specification_and_the_job() -> None:
    assert len(SPECIFIED) == 40
    assert set(properties()) >= JOB | SPECIFIED
    assert {field.name for field in f.ALL} == set(properties()) - {"$schema"}


@pytest.mark.parametrize("name", properties())
def test_a_field_explains_itself(name: str) -> None:
    subschema = properties()[name]
    assert {"title", "description", "markdownDescription", "x-group", "type"} <= set(subschema)
    if "enum" in subschema:
        assert len(subschema["enumDescriptions"]) == len(subschema["enum"])
    if "default" in subschema:
        jsonschema.Draft7Validator(subschema).validate(subschema["default"])


def test_every_conditional_block_is_an_activity_or_a_rule() -> None:
    for block in schema()["allOf"]:
        assert ("x-active" in block) != ("x-rule" in block)


@pytest.mark.parametrize("code", RULES)
def test_a_rule_has_its_texts_beside_it_and_its_example_breaks_it(code: str) -> None:
    assert {"title", "why", "help", "fields", "example"} <= set(RULES[code])
    example: dict[str, Any] = RULES[code]["example"]
    assert not is_valid(example)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(example, schema())


def test_the_platforms_dump_of_all_forty_keys_is_valid() -> None:
    dump = {name: properties()[name]["default"] for name in SPECIFIED - {"eval_steps"}}  # it follows logging_steps
    assert is_valid(dump)
    assert is_valid(json.loads(json.dumps({**dump, "eval_steps": 10})))


def test_rules_about_one_loss_know_every_other() -> None:
    """Editors need the losses listed: a new loss must be added to the rules that list all but some."""
    losses = set(properties()["pref_loss"]["enum"]) if "enum" in properties()["pref_loss"] else set(f.pref_loss.enum)
    blocks = {block["x-rule"]["code"]: block for block in schema()["allOf"] if "x-rule" in block}
    without_kto = blocks["HPC212"]["then"]["properties"]["pref_loss"]["enum"]
    assert losses - set(without_kto) == {"kto_pair"}
    unsmoothed = blocks["HPC205"]["if"]["properties"]["pref_loss"]["enum"]
    assert losses - set(unsmoothed) == {"sigmoid", "simpo"}
