"""Environments with other releases: a venv that reads this one's packages, with a few of another release on top.

No second torch is installed, so each takes seconds and 70 MB. They lie in ``.cache/versions``, which git ignores.
"""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path
from shutil import rmtree

from hpc.targets.releases import Pair

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / ".cache" / "versions"


def folder_of(pair: Pair) -> Path:
    """Where the environment of a pair lies."""
    return FOLDER / f"trl-{pair.trl}-transformers-{pair.transformers}"


def python_of(pair: Pair) -> Path | None:
    """The interpreter with a pair, if ``make versions`` has installed just that pair."""
    mark = folder_of(pair) / "installed.txt"
    whole = mark.is_file() and mark.read_text(encoding="utf-8") == wanted(pair)
    return folder_of(pair) / "bin" / "python" if whole else None


def wanted(pair: Pair) -> str:
    """The packages of a pair, one a line, as pip takes them."""
    return "".join(f"{name}=={release}\n" for name, release in pair._asdict().items())


def install(pair: Pair) -> Path:
    """The interpreter with a pair, installed now if it is not there."""
    if ready := python_of(pair):
        return ready
    folder = folder_of(pair)
    rmtree(folder, ignore_errors=True)
    venv.create(folder, with_pip=False, symlinks=True)
    python = folder / "bin" / "python"
    packages = next(folder.glob("lib/python*/site-packages"))
    below = [path for path in sys.path if path and Path(path).is_dir() and "lib-dynload" not in path]
    inherited = [path for path in below if "site-packages" in path or Path(path).is_relative_to(ROOT)]
    (packages / "base.pth").write_text("\n".join(inherited) + "\n", encoding="utf-8")
    names = wanted(pair).split()
    pip = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        str(python),
        "--disable-pip-version-check",
        "install",
        "--ignore-installed",
    ]
    subprocess.run([*pip, "--quiet", "--no-deps", "--no-compile", *names], check=True)
    (folder / "installed.txt").write_text(wanted(pair), encoding="utf-8")
    return python
