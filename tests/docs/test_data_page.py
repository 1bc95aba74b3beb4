"""The page about data shows every file that hpc reads and every format: its columns and a row."""

import json
from pathlib import Path

import pytest

from hpc_disk.formats import FORMATS, Format
from hpc_disk.readers import SUFFIXES

PAGE = (Path(__file__).resolve().parents[2] / "docs/how-to/data.md").read_text(encoding="utf-8")
TRAINERS = {"conversation": "sft", "preference": "dpo", "corpus": "pt"}


@pytest.mark.parametrize("each", FORMATS, ids=lambda each: f"{each.name}-{each.kind}")
def test_every_format_has_its_columns_and_a_row(each: Format) -> None:
    columns, optional = (", ".join(f"`{name}`" for name in names) for names in (each.columns, each.optional))
    lines = [line for line in PAGE.splitlines() if line.startswith(f"| `{each.name}` | `{TRAINERS[each.kind]}` |")]
    assert any(f"| {columns} |" in line or f"| {columns} (" in line for line in lines), columns
    assert any(line.removesuffix(" |").endswith(f"| {optional}") or not optional for line in lines), optional
    assert json.dumps(each.example, ensure_ascii=False) in PAGE


def test_every_kind_of_file_is_named() -> None:
    assert [suffix for suffix in SUFFIXES if f"`{suffix}`" not in PAGE] == []
