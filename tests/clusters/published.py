"""What other projects publish: a release from PyPI, unpacked once into the cache of this checkout."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from tests.once import CACHE, alone, made


def release(package: str, version: str) -> Path:
    """The unpacked wheel of a release, without what it depends on; skips the test where it cannot be had."""
    folder = CACHE / "published" / f"{package}-{version}"
    with alone("published"):
        if not folder.is_dir():
            _fetch(package, version, folder)
    return folder


def _fetch(package: str, version: str, folder: Path) -> None:
    with TemporaryDirectory() as downloads, made(folder) as new:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", downloads]
        done = subprocess.run([*command, f"{package}=={version}"], capture_output=True, text=True)
        if done.returncode:
            pytest.skip(f"NOT CHECKED against {package} {version}: it cannot be downloaded: {done.stderr[-300:]}")
        (wheel,) = Path(downloads).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(new)
