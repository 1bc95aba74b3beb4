"""What editors show over a key: the description, once, in every format, acting or not."""

from typing import Any

import pytest
from tests.editors.editor import Editor
from tests.editors.texts import over_key

from hpc_schema import fields as f
from hpc_schema import properties

EXAMPLES: dict[str, Any] = {"eval_steps": 10}


def value_of(name: str) -> Any:
    subschema = properties()[name]
    return EXAMPLES.get(name, subschema.get("default", subschema.get("examples", [None])[0]))


@pytest.mark.parametrize("format_", ["json", "yaml"])
@pytest.mark.parametrize("name", f.BY_NAME)
def test_every_field_explains_itself_once(editor: Editor, format_: str, name: str) -> None:
    acting = {when.field: when.values[0] for when in f.BY_NAME[name].active_when}
    for others in ({}, acting):
        shown = editor.hover(format_, over_key(format_, name, {name: value_of(name), **others}))
        assert shown.count(properties()[name]["markdownDescription"]) == 1
        assert properties()[name]["title"] in shown.replace("\\", "")


def test_a_value_explains_itself(editor: Editor) -> None:
    shown = editor.hover("json", '{"trainer": "dpo", "pref_loss": "sim¦po"}')
    assert "SimPO: length-averaged reward" in shown.replace("\\", "")


@pytest.mark.parametrize("name", f.BY_NAME)
def test_every_field_explains_itself_in_toml(toml: Editor, name: str) -> None:
    # Tombi looks a number's schema up by the kind of literal: it says nothing over `weight_decay = 0`.
    value = float(value_of(name)) if properties()[name]["type"] == "number" else value_of(name)
    shown = toml.hover("toml", over_key("toml", name, {name: value}))
    assert shown.count(properties()[name]["description"]) == 1
