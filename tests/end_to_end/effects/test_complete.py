"""No field without an effect test."""

import re
from pathlib import Path

import pytest

from hpc_schema import fields as f

HERE = Path(__file__).parent
TESTED = {
    match
    for path in HERE.glob("test_*.py")
    for match in re.findall(r"^def test_(\w+?)(?:__\w+)?\(", path.read_text(), re.MULTILINE)
}


@pytest.mark.parametrize("field", [field.name for field in f.ALL])
def test_field_has_an_effect_test(field: str) -> None:
    assert field in TESTED
