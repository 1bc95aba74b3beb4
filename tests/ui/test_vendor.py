"""The committed bundle is what its sources make."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.ui.served import ROOT

PAGE = ROOT / "ui" / "hpc_ui" / "page"


@pytest.mark.slow
def test_the_bundle_is_current(tmp_path: Path) -> None:
    if shutil.which("npm") is None:
        pytest.skip("NO NPM: the page's bundle is not built again")
    shutil.copytree(ROOT / "ui" / "vendor", tmp_path / "vendor", ignore=shutil.ignore_patterns("node_modules"))
    (tmp_path / "hpc_ui" / "page").mkdir(parents=True)
    subprocess.run(["npm", "ci", "--silent"], cwd=tmp_path / "vendor", check=True)
    subprocess.run(["npm", "run", "--silent", "build"], cwd=tmp_path / "vendor", check=True)
    for name in ("vendor.js", "uplot.css", "LICENSES.txt"):
        assert (tmp_path / "hpc_ui" / "page" / name).read_bytes() == (PAGE / name).read_bytes(), f"make {name} again"


def test_the_bundle_is_small_and_licensed() -> None:
    assert (PAGE / "vendor.js").stat().st_size < 400_000
    notices = (PAGE / "LICENSES.txt").read_text()
    for name in ("@codemirror/view", "@codemirror/state", "preact", "htm", "@lezer/common", "uplot"):
        assert f"{name} " in notices
