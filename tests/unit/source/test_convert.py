"""A config in another format: the same values and the same comments."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hpc.recipes import RECIPES
from hpc.source import parse
from hpc.source.convert import convert
from hpc.source.document import Format
from hpc.starter import starting_config

FORMATS: tuple[Format, ...] = ("json", "jsonc", "yaml", "toml")
JSONC = """// Of the file.

{
  // Above.
  "trainer": "sft", // beside, with "quotes" and a # mark
  "learning_rate": 2e-4,

  /* Two
   * lines. */
  "train_data": [
    "a.jsonl", // in a list
    "b#//.jsonl"
  ] // last
  // Below.
}
"""
YAML = """# Of the file.

# Above.
trainer: sft  # beside, with "quotes" and a # mark
learning_rate: 2e-4

# Two
# lines.
# in a list
train_data: ["a.jsonl", "b#//.jsonl"]  # last
# Below.
"""


def test_comments_go_along() -> None:
    assert convert(parse(JSONC, "jsonc", "x"), "yaml").text == YAML
    assert convert(parse(YAML, "yaml", "x"), "toml").text == YAML.replace(": sft", ' = "sft"').replace(": ", " = ")


def test_and_come_back() -> None:
    there = convert(parse(YAML, "yaml", "x"), "jsonc").text
    assert there.startswith('// Of the file.\n{\n  // Above.\n  "trainer": "sft",  // beside')
    assert there.endswith('"b#//.jsonl"]  // last\n  // Below.\n}\n')


def test_json_has_no_comments_and_they_are_counted() -> None:
    done = convert(parse(JSONC, "jsonc", "x"), "json")
    assert done.lost == 8
    assert parse(done.text, "json", "x").values == parse(JSONC, "jsonc", "x").values


def test_what_a_format_does_not_have_is_said() -> None:
    with pytest.raises(ValueError, match="TOML has no null"):
        convert(parse('{"seed": null}', "json", "x"), "toml")


@pytest.mark.parametrize("recipe", sorted(RECIPES))
@pytest.mark.parametrize("there", FORMATS)
@pytest.mark.parametrize("here", FORMATS)
def test_every_recipe_in_every_format(recipe: str, here: Format, there: Format) -> None:
    document = parse(starting_config(recipe, here), here, "x")
    done = convert(document, there)
    assert dict(parse(done.text, there, "x").values) == dict(document.values)
    if "json" not in (here, there):
        assert re.findall(r"\w+", done.text) == re.findall(r"\w+", document.text)


TEXTS = st.text(st.sampled_from("ab #/*\"'\\:,{}[]\n\t😀-1"), max_size=12)
VALUES = st.one_of(
    TEXTS, st.booleans(), st.integers(-(10**6), 10**6), st.floats(-1e6, 1e6), st.lists(TEXTS, max_size=3)
)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(TEXTS, VALUES, min_size=1, max_size=5), st.sampled_from(FORMATS), st.sampled_from(FORMATS))
def test_any_values_survive(values: dict[str, object], here: Format, there: Format) -> None:
    from hpc.source.encode import encode, encode_key

    sign = " = " if here == "toml" else ": "
    entries = [f"{encode_key(here, key)}{sign}{encode(here, value)}" for key, value in values.items()]
    text = "{\n" + ",\n".join(entries) + "\n}\n" if "json" in here else "\n".join(entries) + "\n"
    document = parse(text, here, "x")
    done = convert(document, there)
    assert dict(parse(done.text, there, "x").values) == dict(document.values)
    assert done.lost == 0
