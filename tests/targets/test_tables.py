"""Every target names every field: it lowers it, or says why not. A new field fails here until each has a row."""

from importlib import import_module
from pathlib import Path

import pytest

from hpc import targets
from hpc.lowering import Row, Table
from hpc.targets.registry import TARGETS
from hpc_schema import fields as f

TABLES = [
    pytest.param(table, id=f"{target.artifact}: {name}") for target in TARGETS for name, table in target.tables.items()
]


def named(rows: Table) -> set[str]:
    return {field.name for row in rows for field in row.fields}


@pytest.mark.parametrize("table", TABLES)
def test_every_field_is_named(table: Table) -> None:
    assert {field.name for field in f.ALL} - named(table) == set()


def test_every_table_is_of_a_target() -> None:
    """A table that no target names would never be compiled."""
    modules = [import_module(f"hpc.targets.{path.stem}") for path in Path(targets.__file__).parent.glob("*.py")]
    written = {id(table) for module in modules for table in vars(module).get("TABLES", {}).values()}
    written |= {id(module.TABLE) for module in modules if hasattr(module, "TABLE")}
    assert written == {id(table) for target in TARGETS for table in target.tables.values()}


@pytest.mark.parametrize("table", TABLES)
def test_unused_is_said_with_a_reason_and_only_of_fields_that_are_not_lowered(table: Table) -> None:
    unused = [row for row in table if row.key is None]
    lowered: list[Row] = [row for row in table if row.key is not None]
    assert all(len(row.because) > 10 for row in unused)
    assert named(tuple(unused)) & named(tuple(lowered)) == set()


@pytest.mark.parametrize("table", TABLES)
def test_no_key_is_written_twice(table: Table) -> None:
    keys = [row.key for row in table if row.key]
    assert len(keys) == len(set(keys))


def test_no_table_names_the_fields_that_it_leaves_out_by_what_it_has() -> None:
    """Such a table would name a new field by itself, and the test above could not fail."""
    sources = Path(targets.__file__).parent.glob("*.py")
    assert [path.name for path in sources if "f.ALL" in path.read_text(encoding="utf-8")] == []
