"""Edits by example: what a person would have typed. That they are right in general is tests/property/."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Any

import pytest

from hpc import edit
from hpc.diagnostics import Edit, HpcError
from hpc.source import parse

REMOVALS = [
    ("json", '{"a": 1, "b": 2}', "a", '{"b": 2}'),
    ("json", '{"a": 1, "b": 2}', "b", '{"a": 1}'),
    ("json", '{\n  "a": 1,\n  "b": 2\n}\n', "a", '{\n  "b": 2\n}\n'),
    ("json", '{\r\n  "a": 1,\r\n  "b": 2\r\n}\r\n', "b", '{\r\n  "a": 1\r\n}\r\n'),
    ("json", '{"a": 1}', "a", "{}"),
    ("jsonc", '{\n  "a": 1, // one\n  "b": 2 // two\n}', "a", '{\n  // one\n  "b": 2 // two\n}'),
    ("jsonc", '{\n  "a": 1, // one\n  "b": 2 // two\n}', "b", '{\n  "a": 1 // one\n // two\n}'),
    ("jsonc", '{\n  "a": 1,\n  // why\n  "b": 2,\n}', "b", '{\n  "a": 1,\n  // why\n}'),
    ("yaml", "a: 1 # one\nb: 2\n", "a", "# one\nb: 2\n"),
    ("yaml", "# top\na: 1\n# why\nb:\n  - 2\n  - 3\n# end\nc: 4\n", "b", "# top\na: 1\n# why\n# end\nc: 4\n"),
    ("yaml", "{a: 1, b: 2}", "b", "{a: 1}"),
    ("yaml", "---\na: 1\n", "a", "---\n{}\n"),
    ("toml", "a = 1 # one\nb = 2\n", "a", "# one\nb = 2\n"),
    ("toml", "a = [\n  1,\n]\nb = 2", "b", "a = [\n  1,\n]\n"),
]
VALUES = [
    ("json", '{"a": "Full" }', "full", '{"a": "full" }'),
    ("json", '{"a": [1,\n2]}', None, '{"a": null}'),
    ("yaml", "a: Full # x\n", "full", "a: full # x\n"),
    ("yaml", "a: x\n", "no", 'a: "no"\n'),
    ("yaml", "a:\nb: 1\n", 5, "a: 5\nb: 1\n"),
    ("yaml", "a: # x\n- 1\nb: 1\n", 5, "a: # x\n  5\nb: 1\n"),
    ("yaml", "a: |\n  x\n\nb: 1\n", "y: z", 'a: "y: z"\n\nb: 1\n'),
    ("toml", "a = '1' # x\n", 1e-5, "a = 1e-5 # x\n"),
    ("toml", "a = 1.0\n", 1, "a = 1\n"),
]


@pytest.mark.parametrize(("format_", "text", "key", "expected"), REMOVALS)
def test_remove_key(format_: Any, text: str, key: str, expected: str) -> None:
    assert edit.apply(text, edit.remove_key(parse(text, format_, "x"), key)) == expected


@pytest.mark.parametrize(("format_", "text", "value", "expected"), VALUES)
def test_set_value(format_: Any, text: str, value: Any, expected: str) -> None:
    changed = edit.apply(text, edit.set_value(parse(text, format_, "x"), "a", value))
    assert changed == expected
    assert parse(changed, format_, "x").values["a"] == value


@pytest.mark.parametrize(
    ("format_", "text", "expected"),
    [
        ("json", '{"finetuning_type": 1}', '{"training_type": 1}'),
        ("yaml", "finetuning_type: 1 # x", "training_type: 1 # x"),
        ("yaml", "'finetuning_type': 1", "training_type: 1"),
        ("toml", "finetuning_type = 1", "training_type = 1"),
    ],
)
def test_rename_key(format_: Any, text: str, expected: str) -> None:
    edits = edit.rename_key(parse(text, format_, "x"), "finetuning_type", "training_type")
    assert edit.apply(text, edits) == expected


def test_of_two_overlapping_edits_the_later_is_dropped() -> None:
    edits = [Edit(4, 5, "E"), Edit(1, 3, "X"), Edit(2, 4, "Y"), Edit(0, 0, "<")]
    assert edit.apply("abcdef", edits) == "<aXdEf"


def test_what_a_format_cannot_say_is_refused() -> None:
    for format_, value in (("toml", None), ("json", float("nan")), ("yaml", float("inf"))):
        with pytest.raises(ValueError):
            edit.encode(format_, value)  # type: ignore[arg-type]


class TestWriteAtomic:
    def test_keeps_mode_mark_and_line_ends(self, tmp_path: Path) -> None:
        path = tmp_path / "a.json"
        path.write_bytes(b'\xef\xbb\xbf{\r\n"a": 1\r\n}\r\n')
        path.chmod(0o640)
        edit.write_atomic(str(path), '{\n"a": 2\n}\n')
        assert path.read_bytes() == b'\xef\xbb\xbf{\r\n"a": 2\r\n}\r\n'
        assert stat.S_IMODE(path.stat().st_mode) == 0o640
        assert os.listdir(tmp_path) == ["a.json"]  # noqa: PTH208

    def test_leaves_mixed_line_ends_as_they_are_written(self, tmp_path: Path) -> None:
        path = tmp_path / "a.json"
        path.write_bytes(b"{\r\n}\n")
        edit.write_atomic(str(path), "{ \r\n}\n")
        assert path.read_bytes() == b"{ \r\n}\n"

    def test_writes_through_a_link(self, tmp_path: Path) -> None:
        (tmp_path / "real").mkdir()
        (tmp_path / "real" / "a.json").write_text("{}")
        (tmp_path / "link.json").symlink_to("real/a.json")
        edit.write_atomic(str(tmp_path / "link.json"), "{ }")
        assert (tmp_path / "link.json").is_symlink()
        assert (tmp_path / "real" / "a.json").read_text() == "{ }"

    def test_makes_a_new_file_with_the_usual_mode(self, tmp_path: Path) -> None:
        edit.write_atomic(str(tmp_path / "new.json"), "{}\n")
        (tmp_path / "other").touch()
        assert (tmp_path / "new.json").read_bytes() == b"{}\n"
        assert (tmp_path / "new.json").stat().st_mode == (tmp_path / "other").stat().st_mode

    def test_a_failure_is_explained_and_changes_nothing(self, tmp_path: Path) -> None:
        with pytest.raises(HpcError) as caught:
            edit.write_atomic(str(tmp_path / "nowhere" / "a.json"), "{}")
        assert caught.value.diagnostics[0].code == "HPC029"
        (tmp_path / "a.json").write_text("{}")
        with pytest.raises(HpcError):
            edit.write_atomic(str(tmp_path / "a.json"), "\ud800")
        assert (tmp_path / "a.json").read_text() == "{}"
        assert os.listdir(tmp_path) == ["a.json"]  # noqa: PTH208
