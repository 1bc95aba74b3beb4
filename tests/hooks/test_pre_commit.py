"""The hooks, run by the real pre-commit in a temporary repository that installs hpc from a clone of this one."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PEOPLE = {
    f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER") for what, value in (("NAME", "hpc"), ("EMAIL", ""))
}

CONFIG = """\
repos:
  - repo: {hpc}
    rev: {rev}
    hooks:
      - id: hpc-fix
        files: ^train_.*\\.(jsonc?|ya?ml|toml)$
      - id: hpc-validate
        files: ^train_.*\\.(jsonc?|ya?ml|toml)$
      - id: hpc-compile-check
        args: [train_a.json, -o, compiled/train_a]
        files: ^(train_a\\.json|compiled/train_a/)
"""


class Project:
    """A git repository with configs and hooks."""

    def __init__(self, folder: Path, cache: Path) -> None:
        self.folder = folder
        self.environment = {**os.environ, **PEOPLE, "PRE_COMMIT_HOME": str(cache), "PRE_COMMIT_COLOR": "never"}
        folder.mkdir()
        self.git("init", "-q")

    def git(self, *words: str) -> str:
        done = subprocess.run(["git", *words], cwd=self.folder, env=self.environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def commit(self) -> str:
        self.git("add", "-A")
        self.git("commit", "-qm", "all", "--no-verify", "--allow-empty")
        return self.git("rev-parse", "HEAD")

    def hook(self, name: str) -> tuple[int, str]:
        """Run one hook on all files."""
        return self.pre_commit("run", name, "--all-files", "--verbose")

    def pre_commit(self, *words: str) -> tuple[int, str]:
        done = subprocess.run(
            [sys.executable, "-m", "pre_commit", *words],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=300,
        )
        return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    pytest.importorskip("pre_commit", reason="pre-commit is not installed (pip install pre-commit)")
    base = tmp_path_factory.mktemp("hooks")
    hpc = Project(base / "hpc", base / "cache")
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    wanted = ("schema/", "compiler/", "runner/", "ui/", "README", "LICENSE", "pyproject", ".pre-commit-hooks")
    for name in listed.stdout.split("\0"):
        if name.startswith(wanted) and (ROOT / name).is_file():
            (hpc.folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, hpc.folder / name)
    rev = hpc.commit()
    mine = Project(base / "mine", base / "cache")
    (mine.folder / ".pre-commit-config.yaml").write_text(CONFIG.format(hpc=hpc.folder.as_uri(), rev=rev))
    (mine.folder / "train_a.json").write_text('{"learning_rate": 2e-4}\n')
    (mine.folder / "train_b.yaml").write_text("# mine\ndistributed_backend: DDP\n")
    (mine.folder / "other.json").write_text('{"epochs": 0}\n')
    mine.commit()
    code, shown = mine.pre_commit("install-hooks")
    if "Failed to establish a new connection" in shown:
        pytest.skip("no package registry within reach: pre-commit cannot install hpc")
    assert code == 0, shown
    return mine


def test_the_real_pre_commit_fixes_validates_and_compares(project: Project) -> None:
    code, shown = project.hook("hpc-validate")
    assert code == 1
    assert "train_b.yaml:2:22" in shown
    assert "HPC104" in shown
    assert "other.json" not in shown

    code, shown = project.hook("hpc-fix")
    assert code == 1, "pre-commit fails a hook that changed a file"
    assert "files were modified by this hook" in shown
    assert (project.folder / "train_b.yaml").read_text() == "# mine\ndistributed_backend: ddp\n"
    project.commit()
    assert project.hook("hpc-fix")[0] == 0
    assert project.hook("hpc-validate")[0] == 0

    code, shown = project.hook("hpc-compile-check")
    assert code == 1
    assert "compiled/train_a/training_arguments.json: missing" in shown
    compiled = [sys.executable, "-m", "hpc.cli", "compile", "train_a.json", "-o", "compiled/train_a"]
    subprocess.run(compiled, cwd=project.folder, check=True, capture_output=True)
    project.commit()
    assert project.hook("hpc-compile-check")[0] == 0
    (project.folder / "train_a.json").write_text('{"learning_rate": 1e-4}\n')
    project.commit()
    code, shown = project.hook("hpc-compile-check")
    assert code == 1
    assert '+  "learning_rate": 0.0001' in shown
