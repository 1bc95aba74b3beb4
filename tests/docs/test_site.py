"""The documentation site builds without a warning, lists every page, and tells users nothing for developers."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
FOR_DEVELOPERS = re.compile(
    r"make (test|mutate|chaos|generate|bench|lint)|pytest|\btests/|x-active|import-linter|lowering"
)


def named(entry: Any) -> Iterator[str]:
    """The pages that an entry of the navigation names."""
    if isinstance(entry, str):
        yield entry
    else:
        for part in entry.values() if isinstance(entry, dict) else entry:
            yield from named(part)


def navigation() -> dict[str, list[str]]:
    """Title → its pages, of one page or a section."""
    entries = yaml.safe_load((ROOT / "mkdocs.yml").read_text())["nav"]
    return {name: list(named(pages)) for entry in entries for name, pages in entry.items()}


def build(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mkdocs", "build", "--strict"]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)


def test_the_site_builds_and_loads_nothing_from_elsewhere(tmp_path: Path) -> None:
    pytest.importorskip("material", reason="the extra docs is not installed")
    shutil.copytree(ROOT / "docs", tmp_path / "docs")
    shutil.copy(ROOT / "mkdocs.yml", tmp_path)
    done = build(tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    loaded = re.compile(r'<(?:script|img|link)[^>]*(?:src|rel="stylesheet" href)="(https?:[^"]*)"')
    pages = list((tmp_path / "site").rglob("*.html"))
    assert len(pages) > 100
    assert {address for page in pages for address in loaded.findall(page.read_text())} == set()


def test_dead_links_fail_the_build(tmp_path: Path) -> None:
    """A page with the settings of the site, whose links are all that a build can complain of."""
    pytest.importorskip("material", reason="the extra docs is not installed")
    settings = yaml.safe_load((ROOT / "mkdocs.yml").read_text())
    del settings["nav"]
    (tmp_path / "mkdocs.yml").write_text(yaml.safe_dump(settings))
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/index.md").write_text("# Home\n\n[a page](nowhere.md) [a heading](index.md#nothing)\n")
    done = build(tmp_path)
    assert done.returncode != 0
    assert done.stderr.count("WARNING") == 2, done.stderr
    assert "nowhere.md" in done.stderr
    assert "#nothing" in done.stderr


def test_every_page_is_in_the_navigation_once_except_the_pages_of_rules() -> None:
    written = {str(page.relative_to(ROOT / "docs")) for page in (ROOT / "docs").rglob("*.md")}
    listed = [page for pages in navigation().values() for page in pages]
    assert sorted(listed) == sorted(page for page in written if not re.search(r"rules/HPC\d+\.md$", page))


def test_pages_for_users_hold_nothing_for_developers() -> None:
    pages = [page for section, pages in navigation().items() if section != "Development" for page in pages]
    assert "tutorial/first-run.md" in pages
    found = {page: FOR_DEVELOPERS.findall((ROOT / "docs" / page).read_text()) for page in pages}
    assert {page: words for page, words in found.items() if words} == {}
