"""What editors underline: the rule's own message at the value that hpc points at, and nothing in a good config."""

from pathlib import Path
from typing import Any

import pytest
from tests.editors.editor import Editor, Problem
from tests.editors.texts import FORMATS, text

from hpc.recipes import RECIPES
from hpc.source import Format
from hpc.starter import starting_config
from hpc_schema import properties, schema

RULES = {b["x-rule"]["code"]: b["x-rule"] for b in schema()["allOf"] if "title" in b.get("x-rule", {})}
BLOCKS = [b for b in schema()["allOf"] if "x-rule" in b]
EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*/*.*"))
CONFIGS = [path for path in EXAMPLES if path.suffix in (".json", ".jsonc", ".yaml", ".toml")]


def problems(editor: Editor, format_: str, values: dict[str, Any], tombi: str | None) -> list[Problem]:
    if format_ == "toml" and tombi is None:
        pytest.skip("tombi is not installed: TOML cannot be tested (pip install tombi)")
    return editor.problems(format_, text(format_, values))


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("code", RULES)
def test_a_rule_speaks_for_itself_at_one_of_its_own_fields(
    editor: Editor, tombi: str | None, format_: str, code: str
) -> None:
    found = problems(editor, format_, RULES[code]["example"], tombi)
    assert len(found) == 1
    values = {name: RULES[code]["example"].get(name) for name in RULES[code]["fields"]}
    assert found[0].text.strip('"').lower() in [str(value).lower() for value in values.values()]
    if format_ != "toml":  # tombi has messages of its own only
        assert found[0].message == f"{code}: {RULES[code]['title']}"


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block["x-rule"]["code"])
def test_every_block_of_a_rule_carries_its_message(block: dict[str, Any]) -> None:
    for subschema in block["then"]["properties"].values():
        assert subschema["errorMessage"] == f"{block['x-rule']['code']}: {RULES[block['x-rule']['code']]['title']}"
    for name, condition in {**block["if"].get("properties", {}), **block["then"]["properties"]}.items():
        assert condition["doNotSuggest"], f"{name}: a condition is no suggestion"


@pytest.mark.parametrize("format_", FORMATS)
def test_mistakes_are_underlined_where_they_stand(editor: Editor, tombi: str | None, format_: str) -> None:
    values = {"epochs": 0, "zero_stage": 4, "target_modules": "all", "learning_rat": 1e-5, "seed": "1"}
    shown = problems(editor, format_, values, tombi)
    found = [problem.text.strip('"') for problem in shown]
    assert len(found) == 5
    if format_ == "json":  # the YAML server says of `not` only that it is not allowed
        assert properties()["target_modules"]["errorMessage"] in [p.message for p in shown]
    for place in ("0", "4", "all", "1"):
        assert place in found
    assert any(text.startswith("learning_rat") for text in found)


@pytest.mark.parametrize("path", ["../up", "/abs", "a/../b", "~/x", "hub://x", "a\\b", ""])
@pytest.mark.parametrize("format_", FORMATS)
def test_a_checkpoint_outside_the_folder_is_underlined(
    editor: Editor, tombi: str | None, format_: str, path: str
) -> None:
    found = problems(editor, format_, {"resume_from_checkpoint": path}, tombi)
    assert [problem.text.strip('"').replace("\\\\", "\\") for problem in found] == [path]


@pytest.mark.parametrize("names", ["", ",", "q_proj,,v_proj", "q_proj v_proj", "*"])
@pytest.mark.parametrize("format_", FORMATS)
def test_what_is_no_list_of_modules_is_underlined(editor: Editor, tombi: str | None, format_: str, names: str) -> None:
    found = problems(editor, format_, {"target_modules": names}, tombi)
    assert [problem.text.strip('"') for problem in found] == [names]


@pytest.mark.parametrize("format_", FORMATS)
def test_every_defaults_document_is_clean(editor: Editor, tombi: str | None, format_: str) -> None:
    values = {name: subschema["default"] for name, subschema in properties().items() if "default" in subschema}
    assert problems(editor, format_, values, tombi) == []


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.name)
def test_an_example_shows_no_error(editor: Editor, tombi: str | None, path: Path) -> None:
    if path.suffix == ".toml" and tombi is None:
        pytest.skip("tombi is not installed: TOML cannot be tested (pip install tombi)")
    assert editor.problems(path.suffix[1:], path.read_text(encoding="utf-8"), path) == []


@pytest.mark.parametrize("format_", ["jsonc", "json", "yaml", "toml"])
@pytest.mark.parametrize("recipe", RECIPES)
def test_a_starting_config_shows_no_error(editor: Editor, tombi: str | None, recipe: str, format_: Format) -> None:
    if format_ == "toml" and tombi is None:
        pytest.skip("tombi is not installed: TOML cannot be tested (pip install tombi)")
    assert editor.problems(format_, starting_config(recipe, format_)) == []
