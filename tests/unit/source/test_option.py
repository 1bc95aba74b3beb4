"""``--set KEY=VALUE``: JSON or else a string, refused where the same entry of a file would be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hpc.cli import main
from hpc.diagnostics import HpcError
from hpc.source import parse
from hpc.source.option import read_value

GOOD: list[tuple[str, Any]] = [
    ("3", 3),
    ("1e-5", 1e-5),
    ("true", True),
    ('"3"', "3"),
    (" [1, 2] ", [1, 2]),
    ("runs/a b", "runs/a b"),
    ("", ""),
    ("01", "01"),
    ("[1, 2", "[1, 2"),
    ('say "no"', 'say "no"'),
    ("C:\\dir", "C:\\dir"),
]


@pytest.mark.parametrize(("text", "value"), GOOD)
def test_json_or_else_a_text(text: str, value: Any) -> None:
    read = read_value("model", text)
    assert (type(read), read) == (type(value), value)


BAD = [
    ("HPC006", "runs/\udcff\udcfe"),
    ("HPC007", "runs/\x01"),
    ("HPC007", '"a\\u0000b"'),
    ("HPC016", "1e400"),
    ("HPC016", "9" * 30),
    ("HPC016", "9" * 5000),
    ("HPC017", '{"a": 1, "a": 2}'),
    ("HPC018", "NaN"),
    ("HPC019", '"\\ud83d"'),
    ("HPC021", "[" * 100 + "]" * 100),
    ("HPC021", "[" * 100_000),
]


@pytest.mark.parametrize(("code", "text"), BAD)
def test_the_checks_of_a_file(code: str, text: str) -> None:
    with pytest.raises(HpcError) as caught:
        read_value("model", text)
    (found,) = caught.value.diagnostics
    assert (found.code, found.span, found.fix) == (code, None, None)
    assert found.file.startswith("--set model=")
    assert found.file.encode()


def test_bytes_that_are_no_text_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "job.json").write_text("{}")
    assert main(["validate", str(tmp_path / "job.json"), "--set", "output_dir=\udcff\udcfe"]) == 2
    assert "the byte 0xff is not UTF-8" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("format_", "text"),
    [
        ("json", '{"model": "a\\u0000b"}'),
        ("jsonc", '{"model": "a\\u0000b",}'),
        ("yaml", 'model: "a\\0b"'),
        ("toml", 'model = "a\\u0000b"'),
    ],
)
def test_a_nul_is_refused_as_an_escape_too(format_: Any, text: str) -> None:
    with pytest.raises(HpcError) as caught:
        parse(text, format_, "job")
    (found,) = caught.value.diagnostics
    assert (found.code, found.pointer) == ("HPC007", "/model")
    assert found.span is not None
    assert "a" in text[found.span.start : found.span.end]
