"""No field without an effect test: one that is named after it, trains, and says a value of it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from hpc_schema import properties

FIELDS = [name for name in properties() if not name.startswith("$")]
TRAIN = {"run", "preferred"}
"""The fixtures that train."""


def words(node: ast.AST, helpers: dict[str, ast.FunctionDef]) -> Iterator[object]:
    """Names of arguments, and constants, of a test and of the helpers of its file that it calls."""
    for each in ast.walk(node):
        if isinstance(each, ast.keyword):
            yield each.arg
        elif isinstance(each, ast.Constant):
            yield each.value
        elif isinstance(each, ast.Name) and (helper := helpers.get(each.id)):
            yield from words(helper, {name: other for name, other in helpers.items() if other is not helper})


def fields_with_a_test() -> Iterator[str]:
    """The fields with an effect test."""
    for path in Path(__file__).parent.glob("test_*.py"):
        functions = {each.name: each for each in ast.parse(path.read_text()).body if isinstance(each, ast.FunctionDef)}
        for name, function in functions.items():
            field = name.removeprefix("test_").partition("__")[0]
            trains = TRAIN & {argument.arg for argument in function.args.args}
            if trains and field in words(function, functions):
                yield field


TESTED = set(fields_with_a_test())


@pytest.mark.parametrize("field", FIELDS)
def test_field_has_an_effect_test(field: str) -> None:
    assert field in TESTED
