"""The same config in each format: read, located and edited alike."""

from __future__ import annotations

import json
import math
import tomllib
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from hpc import edit
from hpc.diagnostics import Diagnostic, HpcError
from hpc.source import Document, Format, parse
from hpc.source.encode import encode, encode_key, quoted

# The machine may be busy; time is tested elsewhere.
UNTIMED = settings(deadline=None)
# Every comment of a generated text holds it, and nothing else does.
NOTE = "¤"
FORMATS: tuple[Format, ...] = ("json", "jsonc", "yaml", "toml")
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters=f"{NOTE}\0"), max_size=12) | st.sampled_from(
    [
        "no",
        "true",
        "~",
        "1e-5",
        "12:30",
        "a: b",
        "x # y",
        "http://x//y",
        "/* x */",
        "- a",
        "&a",
        "é",
        "",
        " ",
        "...",
        "---",
    ]
)
SCALARS = st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False) | TEXTS
VALUES = SCALARS | st.lists(SCALARS, max_size=3) | st.dictionaries(TEXTS, SCALARS, max_size=2)
CONFIGS = st.dictionaries(TEXTS, VALUES, min_size=1, max_size=6)
COMMENTS = st.text("abc /*#{}\"',:", max_size=8).filter(lambda text: "*/" not in text)
LINE_ENDS = st.sampled_from(["\n", "\r\n"])


def write(format_: Format, config: dict[str, Any], comments: list[str], end: str, inline: bool) -> str:
    """The config with a comment before every key and, when ``inline``, one after every value."""
    mark = "//" if format_ == "jsonc" else "#"
    notes = [f"{mark}{NOTE}{comment}" if format_ != "json" else "" for i, comment in enumerate(comments)]
    braces, equals, comma = format_ in ("json", "jsonc"), " = " if format_ == "toml" else ": ", ","
    lines = ["{"] if braces else []
    for i, (key, value) in enumerate(config.items()):
        separator = comma if braces and i < len(config) - 1 else ""
        note, indent = notes[i % len(notes)], "  " if braces else ""
        lines += [indent + note] if note else []
        entry = encode_key(format_, key) + equals + encode(format_, value) + separator
        lines.append(indent + entry + (f" {note}" if inline and note else ""))
    return end.join([*lines, *(["}"] if braces else []), ""])


def same(left: Any, right: Any) -> bool:
    """Equal in type as well: ``1`` is not ``1.0`` and not ``true``."""
    return json.dumps(left) == json.dumps(right)


def loose(draw: st.DrawFn, config: dict[str, Any], format_: Format) -> str:
    """Braces with comments and line ends wherever JSONC, or YAML's flow style, allows them."""
    fills = ["", " ", "\n", f"/*{NOTE}*/", f" //{NOTE}\n"] if format_ == "jsonc" else [" ", "\n ", f" #{NOTE}\n "]
    fill = st.sampled_from(fills)
    parts, last = ["{", draw(fill)], len(config) - 1
    for i, (key, value) in enumerate(config.items()):
        parts += [
            quoted(key),
            draw(fill) if format_ == "jsonc" else "",
            ":",
            draw(fill),
            encode("json", value),
            draw(fill),
        ]
        parts += [",", draw(fill)] if i < last or draw(st.booleans()) else []
    return "".join([*parts, "}"])


@st.composite
def documents(draw: st.DrawFn, minimum: int = 1) -> tuple[Format, dict[str, Any], Document]:
    format_ = draw(st.sampled_from(FORMATS))
    config = draw(CONFIGS.filter(lambda c: len(c) >= minimum))
    comments = draw(st.lists(COMMENTS, min_size=1, max_size=4))
    if format_ in ("jsonc", "yaml") and draw(st.booleans()):
        text = loose(draw, config, format_)
    else:
        text = write(format_, config, comments, draw(LINE_ENDS), draw(st.booleans()))
    return format_, config, parse(text, format_, "x")


class TestReading:
    """fields.md: "One flat JSON object"; issue 5: "the same document in each gives the same Config"."""

    @UNTIMED
    @given(documents())
    def test_reads_back_equal_in_every_format(self, case: tuple[Format, dict[str, Any], Document]) -> None:
        _, config, document = case
        assert same(document.values, config)

    @UNTIMED
    @given(documents())
    def test_a_place_is_the_text_of_its_key_and_value(self, case: tuple[Format, dict[str, Any], Document]) -> None:
        format_, config, document = case
        assert list(document.places) == list(config)
        for key, place in document.places.items():
            written = document.text[place.key.start : place.key.end]
            assert written in (encode_key(format_, key), quoted(key))
            written = document.text[place.value.start : place.value.end]
            assert written in (encode(format_, config[key]), encode("json", config[key]))

    @UNTIMED
    @given(documents())
    def test_line_and_column_lead_to_the_same_character(self, case: tuple[Format, dict[str, Any], Document]) -> None:
        document = case[2]
        lines = document.text.replace("\r\n", "\n").split("\n")
        for place in document.places.values():
            span, rest = place.value, document.text[place.value.start :]
            assert rest.replace("\r\n", "\n").startswith(lines[span.line - 1][span.column - 1 :])

    @UNTIMED
    @given(CONFIGS)
    def test_the_scanner_agrees_with_the_standard_library(self, config: dict[str, Any]) -> None:
        text = json.dumps(config)
        assert same(parse(text, "jsonc", "x").values, json.loads(text))
        assert same(parse(text, "json", "x").values, json.loads(text))


class TestEditing:
    """Issue 5: "keeping comments and formatting, in every format"."""

    @UNTIMED
    @given(documents(), VALUES, st.data())
    def test_set_value(self, case: tuple[Format, dict[str, Any], Document], value: Any, data: st.DataObject) -> None:
        format_, config, document = case
        key = data.draw(st.sampled_from(sorted(config)))
        text = edit.apply(document.text, edit.set_value(document, key, value))
        assert same(parse(text, format_, "x").values, {**config, key: value})
        assert text.count(NOTE) == document.text.count(NOTE)

    @UNTIMED
    @given(documents(), TEXTS, st.data())
    def test_rename_key(self, case: tuple[Format, dict[str, Any], Document], new: str, data: st.DataObject) -> None:
        format_, config, document = case
        key = data.draw(st.sampled_from(sorted(config)))
        text = edit.apply(document.text, edit.rename_key(document, key, new))
        if new in config and new != key:
            with pytest.raises(HpcError, match="twice"):
                parse(text, format_, "x")
        else:
            expected = {new if k == key else k: v for k, v in config.items()}
            assert same(parse(text, format_, "x").values, expected)
        assert text.count(NOTE) == document.text.count(NOTE)

    @UNTIMED
    @given(documents(minimum=2), st.data())
    def test_remove_key(self, case: tuple[Format, dict[str, Any], Document], data: st.DataObject) -> None:
        format_, config, document = case
        key = data.draw(st.sampled_from(sorted(config)))
        text = edit.apply(document.text, edit.remove_key(document, key))
        expected = {k: v for k, v in config.items() if k != key}
        assert same(parse(text, format_, "x").values, expected)
        assert text.count(NOTE) == document.text.count(NOTE)


ANYTHING = st.binary(max_size=60).map(lambda data: data.decode("latin-1")) | st.text(
    "{}[]:,\"'\\/#*&!|>-=. \n\ta1e_%?", max_size=60
)


@st.composite
def damaged(draw: st.DrawFn) -> tuple[Format, str]:
    """A good text of which one piece was replaced by another."""
    format_, _, document = draw(documents())
    start = draw(st.integers(0, len(document.text)))
    end = draw(st.integers(start, min(start + 3, len(document.text))))
    return format_, document.text[:start] + draw(ANYTHING | st.just("")) + document.text[end:]


@settings(max_examples=500, deadline=None)
@given(damaged() | st.tuples(st.sampled_from(FORMATS), ANYTHING))
def test_any_text_is_a_config_or_an_explained_error(case: tuple[Format, str]) -> None:
    format_, text = case
    document, found = outcome(text, format_)
    for diagnostic in found:
        assert diagnostic.span is not None
        assert 0 <= diagnostic.span.start <= diagnostic.span.end <= len(text)
        assert diagnostic.message
        assert diagnostic.help
        fixed = edit.apply(text, diagnostic.fix.edits if diagnostic.fix else ())
        assert (fixed != text) == (diagnostic.fix is not None)
    if document:
        assert set(document.places) == set(document.values)
        assert all(math.isfinite(v) for v in document.values.values() if isinstance(v, float))
    else:
        assert found


def outcome(text: str, format_: Format) -> tuple[Document | None, tuple[Diagnostic, ...]]:
    try:
        return parse(text, format_, "x"), ()
    except HpcError as error:
        return None, error.diagnostics


LIBRARIES: dict[Format, Callable[[str], Any]] = {"json": json.loads, "toml": tomllib.loads}
STRICTER = {"HPC007", "HPC008", "HPC009", "HPC016", "HPC017", "HPC018", "HPC019", "HPC021", "HPC027", "HPC028"}


@settings(max_examples=500, deadline=None)
@given(damaged() | st.tuples(st.sampled_from(FORMATS), ANYTHING))
def test_the_grammar_is_that_of_the_standard_library(case: tuple[Format, str]) -> None:
    """Whatever the standard library reads is refused only for what a config excludes, and the other way round."""
    format_, text = case
    assume(format_ in LIBRARIES)
    document, found = outcome(text, format_)
    try:
        values = LIBRARIES[format_](text)
    except (ValueError, RecursionError):
        assert document is None
    else:
        assert {d.code for d in found} <= STRICTER
        assert document is None or same(document.values, values)
