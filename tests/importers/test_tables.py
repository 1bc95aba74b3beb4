"""Every argument of every tool stands in exactly one row of its table, in one of the five states."""

from __future__ import annotations

from collections import Counter
from typing import get_args

import pytest

from hpc.importers.answers import ASKED
from hpc.importers.table import State
from hpc.importers.tool import ARGUMENTS, Tool
from hpc.importers.tools import TOOLS
from hpc_schema import properties

each_tool = pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)


@each_tool
def test_every_argument_has_a_row(tool: Tool) -> None:
    assert sorted(tool.arguments - tool.by_key.keys()) == []
    assert len(tool.arguments) > 30


@each_tool
def test_no_key_has_two_rows(tool: Tool) -> None:
    counted = Counter(key for row in tool.table for key in row.keys)
    assert [key for key, count in counted.items() if count > 1] == []


@each_tool
def test_every_row_has_a_state_and_says_why(tool: Tool) -> None:
    assert {row.state for row in tool.table} <= set(get_args(State))
    assert [row.keys for row in tool.table if not row.why and row.state != "mapped"] == []
    assert [row.keys for row in tool.table if not row.fields and row.state == "mapped"] == []


@each_tool
def test_the_rows_name_fields_of_hpc(tool: Tool) -> None:
    assert {name for row in tool.table for name in row.fields} <= set(properties())
    assert set(tool.always) <= set(properties())


def test_there_is_a_list_of_arguments_for_each_tool_and_no_other() -> None:
    assert {path.stem for path in ARGUMENTS.glob("*.json")} == {tool.name for tool in TOOLS}
    assert set(ASKED) == set(TOOLS)
    assert all(tool.release for tool in TOOLS)
