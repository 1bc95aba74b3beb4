"""The page's own JavaScript: typed by TypeScript, linted by Biome, in small files."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.ui.served import ROOT

PAGE = ROOT / "ui" / "hpc_ui" / "page"
VENDOR = ROOT / "ui" / "vendor"
SCRIPTS = sorted(path for path in PAGE.glob("*.js") if path.name != "vendor.js")
MOST = 200
"""Lines of a file."""


@pytest.fixture(scope="module")
def tools() -> Path:
    """The pinned tools, from npm, kept in the cache for as long as the lock file is the same."""
    lock = (VENDOR / "package-lock.json").read_bytes()
    folder = ROOT / ".cache" / "page-tools" / hashlib.sha256(lock).hexdigest()[:16]
    if not (folder / "node_modules" / ".bin" / "tsc").exists():
        if shutil.which("npm") is None:
            pytest.skip("NO NPM: the page's JavaScript is neither type-checked nor linted")
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json", ".npmrc"):
            shutil.copyfile(VENDOR / name, folder / name)
        subprocess.run(["npm", "ci", "--silent"], cwd=folder, check=True)
    return folder / "node_modules"


@pytest.fixture
def sources(tools: Path, tmp_path: Path) -> Path:
    """The page's code beside the types of what it imports."""
    for path in SCRIPTS:
        shutil.copyfile(path, tmp_path / path.name)
    shutil.copyfile(VENDOR / "vendor.js", tmp_path / "vendor.d.ts")
    shutil.copyfile(VENDOR / "tsconfig.json", tmp_path / "tsconfig.json")
    (tmp_path / "node_modules").symlink_to(tools)
    return tmp_path


def check(folder: Path, *command: str) -> str:
    """What a tool finds; empty where that is nothing."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr if done.returncode else ""


def test_types(sources: Path) -> None:
    assert check(sources, "node_modules/.bin/tsc", "-p", ".") == ""


def test_lint(sources: Path) -> None:
    names = [path.name for path in SCRIPTS]
    assert check(sources, "node_modules/.bin/biome", "lint", "--error-on-warnings", *names) == ""


def test_a_mistake_is_found(sources: Path) -> None:
    """The tools look at the page's code: a name that no module has, and an empty class in a pattern."""
    (sources / "wrong.js").write_text('// @ts-check\nimport { nothing } from "./state.js";\nnothing(/[]/);\n')
    assert "has no exported member 'nothing'" in check(sources, "node_modules/.bin/tsc", "-p", ".")
    assert "noEmptyCharacterClass" in check(sources, "node_modules/.bin/biome", "lint", "wrong.js")


def test_files_are_small_and_checked() -> None:
    for path in SCRIPTS:
        text = path.read_text()
        assert text.startswith("// @ts-check\n"), path.name
        assert len(text.splitlines()) <= MOST, path.name
