"""One node process for all editor tests; what is missing on this machine is skipped with its name."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.editors.editor import HERE, Editor
from tests.once import alone

from hpc_schema import SCHEMA_FILE


@pytest.fixture(scope="session")
def tombi() -> str | None:
    return shutil.which("tombi", path=Path(sys.executable).parent) or shutil.which("tombi")


@pytest.fixture(scope="session")
def node_modules(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The servers at the versions of package-lock.json, installed beside it once."""
    if not shutil.which("npm"):
        pytest.skip("node and npm are not installed: the editors' language servers cannot be driven")
    installed, wanted = HERE / "node_modules/.package-lock.json", HERE / "package-lock.json"
    with alone("editors"):
        if installed.exists() and installed.stat().st_mtime >= wanted.stat().st_mtime:
            return
        done = subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=HERE, capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"npm ci failed, no registry within reach? {done.stderr.strip()[-300:]}")


@pytest.fixture(scope="session")
def editor(node_modules: None, tombi: str | None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Editor]:
    running = Editor(Path(SCHEMA_FILE), tmp_path_factory.mktemp("editor"), tombi)
    yield running
    running.close()


@pytest.fixture
def toml(editor: Editor, tombi: str | None) -> Editor:
    if tombi is None:
        pytest.skip("tombi is not installed: TOML cannot be tested (pip install tombi)")
    return editor
