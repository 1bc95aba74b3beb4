"""What other projects publish: a release from PyPI, unpacked once into the cache of this checkout."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

CACHE = Path(__file__).parents[2] / ".cache" / "published"


def release(package: str, version: str) -> Path:
    """The unpacked wheel of a release, without what it depends on; skips the test where it cannot be had."""
    folder = CACHE / f"{package}-{version}"
    if folder.is_dir():
        return folder
    downloads = CACHE / "downloads"
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(downloads)]
    done = subprocess.run([*command, f"{package}=={version}"], capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"NOT CHECKED against {package} {version}: it cannot be downloaded: {done.stderr[-300:]}")
    (wheel,) = downloads.glob(f"{package.replace('-', '_')}-{version}-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder
