"""The schema itself: it is draft-07, complete, and says the same as the specification."""

import json
from typing import Any

import jsonschema
import pytest

from hpc_schema import fields as f
from hpc_schema import properties, schema
from hpc_schema.validator import validate

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
RULES = {b["x-rule"]["code"]: b["x-rule"] for b in schema()["allOf"] if "title" in b.get("x-rule", {})}


def test_it_is_draft_07() -> None:
    assert schema()["$schema"] == "http://json-schema.org/draft-07/schema#"
    jsonschema.Draft7Validator.check_schema(schema())


def test_forty_hyperparameters_and_the_job() -> None:
    assert set(properties()) >= JOB
    assert len(properties()) - len(JOB) == 40
    assert len(f.ALL) == 48


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
    with pytest.raises(ValueError):
        validate(example)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(example, schema())


def test_the_platforms_dump_of_all_forty_keys_is_valid() -> None:
    dump = {name: s["default"] for name, s in properties().items() if "default" in s and name not in JOB}
    assert len(dump) == 39  # eval_steps follows logging_steps
    validate(dump)
    validate(json.loads(json.dumps({**dump, "eval_steps": 10})))
