"""What each format's syntax means, where values are located, and that no input takes long."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import Any

import pytest
from tests.pace import beats

from hpc.diagnostics import HpcError
from hpc.source import parse
from hpc.source.load import MAX_BYTES

CORE_SCHEMA: dict[str, Any] = {
    "no": "no", "yes": "yes", "on": "on", "off": "off", "y": "y",
    "true": True, "True": True, "FALSE": False, "tRue": "tRue",
    "1e-5": 1e-5, "1E5": 1e5, ".5": 0.5, "5.": 5.0, "+1": 1, "-0.0": -0.0, "1.5e+3": 1500.0,
    "12:30": "12:30", "1_000": "1_000", "010": 10, "0o17": 15, "0x1F": 31, "0b1": "0b1",
    "2026-01-31": "2026-01-31", "~": None, "null": None, "NULL": None, "": None, "nan": "nan",
    "<<": "<<", "'1'": "1", '"true"': "true", "q_proj,v_proj": "q_proj,v_proj",
}  # fmt: skip


@pytest.mark.parametrize("word", CORE_SCHEMA)
def test_yaml_is_the_core_schema_of_1_2(word: str) -> None:
    value = parse(f"key: {word}\n", "yaml", "x").values["key"]
    assert (type(value), value) == (type(CORE_SCHEMA[word]), CORE_SCHEMA[word])


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("a: 1 # c\nb: 'x'\n", ["1", "'x'"]),
        ("a:\n- 1\n- 2 # c\n\n# c\nb: x\n", ["- 1\n- 2", "x"]),
        ("a: |\n  x\n  y\n\nb: >-\n  z\n", ["|\n  x\n  y", ">-\n  z"]),
        ("a:\nb: two words # c\n", ["", "two words"]),
        ("{a: [1, {x: 2}], b: {y: 3}}", ["[1, {x: 2}]", "{y: 3}"]),
        ("a:\n  x: 1\n  y:\n    - 2\nb: 1", ["x: 1\n  y:\n    - 2", "1"]),
        ("é: ü\nb: 😀\n", ["ü", "😀"]),
    ],
)
def test_yaml_places(text: str, spans: list[str]) -> None:
    document = parse(text, "yaml", "x")
    places = document.places.values()
    assert [text[place.value.start : place.value.end] for place in places] == spans
    assert [text[place.key.start : place.key.end] for place in places] == list(document.values)


def test_places_of_quoted_keys_and_nested_values() -> None:
    cases = {
        "json": ('{"a b": [1, {"c": "]}"}],\r\n "d": 2}', ['"a b"', '"d"'], ['[1, {"c": "]}"}]', "2"]),
        "jsonc": ('{/* , */ "a": /* : */ {"b": 1} /* } */, "c": 2 // x\n}', ['"a"', '"c"'], ['{"b": 1}', "2"]),
        "toml": ("'a b' = [1, # ]\n 2]\n\"c\" = { x = '}' } # y\nd = '''\nz'''", ["'a b'", '"c"', "d"],
                 ["[1, # ]\n 2]", "{ x = '}' }", "'''\nz'''"]),
    }  # fmt: skip
    for format_, (text, keys, values) in cases.items():
        places = parse(text, format_, "x").places.values()  # type: ignore[arg-type]
        assert [text[place.key.start : place.key.end] for place in places] == keys
        assert [text[place.value.start : place.value.end] for place in places] == values


def test_columns_count_characters_and_lines_end_as_in_an_editor() -> None:
    document = parse('{"é😀": 1,\r\n\t"b":\r"c"}', "json", "x")
    first, second = document.places["é😀"], document.places["b"]
    assert (first.value.line, first.value.column) == (1, 8)
    assert (second.key.line, second.key.column) == (2, 2)
    assert (second.value.line, second.value.column, second.value.end_column) == (3, 1, 4)


def test_pointers_name_the_key() -> None:
    with pytest.raises(HpcError) as caught:
        parse('{"a/b~c": NaN}', "json", "x")
    assert caught.value.diagnostics[0].pointer == "/a~1b~0c"


def test_what_follows_from_a_problem_on_the_same_line_is_not_reported() -> None:
    with pytest.raises(HpcError) as caught:
        parse('{\n "a": NaN NaN,\n "b": 1\n', "json", "x")
    assert [d.code for d in caught.value.diagnostics] == ["HPC018"]
    with pytest.raises(HpcError) as caught:
        parse('{\n "a": NaN,\n "b": 1\n', "json", "x")
    assert [d.code for d in caught.value.diagnostics] == ["HPC018", "HPC010"]


def test_a_damaged_file_is_not_reported_bracket_by_bracket() -> None:
    with pytest.raises(HpcError) as caught:
        parse('{"a": [' + "NaN, " * 10000 + "1]}", "json", "x")
    assert len(caught.value.diagnostics) == 50


BOMBS = {
    "brackets": "[", "braces": "{", "objects": '{"a":', "yaml blocks": "- ", "yaml keys": "? ", "anchors": "&a ",
    "tags": "!a ", "directives": "%TAG !a! b\n", "quotes": '"', "single": "'", "triple": "'''", "backslashes": "\\",
    "comments": "//", "open comments": "/*", "hashes": "#", "commas": ",", "colons": "a:", "dots": "a.",
    "dashes": "-", "digits": "9", "lines": "\n", "tables": "[a]\n", "entries": "a = 1\n", "words": "a ",
    "equals": "=", "tabs": "\t", "exponent": "1e", "aliases": "*a ", "returns": "\r",
}  # fmt: skip


@pytest.mark.parametrize("start", ["", '{"a": ', "a = ", "a: "])
@pytest.mark.parametrize("format_", ["json", "jsonc", "yaml", "toml"])
def test_a_mebibyte_of_anything_takes_bounded_time(format_: Any, start: str) -> None:
    for name, piece in BOMBS.items():
        text = (start + piece * MAX_BYTES)[:MAX_BYTES]
        assert beats(partial(attempt, text, format_)) < 4000, name


def attempt(text: str, format_: Any) -> None:
    with suppress(HpcError):
        parse(text, format_, "x")
