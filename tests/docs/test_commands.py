"""Runs the commands of the README and the tutorial in order; they must print what the page shows.

A code block after a line "`name`:" is a file. `…` in a page stands for what differs between machines: any text, or,
on a line of its own, any lines.
`UPDATE_EXPECTED=1` writes the real output into the page.
"""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.end_to_end.tiny import make_tiny

from hpc.arguments import parsed

ROOT = Path(__file__).resolve().parents[2]
MODEL = ".cache/hpc/smollm2-135m-instruct"

FILE = re.compile(r"^`([\w.]+)`:\n\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CONSOLE = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PYTHON = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", re.MULTILINE)

NAMED = re.compile(r"`(hpc [a-z][^`\n]*)`|^\$ (?:[A-Z_]+=\S+ )?(hpc .*)$", re.MULTILINE)

ELSEWHERE = {
    "make demo": "tests/end_to_end/test_demo.py, and by hand on an empty machine",
    "make test": ".ci/run",
    "make generate": "tests/unit/test_house.py checks what it writes",
    "make install": "the Makefile",
    "hpc run train_sft.yaml": "the tutorial's run",
    ". .venv/bin/activate": "the shell",
    "pip install .": "tests/packaging/test_install.py",
    "pip install '.[train]'": "the Makefile",
}
FAILS = {"hpc validate bad.json": 1}


def run(command: str, folder: Path) -> tuple[int, str]:
    """Run a command of a page in the folder; exit code and output."""
    program, *arguments = shlex.split(command)
    start = {"hpc": [sys.executable, "-m", "hpc.cli"], "python": [sys.executable]}[program]
    environment = {**os.environ, "COLUMNS": "100", "NO_COLOR": "1", "PYTHONUNBUFFERED": "1"}
    done = subprocess.run(
        [*start, *arguments], cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    return done.returncode, done.stdout


def as_printed(command: str, shown: str, folder: Path) -> str:
    """What the page should show for the command: what it does show, if the real output is like that."""
    words = command.split("  #")[0].strip()
    if words in ELSEWHERE:
        return shown
    code, output = run(words, folder)
    assert code == FAILS.get(words, 0), f"{words}: {output}"
    output = f"{output.rstrip()}\n" if output.strip() else ""
    lines = ["(.*\n)*" if line == "…\n" else re.escape(line).replace("…", ".*") for line in shown.splitlines(True)]
    return shown if re.fullmatch("".join(lines), output) else output


def as_run(page: str, folder: Path) -> str:
    """The text of the page after its files were written and its commands were run."""
    for name, content in FILE.findall(page):
        (folder / name).write_text(content)

    def block(match: re.Match[str]) -> str:
        steps = [f"$ {command}\n{as_printed(command, shown, folder)}" for command, shown in COMMAND.findall(match[1])]
        return f"```console\n{''.join(steps)}```"

    return CONSOLE.sub(block, page)


def check(name: str, folder: Path) -> None:
    """The page shows what its commands print."""
    page = ROOT / name
    text = page.read_text()
    real = as_run(text, folder)
    if os.environ.get("UPDATE_EXPECTED"):
        page.write_text(real)
    assert page.read_text() == real


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "docs/how-to/other-tools.md"])
def test_commands_print_what_the_page_shows(name: str, tmp_path: Path) -> None:
    check(name, tmp_path)


@pytest.mark.train
def test_the_tutorial_trains_and_asks(tmp_path: Path) -> None:
    """Every command as printed, with a tiny model in place of the real one; then the page that uses the result."""
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    make_tiny(tmp_path / MODEL)
    check("docs/tutorial/first-run.md", tmp_path)
    page = (ROOT / "docs/how-to/use-the-result.md").read_text()
    (tmp_path / "use.py").write_text("".join(PYTHON.findall(page)))
    code, output = run("python use.py", tmp_path)
    assert code == 0, output


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.train
def test_the_tutorial_with_the_real_model_ends_with_the_right_answer(tmp_path: Path) -> None:
    """The model is downloaded; the last command prints the answer that the data teaches."""
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    check("docs/tutorial/first-run.md", tmp_path)


def test_every_command_on_a_page_is_one(capsys: pytest.CaptureFixture[str]) -> None:
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(ROOT.glob("docs/**/*.md"))]
    commands = {"".join(found) for page in pages for found in NAMED.findall(page.read_text())}
    assert len(commands) > 100
    for command in sorted(commands):
        with contextlib.suppress(SystemExit, ValueError):
            parsed(shlex.split(re.split(r"  #| [>|(]| &&", command)[0])[1:])
        said = capsys.readouterr().err
        assert "unrecognized" not in said, command
        assert "invalid choice" not in said, command
