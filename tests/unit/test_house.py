"""The rules of the house that tools can check."""

import ast
import re
import subprocess
import sys
from collections import Counter
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Final

import grimp
import pytest

ROOT = Path(__file__).resolve().parents[2]

TOOLS = {
    "ruff check": ["ruff", "check", "--quiet", "."],
    "ruff format": ["ruff", "format", "--check", "--quiet", "."],
    "mypy": ["mypy", "schema/hpc_schema", "schema/hpc_disk", "compiler/hpc", "runner/hpc_runner", "ui/hpc_ui"],
    "import-linter": ["importlinter.cli", "--no-cache"],
    "generated files": ["schema/generate.py", "--check"],
    "effects page": ["docs/effects.py", "--check"],
}


# mypy reads the types of the libraries that train.
@pytest.mark.parametrize("name", [pytest.param(n, marks=pytest.mark.train) if n == "mypy" else n for n in TOOLS])
def test_tool_finds_nothing(name: str) -> None:
    module, *arguments = TOOLS[name]
    start = [sys.executable, module] if module.endswith(".py") else [sys.executable, "-m", module]
    done = subprocess.run([*start, *arguments], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_module_needs_one_that_needs_it() -> None:
    """Not even by an import inside a function: a circle of modules can be understood only as one."""
    graph = grimp.build_graph(
        "hpc", "hpc_schema", "hpc_disk", "hpc_runner", "hpc_ui", exclude_type_checking_imports=True
    )
    needed = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    TopologicalSorter(needed).prepare()  # CycleError names the circle.


ONE_THING: Final = {
    *("__init__", "needs"),
    *("checkpoints", "data", "job", "lengths", "merging", "plan", "releases", "rows", "runs", "torchrun", "tracking"),
    *("compile", "diff", "explain", "fields"),
}
"""Module names that mean the same wherever they stand: a thing that several floors work with."""
BOTH_WAYS: Final = {"Row"}
"""A row of a table, by which a tool's settings are read or written."""
LONGEST: Final = 400
AS_LONG_AS_IT_IS: Final = {"validator.py", "axolotl.py", "swift.py", "trl.py"}
"""What is generated, and tables with a row for each key of a tool that has hundreds."""


def test_a_module_s_name_means_one_thing() -> None:
    """A command is named as the user types it, whatever else has that name."""
    folders = ("schema", "compiler", "runner", "ui")
    paths = [path for folder in folders for path in (ROOT / folder).rglob("*.py") if path.parent.name != "commands"]
    found = Counter(path.stem for path in paths)
    assert {name: count for name, count in found.items() if count > 1 and name not in ONE_THING} == {}


def test_a_type_s_name_means_one_thing() -> None:
    found = Counter(
        node.name
        for path in sorted(ROOT.glob("*/hpc*/**/*.py"))
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    )
    assert {name for name, count in found.items() if count > 1} == BOTH_WAYS


def test_no_file_is_too_long_to_be_read() -> None:
    lines = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in ROOT.glob("*/hpc*/**/*.py")}
    assert {
        path.name: count for path, count in lines.items() if count > LONGEST and path.name not in AS_LONG_AS_IT_IS
    } == {}


def test_the_layout_in_the_design_is_that_of_the_tree() -> None:
    """Every file that it names is there, and it names every folder of the packages and of the tests."""
    text = (ROOT / "docs/explanation/design.md").read_text(encoding="utf-8")
    layout = text.partition("## Layout")[2].split("```")[1]
    packages = [path for path in ROOT.glob("*/hpc*") if path.is_dir()]
    there = {path.name for package in packages for path in package.rglob("*.py")}
    assert set(re.findall(r"\w+\.py\b", layout)) - {"_rules.py"} - there == set()
    folders = {
        path.name
        for above in (*packages, ROOT / "tests")
        for path in above.iterdir()
        if path.is_dir() and path.name[0] not in "._"
    }
    assert {f"{name}/" for name in folders} - set(re.findall(r"\w+/", layout)) == set()
