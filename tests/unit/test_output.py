"""Where the output goes may be closed, full, or ASCII, and arguments may be anything: no traceback, and exit code 2."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from hpc.cli import main

BAD = '{"größe": 1, "epochs": 0}'


def hpc(*arguments: str, folder: Path, before: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    command = ["sh", "-c", f'exec "$@" {before}', "sh", sys.executable, "-m", "hpc.cli", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, env={**os.environ, **environment})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "bad.json").write_text(BAD)
    (tmp_path / "good.json").write_text("{}")
    return tmp_path


@pytest.mark.parametrize("where", ["> /dev/full", ">&-"])
@pytest.mark.parametrize("arguments", [("validate", "bad.json"), ("compile", "good.json", "--emit", "plan.json"), ()])
def test_an_output_that_takes_nothing(where: str, arguments: tuple[str, ...], folder: Path) -> None:
    done = hpc(*arguments, folder=folder, before=where)
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("arguments", [("validate", "bad.json"), ("explain", "HPC101"), ("--help",)])
def test_an_ascii_output(arguments: tuple[str, ...], folder: Path) -> None:
    done = hpc(*arguments, folder=folder, PYTHONIOENCODING="ascii", PYTHONUTF8="0", LC_ALL="C")
    assert "Traceback" not in done.stderr
    assert done.returncode == (1 if "validate" in arguments else 0)


def test_columns_of_5000_digits(folder: Path) -> None:
    done = hpc("validate", "bad.json", folder=folder, COLUMNS="9" * 5000)
    assert (done.returncode, "Traceback" in done.stderr) == (1, False)


@pytest.mark.parametrize("output", ["x" * 300, "/proc/x", "a/../../b", "-x", "bad.json/x", "/srv/../x"])
def test_an_output_folder_that_cannot_be(output: str, folder: Path) -> None:
    done = hpc("compile", "good.json", f"-o={output}", folder=folder)
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    assert "error[HPC" in done.stderr


@pytest.mark.parametrize("port", ["99999", "-1", "0", "x", "9" * 5000])
def test_a_port_that_is_none(port: str, folder: Path) -> None:
    done = hpc("ui", "--no-browser", f"--port={port}", folder=folder)
    assert (done.returncode, "Traceback" in done.stderr) == (2, False)


def test_init_through_a_link(folder: Path) -> None:
    (folder / "link.json").symlink_to("elsewhere.json")
    done = hpc("init", "train_lora_sft", "-o", "link.json", folder=folder)
    assert (done.returncode, "HPC705" in done.stderr) == (2, True), done.stderr
    assert not (folder / "elsewhere.json").exists()


@pytest.mark.parametrize("path", ["-x", "/srv/../x", "..", "a/..", "../a"])
def test_an_output_dir_that_climbs(path: str, folder: Path) -> None:
    (folder / "a.json").write_text(f'{{"output_dir": "{path}"}}')
    done = hpc("validate", "a.json", folder=folder)
    assert (done.returncode, "HPC106" in done.stdout) == (1, True), done.stdout


@pytest.mark.parametrize("path", ["a..b", "..a/b", "a-b", "/srv/runs"])
def test_an_output_dir_that_does_not_climb(path: str, folder: Path) -> None:
    (folder / "a.json").write_text(f'{{"output_dir": "{path}"}}')
    assert hpc("validate", "a.json", folder=folder).returncode == 0


@pytest.mark.parametrize("where", ["2> /dev/full", "2>&-"])
@pytest.mark.parametrize(
    ("arguments", "code"),
    [(("validate", "bad.json"), 1), (("validate", "none.json"), 2), (("explain", "bogus.json"), 2), (("bogus",), 2)],
)
def test_a_standard_error_that_takes_nothing(where: str, arguments: tuple[str, ...], code: int, folder: Path) -> None:
    done = hpc(*arguments, folder=folder, before=where)
    assert done.returncode == code
    assert "hpc: 1 file" not in done.stdout


def test_a_compiled_folder_that_is_a_link(folder: Path) -> None:
    here = folder / "here"
    here.mkdir()
    (here / "good.json").write_text("{}")
    (here / "build").symlink_to("..")
    for arguments in (["-o", "build"], ["-o", "build/x"], []):
        done = hpc("compile", "good.json", *arguments, folder=here)
        assert (done.returncode, "error[HPC706]" in done.stderr) == (2, True), done.stderr
    assert sorted(path.name for path in folder.iterdir()) == ["bad.json", "good.json", "here"]


@pytest.mark.parametrize("name", ["", "-x", "~/x", "..", "/srv/../x", "a/../b", "s3://bucket/x"])
def test_a_folder_that_is_not_meant_as_one(name: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    Path("final").mkdir()
    Path("final/adapter_config.json").write_text('{"base_model_name_or_path": "base"}')
    before = sorted(folder.rglob("*"))
    for command in (["compile", "good.json"], ["merge", "."]):
        assert main([*command, f"--output={name}"]) == 2
    assert sorted(folder.rglob("*")) == before


def test_a_compiled_file_that_is_a_link_is_replaced_and_not_followed(folder: Path) -> None:
    (folder / "out").mkdir()
    for name in ("plan.json", "launch.sh"):
        (folder / "out" / name).symlink_to("../bad.json")
    assert hpc("compile", "good.json", "-o", "out", folder=folder).returncode == 0
    assert (folder / "bad.json").read_text() == BAD
    assert not (folder / "out/plan.json").is_symlink()


INTERRUPTED = """
import os, signal, sys
class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == "MODULE":
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Finder())
import hpc.cli
sys.exit(hpc.cli.main())
"""


@pytest.mark.parametrize(
    ("module", "arguments"),
    [
        ("hpc.dispatch", ["validate", "good.json"]),
        ("argparse", ["--help"]),
        ("hpc.commands.validate", ["validate", "good.json"]),
        ("hpc.check", ["validate", "good.json"]),
        ("hpc.render.full", ["validate", "bad.json"]),
        ("uvicorn", ["ui", "--no-browser"]),
        ("hpc_ui.serve", ["ui", "--no-browser"]),
    ],
)
def test_ctrl_c_while_hpc_imports(module: str, arguments: list[str], folder: Path) -> None:
    program = INTERRUPTED.replace("MODULE", module)
    done = subprocess.run([sys.executable, "-c", program, *arguments], cwd=folder, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (130, "")


def test_ctrl_c_that_is_ignored_stays_ignored(folder: Path) -> None:
    program = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n" + INTERRUPTED.replace(
        "MODULE", "hpc.check"
    )
    done = subprocess.run([sys.executable, "-c", program, "validate", "good.json"], cwd=folder, capture_output=True)
    assert done.returncode == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ["compile", "NAME", "-o", "out\x1b[31m"],
        ["diff", "NAME", "good.json"],
        ["init", "train_lora_sft", "-o", "new\x1b[31m.json"],
        ["runs", "\x1b[31m"],
        ["ui", "--port", "\x1b[31m"],
        ["validate", "NAME", "--format", "\x1b[31m"],
        ["plan", "NAME"],
        ["explain", "NAME"],
        ["validate", "--diff", "NAME"],
    ],
    ids=lambda arguments: arguments[0],
)
def test_a_name_cannot_steer_the_terminal(arguments: list[str], folder: Path) -> None:
    name = "a\x1b]0;x\x07\u202e.json"
    (folder / name).write_text('{"epochs": "3"}')
    (folder / "\x1b[31m").mkdir()
    done = hpc(*[name if word == "NAME" else word for word in arguments], folder=folder)
    for control in ("\x1b", "\x07", "\u202e"):
        assert control not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
