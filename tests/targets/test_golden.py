"""Whole compilations, word for word. `UPDATE_EXPECTED=1 pytest tests/targets` rewrites them: read the diff."""

import json
import os
from pathlib import Path

import pytest

from hpc.compile import compile_document
from hpc.source import parse

GOLDEN = Path(__file__).with_name("golden")
CASES = sorted(GOLDEN.glob("*.json"))


def compiled(case: Path) -> str:
    compilation = compile_document(parse(case.read_text(), "json", case.name))
    return "".join(f"==> {a.name}\n{a.text}" for a in compilation.artifacts.values())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_compiles_to(case: Path) -> None:
    expected = case.with_suffix(".expected")
    if os.environ.get("UPDATE_EXPECTED"):
        expected.write_text(compiled(case))
    assert compiled(case) == expected.read_text()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_same_input_same_bytes_and_key_order_does_not_matter(case: Path) -> None:
    values = json.loads(case.read_text())
    backwards = json.dumps(dict(reversed(values.items())))
    first = compile_document(parse(case.read_text(), "json", case.name)).artifacts
    second = compile_document(parse(backwards, "json", case.name)).artifacts
    for name in set(first) - {"origins.json"}:
        assert first[name].text == second[name].text
    assert compiled(case) == compiled(case)
