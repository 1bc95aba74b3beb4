"""What is built and installed: from a clone and from a wheel, without a trainer, small, and with complete metadata."""

from __future__ import annotations

import importlib.metadata
import json
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from email.message import Message
from email.parser import Parser
from pathlib import Path

import pytest

import hpc

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = {"hpc", "hpc_schema", "hpc_disk", "hpc_runner", "hpc_ui"}
LIMIT = 15 * 10**6
"""Bytes on disk that the dependencies of the base install may take together."""

ENVIRONMENT = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PYTHONDONTWRITEBYTECODE": "1"}


def run(*command: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(list(map(str, command)), cwd=cwd, env=ENVIRONMENT, capture_output=True, text=True)


def check(*command: str | Path, cwd: Path | None = None) -> str:
    done = run(*command, cwd=cwd)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def fresh_venv(folder: Path) -> Path:
    """An empty environment, without a pip of its own: installing that takes longer than what is tested."""
    check(sys.executable, "-m", "venv", "--without-pip", folder)
    return folder / "bin"


def pip(bin_: Path, *words: str | Path) -> None:
    """Run this environment's pip for the other one."""
    check(sys.executable, "-m", "pip", "--python", bin_ / "python", *words)


def install(bin_: Path, what: Path) -> None:
    pip(bin_, "install", "--quiet", "--no-compile", "--constraint", ROOT / "constraints.txt", what)


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not (ROOT / ".git").exists() or not shutil.which("git"):
        pytest.skip("this is no git checkout")
    folder = tmp_path_factory.mktemp("clone") / "hpc"
    check("git", "clone", "--quiet", ROOT, folder)
    return folder


@pytest.fixture(scope="module")
def builder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The ``bin`` folder of an environment that can build."""
    bin_ = fresh_venv(tmp_path_factory.mktemp("builder"))
    pip(bin_, "install", "--quiet", "hatchling")
    return bin_


@pytest.fixture(scope="module")
def built(clone: Path, builder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel and the source distribution of the clone."""
    folder = tmp_path_factory.mktemp("dist")
    check(builder / "hatchling", "build", "-t", "sdist", "-t", "wheel", "-d", folder, cwd=clone)
    return folder


@pytest.fixture(scope="module")
def wheel(built: Path) -> Path:
    return next(built.glob("*.whl"))


@pytest.fixture(scope="module")
def base(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The ``bin`` folder of a fresh environment into which the wheel alone was installed."""
    bin_ = fresh_venv(tmp_path_factory.mktemp("base"))
    install(bin_, wheel)
    return bin_


def assert_works(bin_: Path, folder: Path) -> None:
    """Validate and compile do their work, away from the checkout."""
    good, bad = folder / "good.json", folder / "bad.json"
    good.write_text('{"learning_rate": 3e-4, "training_type": "lora"}')
    bad.write_text('{"learning_rte": 3e-4}')
    assert check(bin_ / "hpc", "--version", cwd=folder).split()[-1] == hpc.__version__
    check(bin_ / "hpc", "validate", good, cwd=folder)
    refused = run(bin_ / "hpc", "validate", "--format", "json", bad, cwd=folder)
    assert refused.returncode == 1
    assert [entry["line"] for entry in json.loads(refused.stdout)] == [1]
    check(bin_ / "hpc", "compile", good, "-o", folder / "compiled", cwd=folder)
    assert json.loads((folder / "compiled/training_arguments.json").read_text())["learning_rate"] == 3e-4
    check(bin_ / "hpc", "schema", cwd=folder)


def test_the_wheel_works_on_its_own(base: Path, tmp_path: Path) -> None:
    assert_works(base, tmp_path)


def test_a_clone_can_be_installed(clone: Path, tmp_path: Path) -> None:
    bin_ = fresh_venv(tmp_path / "venv")
    install(bin_, clone)
    assert_works(bin_, tmp_path)


def test_the_base_install_has_no_trainer_and_is_small(base: Path) -> None:
    site = next((base.parent / "lib").glob("python*/site-packages"))
    installed = list(importlib.metadata.distributions(path=[str(site)]))
    names = {distribution.name for distribution in installed}
    assert not names & {
        "torch",
        "transformers",
        "trl",
        "peft",
        "accelerate",
        "datasets",
        "deepspeed",
        "mlflow",
        "numpy",
    }
    sizes = {
        distribution.name: sum(file.locate().stat().st_size for file in distribution.files or [])  # type: ignore[attr-defined]
        for distribution in installed
        if distribution.name not in {"pip", "setuptools", "hpc-compiler"}
    }
    assert 0 < sum(sizes.values()) < LIMIT, sizes


def test_training_without_the_extra_says_what_to_install(base: Path, tmp_path: Path) -> None:
    (tmp_path / "job.json").write_text('{"model": "name/of-a-model", "train_data": "train.jsonl"}')
    (tmp_path / "train.jsonl").write_text('{"instruction": "a", "input": "", "output": "b"}\n' * 4)
    refused = run(base / "hpc", "run", "job.json", cwd=tmp_path)
    said = refused.stdout + refused.stderr
    assert refused.returncode != 0
    assert "Traceback" not in said
    assert 'pip install ".[train]"' in " ".join(said.split()), said


def metadata(wheel: Path) -> Message:
    with zipfile.ZipFile(wheel) as archive:
        name = next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        return Parser().parsestr(archive.read(name).decode())


def test_the_metadata_is_complete(wheel: Path) -> None:
    found = metadata(wheel)
    assert (found["Name"], found["Version"]) == ("hpc-compiler", hpc.__version__)
    assert (found["License-Expression"], found["License-File"]) == ("Apache-2.0", "LICENSE")
    assert found["Requires-Python"] == ">=3.11"
    assert found["Description-Content-Type"] == "text/markdown"
    assert all(found[key] for key in ("Summary", "Author", "Keywords"))
    assert {"train", "deepspeed", "quantization", "ui"} <= set(found.get_all("Provides-Extra", []))
    assert "Typing :: Typed" in found.get_all("Classifier", [])
    assert str(found.get_payload()).startswith("# ")


def test_the_wheel_holds_the_packages_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == PACKAGES
    assert "hpc_schema/hpc.schema.json" in names
    assert {f"{package}/py.typed" for package in PACKAGES} <= names


def test_the_source_distribution_builds_the_same_wheel(built: Path, builder: Path, wheel: Path, tmp_path: Path) -> None:
    with tarfile.open(next(built.glob("*.tar.gz"))) as archive:
        archive.extractall(tmp_path, filter="data")
    source = next(tmp_path.iterdir())
    needed = ("LICENSE", "README.md", "CHANGELOG.md", "Makefile", "constraints.txt", "schema/generate.py")
    assert [name for name in needed if not (source / name).exists()] == []
    assert (source / "examples/train_lora_sft/train_lora_sft.json").exists()
    assert not (source / ".cache").exists()
    check(builder / "hatchling", "build", "-t", "wheel", "-d", tmp_path / "again", cwd=source)
    again = next((tmp_path / "again").glob("*.whl"))
    with zipfile.ZipFile(wheel) as first, zipfile.ZipFile(again) as second:
        assert {i.filename: i.CRC for i in first.infolist()} == {i.filename: i.CRC for i in second.infolist()}
