"""Fields written and taken out: only the keys that are meant change, and every comment stays."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hpc.edit import apply
from hpc.insert import drop, put
from hpc.source import parse
from hpc.source.document import Format
from hpc_schema.fields import BY_NAME
from hpc_ui.api import meant
from hpc_ui.page_text import editable
from hpc_ui.positions import Positions

CASES: list[tuple[Format, str, str]] = [
    ("json", "{}", '{\n  "seed": 7\n}'),
    ("json", "{\n}\n", '{\n  "seed": 7\n}\n'),
    ("json", '{"batch_size": 2}', '{"batch_size": 2, "seed": 7}'),
    ("json", '{"logging_steps": 2}', '{"seed": 7, "logging_steps": 2}'),
    ("json", '{\n\t"batch_size": 2\n}\n', '{\n\t"batch_size": 2,\n\t"seed": 7\n}\n'),
    ("jsonc", '{\n  "batch_size": 2 // two\n}\n', '{\n  "batch_size": 2, // two\n  "seed": 7\n}\n'),
    ("jsonc", '{\n  "batch_size": 2, // a, b\n}\n', '{\n  "batch_size": 2, // a, b\n  "seed": 7,\n}\n'),
    (
        "jsonc",
        '{ // head\n  // about\n  "logging_steps": 2\n}',
        '{ // head\n  "seed": 7,\n  // about\n  "logging_steps": 2\n}',
    ),
    (
        "jsonc",
        '// { top\n{\n  "batch_size": 2\n  , "logging_steps": 1\n}',
        '// { top\n{\n  "batch_size": 2,\n  "seed": 7\n  , "logging_steps": 1\n}',
    ),
    ("yaml", "# top\nbatch_size: 2 # two", "# top\nbatch_size: 2 # two\nseed: 7"),
    ("yaml", "# top\nlogging_steps: 2\n", "# top\nseed: 7\nlogging_steps: 2\n"),
    ("yaml", "{}\n", "{\n  seed: 7\n}\n"),
    ("yaml", "{batch_size: 2}", "{batch_size: 2, seed: 7}"),
    ("yaml", "", "seed: 7\n"),
    ("toml", "", "seed = 7\n"),
    ("toml", "# top\n", "# top\nseed = 7\n"),
    ("toml", "batch_size = 2 # two\nlogging_steps = 1\n", "batch_size = 2 # two\nseed = 7\nlogging_steps = 1\n"),
]


@pytest.mark.parametrize(("format_", "before", "after"), CASES)
def test_a_new_key(format_: Format, before: str, after: str) -> None:
    document = editable(before, format_, "x")
    assert apply(before, put(document, "seed", 7)) == after


VALUES: dict[str, Any] = {
    "trainer": "dpo",
    "model": "a/b",
    "epochs": 3,
    "learning_rate": 2e-4,
    "seed": 1,
    "liger_kernel": True,
    "logging_steps": 5,
}
STARTS: dict[Format, str] = {
    "json": '{\n  "batch_size": 2,\n  "zzz": {"a": 1}\n}\n',
    "jsonc": '{ // one\n  /* two */ "batch_size": 2, // three\n  // four\n  "zzz": {"a": 1} /* five */\n  // six\n}\n',
    "yaml": "# one\nbatch_size: 2 # two\n# three\nzzz: {a: 1} # four\n# five\n",
    "toml": "# one\nbatch_size = 2 # two\n# three\nzzz = {a = 1} # four\n# five\n",
}
MOVES = st.lists(st.tuples(st.sampled_from([*VALUES, "batch_size"]), st.booleans()), max_size=12)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(STARTS)), MOVES)
def test_any_sequence_of_edits_keeps_comments_and_unknown_keys(format_: Format, moves: list[tuple[str, bool]]) -> None:
    """ "The form edits the text so that comments, key order and unknown keys survive"."""
    text = STARTS[format_]
    expected: dict[str, Any] = {"batch_size": 2, "zzz": {"a": 1}}
    comments = re.findall(r"\b(?:one|two|three|four|five|six)\b", text)
    for name, write in moves:
        document = parse(text, format_, "x")
        text = apply(text, put(document, name, VALUES.get(name, 9)) if write else drop(document, name))
        expected = (
            {**expected, name: VALUES.get(name, 9)} if write else {k: v for k, v in expected.items() if k != name}
        )
    assert dict(parse(text, format_, "x").values) == expected
    assert re.findall(r"\b(?:one|two|three|four|five|six)\b", text) == comments


def test_an_untouched_order_is_the_schema_s() -> None:
    text = "{}"
    for name in reversed(BY_NAME):
        text = apply(text, put(parse(text, "json", "x"), name, 1))
    assert list(parse(text, "json", "x").values) == list(BY_NAME)


@pytest.mark.parametrize(
    ("name", "typed", "value"),
    [
        ("epochs", "3", 3),
        ("epochs", "3.0", 3.0),
        ("epochs", "three", "three"),
        ("learning_rate", "2e-4", 2e-4),
        ("learning_rate", "NaN", "NaN"),
        ("learning_rate", "1e999", "1e999"),
        ("model", "7", "7"),
        ("liger_kernel", True, True),
    ],
)
def test_what_is_typed_is_what_is_meant(name: str, typed: Any, value: Any) -> None:
    assert repr(meant(name, typed)) == repr(value)


def test_offsets_are_counted_as_javascript_does() -> None:
    text = "a😀b𝄞c"
    positions = Positions(text)
    assert [positions(i) for i in range(len(text) + 1)] == [
        len(text[:i].encode("utf-16-le")) // 2 for i in range(len(text) + 1)
    ]
