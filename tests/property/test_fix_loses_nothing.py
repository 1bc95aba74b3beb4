"""`--fix` changes what its diagnostic is about and nothing else. `make fuzz` runs the same over far more documents."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.fuzz.configs import diagnostics, lost, one

from hpc.cli import main
from hpc.edit import apply
from hpc.fix import ConfigText, fix
from hpc.source.document import Format

SEEDS = range(2000)


def test_no_fix_loses_anything() -> None:
    offered = 0
    for seed in SEEDS:
        text, fault = one(f"fix-{seed}")
        assert not fault, (seed, text)
        offered += 1
    assert offered == len(SEEDS)


CASES: list[tuple[Format, str, str]] = [
    ("toml", "[general] seed = 7\n", "[general] seed = 7\n"),
    ("toml", "[general]\nseed = 7\n", "\nseed = 7\n"),
    ("toml", "[general\nseed = 7\n", "[general\nseed = 7\n"),
    ("yaml", "target_modules:\n  - a # why\n  - b\n", "target_modules:\n  - a # why\n  - b\n"),
    ("yaml", "target_modules: [a, b]\n", 'target_modules: "a,b"\n'),
    ("jsonc", '{"target_modules": ["a", // why\n"b"]}', '{"target_modules": ["a", // why\n"b"]}'),
    ("toml", 'target_modules = ["a", # why\n"b"]\n', 'target_modules = ["a", # why\n"b"]\n'),
    ("json", '{"learning_rate": "3e-4"}', '{"learning_rate": 3e-4}'),
    ("json", '{"learning_rate": " +3E-4 "}', '{"learning_rate": 3E-4}'),
    ("toml", 'learning_rate = ".3e-3"\n', "learning_rate = 0.3e-3\n"),
    ("yaml", "learning_rate: '1_000e-6'\n", "learning_rate: 1000e-6\n"),
    ("json", '{"learning_rate": "003e-4"}', '{"learning_rate": 3e-4}'),
    ("yaml", 'learning_rate: "3e-4"\n', "learning_rate: 3e-4\n"),
    ("toml", 'learning_rate = "3e-4"\n', "learning_rate = 3e-4\n"),
]


@pytest.mark.parametrize(("format_", "before", "after"), CASES)
def test_what_a_fix_writes(format_: Format, before: str, after: str) -> None:
    assert fix(ConfigText(f"a.{format_}", format_, before), [], portal=False).text == after


def test_the_property_sees_a_loss() -> None:
    """The check itself fails where a fix loses a comment."""
    text = '{"epochs": "3"}'
    (found,) = diagnostics(text, "json")
    assert found.fix
    assert apply(text, found.fix.edits) == '{"epochs": 3}'
    assert lost('{"epochs": "1000007"}', "json") == ""


def test_a_read_only_file_is_left_alone_and_no_fix_is_claimed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.json"
    path.write_text('{"epochs": "3"}')
    path.chmod(0o444)
    assert main(["validate", "--fix", str(path)]) == 2
    shown = capsys.readouterr()
    assert "HPC029" in shown.out + shown.err
    assert "no fixes applied" in shown.err
    assert path.read_text() == '{"epochs": "3"}'


KILLED = """
import os, sys
import hpc.edit
os.fsync = lambda _: os.kill(os.getpid(), 9)
hpc.edit.write_atomic(sys.argv[1], "new")
"""


def test_a_kill_leaves_no_temporary_file(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text("old")
    done = subprocess.run([sys.executable, "-c", KILLED, str(path)])
    assert done.returncode == -9
    if not hasattr(os, "O_TMPFILE"):
        pytest.skip("NOT TESTED: this system has no files without a name")
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.json"]
    assert path.read_text() == "old"
