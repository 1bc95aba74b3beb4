"""``hpc completion``: real shells complete commands, options, recipes, artifacts and formats."""

import os
import pty
import select
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from hpc.arguments import COMMANDS
from hpc.cli import main
from hpc.recipes import RECIPES
from hpc.render import FORMATS
from hpc.targets.registry import NAMES

CASES = [
    ("hpc ", COMMANDS),
    ("hpc va", ["validate"]),
    ("hpc init ", RECIPES),
    ("hpc init train_full_", [name for name in RECIPES if "full" in name]),
    ("hpc compile train.json --emit ", NAMES),
    ("hpc validate --format ", FORMATS),
    ("hpc validate --po", ["--portal"]),
    ("hpc schema --install ", ["vscode", "tombi", "other"]),
    ("hpc completion ", ["bash", "zsh", "fish"]),
    ("hpc validate mine.", ["mine.json"]),
]

BASH = """\
source "$1"
COMP_LINE=$2 COMP_POINT=${#2}
read -ra COMP_WORDS <<< "$2"
[[ $2 == *" " ]] && COMP_WORDS+=("")
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
[[ $(complete -p hpc) =~ -F\\ ([^ ]+) ]]
"${BASH_REMATCH[1]}" hpc "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
printf '%s\\n' "${COMPREPLY[@]}"
"""


def script(shell: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    if not shutil.which(shell):
        pytest.skip(f"{shell} is not installed: its completion cannot be tested")
    assert main(["completion", shell]) == 0
    path = folder / f"hpc.{shell}"
    path.write_text(capsys.readouterr().out)
    (folder / "mine.json").write_text("{}")
    return path


def printed(*command: str, folder: Path) -> list[str]:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)
    assert done.stderr == ""
    return [line.split("\t")[0].strip() for line in done.stdout.splitlines() if line.strip()]


@pytest.mark.parametrize(("line", "expected"), CASES)
def test_bash(tmp_path: Path, capsys: pytest.CaptureFixture[str], line: str, expected: list[str]) -> None:
    path = script("bash", tmp_path, capsys)
    offered = printed("bash", "--norc", "-c", BASH, "bash", str(path), line, folder=tmp_path)
    assert sorted(offered) == sorted(expected)


@pytest.mark.parametrize(("line", "expected"), CASES)
def test_fish(tmp_path: Path, capsys: pytest.CaptureFixture[str], line: str, expected: list[str]) -> None:
    path = script("fish", tmp_path, capsys)
    asked = 'source $argv[1]; complete -C "$argv[2]"'
    offered = printed("fish", "--no-config", "-c", asked, str(path), line, folder=tmp_path)
    assert sorted(offered) == sorted(expected)


@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        ("hpc va", "hpc validate"),
        ("hpc init train_full_s", "hpc init train_full_sft"),
        ("hpc compile train.json --emit deep", "hpc compile train.json --emit deepspeed.json"),
        ("hpc validate --format sar", "hpc validate --format sarif"),
        ("hpc validate mine.", "hpc validate mine.json"),
    ],
)
def test_zsh(tmp_path: Path, capsys: pytest.CaptureFixture[str], typed: str, completed: str) -> None:
    path = script("zsh", tmp_path, capsys)
    setup = f"PS1='% '; autoload -Uz compinit; compinit -u -D; eval \"$(< {path})\"; echo READY"
    assert completed in typed_into_zsh(tmp_path, setup, typed, completed)


def typed_into_zsh(folder: Path, setup: str, typed: str, completed: str) -> str:
    """What a terminal shows after the line and a tab have been typed, until it shows the completed line."""
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(folder)
        os.execlpe("zsh", "zsh", "-f", "-i", {**os.environ, "TERM": "dumb", "COLUMNS": "200"})
    try:
        os.write(terminal, f"{setup}\n".encode())
        until(terminal, "\nREADY")
        os.write(terminal, f"{typed}\t".encode())
        return until(terminal, completed)
    finally:
        os.kill(child, 9)
        os.waitpid(child, 0)
        os.close(terminal)


def until(terminal: int, mark: str) -> str:
    """The terminal's output up to a mark, or what there is of it after a minute."""
    shown, end = "", time.monotonic() + 60
    while mark not in shown and time.monotonic() < end:
        if select.select([terminal], [], [], 1)[0]:
            shown += os.read(terminal, 4096).decode(errors="replace").replace("\r", "")
    return shown
