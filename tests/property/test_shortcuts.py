"""A shortcut gives what the long way gives: JSON with an indent, the places of a good JSON text, a near word."""

from __future__ import annotations

import json
from collections.abc import Iterable
from difflib import get_close_matches

from hypothesis import assume, given
from hypothesis import strategies as st
from tests.property.documents import ANYTHING, LETTERS

from hpc.checks.words import nearest
from hpc.compile import lower_all
from hpc.json_text import to_text
from hpc.resolve import resolve
from hpc.source import json_reader, parse
from hpc.source.json_scanner import scan
from hpc.source.option import override
from hpc_schema import properties

KEYS = st.text(LETTERS, max_size=4)
NESTED = st.recursive(ANYTHING, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3))
SPACE = st.text(" \t\r\n", max_size=2)
WRITTEN = [(name, found["default"]) for name, found in properties().items() if "default" in found]


WORDS = st.text("abc_", min_size=1, max_size=9)


def assert_nearest(word: str, words: Iterable[str]) -> None:
    assert nearest(word, words) == next(iter(get_close_matches(word, dict.fromkeys(words), n=1)), None)


@given(WORDS, st.lists(WORDS, max_size=12))
def test_the_near_word_is_the_one_of_difflib(word: str, words: list[str]) -> None:
    assert_nearest(word, words)


def test_the_near_field_is_the_one_of_difflib() -> None:
    for name in properties():
        for cut in range(len(name)):
            assert_nearest(name[:cut] + name[cut + 2 :], properties())
            assert_nearest(name[cut:], properties())


@given(NESTED)
def test_json_is_what_the_library_writes(value: object) -> None:
    assert to_text(value) == json.dumps(value, indent=2, ensure_ascii=False) + "\n"


@given(st.dictionaries(KEYS, NESTED, max_size=4), st.data())
def test_places_are_what_the_scanner_finds(values: dict[str, object], data: st.DataObject) -> None:
    def space() -> str:
        return data.draw(SPACE)

    entries = (f"{space()}{json.dumps(key)}{space()}:{space()}{json.dumps(v)}{space()}" for key, v in values.items())
    text = f"{space()}{{{space()}{','.join(entries)}}}{space()}"
    assume("\\u" not in text)
    read, places = json_reader.parse(text)
    assert (read, list(places())) == scan(text, comments=False)


@given(st.text(LETTERS, min_size=1, max_size=9), st.lists(st.sampled_from(WRITTEN), unique_by=lambda entry: entry[0]))
def test_the_origins_are_what_the_library_writes(name: str, entries: list[tuple[str, object]]) -> None:
    half = len(entries) // 2
    document = parse(json.dumps(dict(entries[:half])), "json", name)
    options = [f"{key}={json.dumps(value)}" for key, value in entries[half:]]
    text = lower_all(resolve(override(document, options)))["origins.json"].text
    assert text == to_text(json.loads(text))
