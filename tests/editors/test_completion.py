"""What editors offer: keys with their descriptions, values with theirs, a field only while it acts."""

import json
import re
from typing import Any

import pytest
from tests.editors.editor import Editor
from tests.editors.texts import at_next_key, at_value_of

from hpc.recipes import RECIPES
from hpc_schema import fields as f
from hpc_schema import properties, schema
from hpc_schema.field import Field

CONDITIONAL = [field for field in f.ALL if field.active_when]
ENUMS = [name for name, subschema in properties().items() if "enum" in subschema]
EVERYWHERE = {name for name in properties() if not getattr(f.BY_NAME.get(name), "active_when", ())}


def acting(field: Field[Any]) -> dict[str, Any]:
    return {when.field: when.values[0] for when in field.active_when}


def not_acting(field: Field[Any]) -> dict[str, Any]:
    """A document in which the last of the field's conditions does not hold."""
    when = field.active_when[-1]
    other = {"lr_warmup_steps": 10, "full_determinism": True, "disable_gradient_checkpointing": True}
    values = properties()[when.field].get("enum", [other.get(when.field)])
    return {**acting(field), when.field: next(v for v in values if v not in when.values)}


def description(format_: str, name: str) -> str:
    return str(properties()[name]["description" if format_ == "toml" else "markdownDescription"])


@pytest.mark.parametrize("format_", ["json", "jsonc", "yaml"])
def test_an_empty_document_is_offered_every_field_that_acts_by_default_once_with_its_description(
    editor: Editor, format_: str
) -> None:
    offers = editor.offers(format_, at_next_key("json" if format_ == "jsonc" else format_, {}))
    labels = [offer["label"] for offer in offers if offer["label"] in properties()]
    assert len(labels) == len(set(labels))
    by_default = {field.name for field in CONDITIONAL if all(_by_default(when) for when in field.active_when)}
    assert set(labels) == EVERYWHERE | by_default
    for offer in offers:
        if offer["label"] in properties():
            assert offer["documentation"] == description(format_, offer["label"])


def _by_default(when: Any) -> bool:
    return properties()[when.field]["default"] in when.values


@pytest.mark.parametrize("format_", ["json", "yaml"])
@pytest.mark.parametrize("field", CONDITIONAL, ids=lambda field: field.name)
def test_a_field_is_offered_only_while_it_acts(editor: Editor, format_: str, field: Field[Any]) -> None:
    offered = editor.complete(format_, at_next_key(format_, acting(field)))
    assert offered[field.name] == description(format_, field.name)
    assert field.name not in editor.complete(format_, at_next_key(format_, not_acting(field)))


@pytest.mark.parametrize("format_", ["json", "yaml"])
@pytest.mark.parametrize("name", ENUMS)
def test_values_are_offered_once_with_their_descriptions(editor: Editor, format_: str, name: str) -> None:
    field = f.BY_NAME[name]
    offers = editor.offers(format_, at_value_of(format_, name, acting(field)))
    offered = {offer["label"].strip('"'): offer["documentation"] for offer in offers}
    assert len(offers) == len(offered)
    subschema = properties()[name]
    values = [str(value) for value in subschema["enum"]]
    assert offered == dict(zip(values, subschema["enumDescriptions"], strict=True))


def test_an_offered_key_brings_its_default(editor: Editor) -> None:
    offers = {offer["label"]: offer["text"] for offer in editor.offers("json", "{¦}")}
    assert offers["batch_size"] == '"batch_size": ${1:1}'
    assert offers["save_best_checkpoint"] == '"save_best_checkpoint": ${1:false}'


def test_toml_is_offered_keys_and_values_but_knows_no_conditions(toml: Editor) -> None:
    offered = toml.complete("toml", at_next_key("toml", {"trainer": "dpo"}))
    assert set(offered) == set(properties()) - {"trainer"}
    for name, documentation in offered.items():
        assert documentation.startswith(description("toml", name))
    values = toml.complete("toml", at_value_of("toml", "pref_loss", {"trainer": "dpo"}))
    assert list(values) == [f'"{value}"' for value in properties()["pref_loss"]["enum"]]


@pytest.mark.parametrize(("format_", "text"), [("json", "¦"), ("yaml", "¦")])
def test_an_empty_file_is_offered_the_recipes(editor: Editor, format_: str, text: str) -> None:
    offered = editor.complete(format_, text)
    for snippet in schema()["defaultSnippets"]:
        assert offered[snippet["label"]].startswith(snippet["description"])


@pytest.mark.parametrize("snippet", schema()["defaultSnippets"], ids=lambda snippet: snippet["label"])
def test_an_offered_recipe_has_the_values_of_hpc_init(snippet: dict[str, Any]) -> None:
    assert set(RECIPES) == {snippet["label"] for snippet in schema()["defaultSnippets"]}
    plain = re.sub(r"\$\{\d:([^}]*)\}", r"\1", json.dumps(snippet["body"]))
    assert json.loads(plain) == RECIPES[snippet["label"]]
