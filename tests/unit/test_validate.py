"""``hpc validate --fix``, ``--diff``, ``--set``, standard input, and the exit codes."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path
from unittest.mock import Mock

import pytest

from hpc.cli import main
from hpc.commands import validate as validate_command
from hpc.source import read

OLD = {
    "json": '{\n  "finetuning_type": "LoRA",\n  "batch_size": 2.0,   "seed": "7"\n}\n',
    "jsonc": '{\n  // adapters\n  "finetuning_type": "LoRA", /* small */\n  "batch_size": 2.0,   "seed": "7",\n}\n',
    "yaml": "# adapters\nfinetuning_type: 'LoRA'  # small\nbatch_size:   2.0\n\nseed: \"7\"\n",
    "toml": "# adapters\nfinetuning_type = 'LoRA'  # small\nbatch_size   = 2.0\n\nseed = \"7\"",
}
NEW = {
    "json": '{\n  "training_type": "lora",\n  "batch_size": 2,   "seed": 7\n}\n',
    "jsonc": '{\n  // adapters\n  "training_type": "lora", /* small */\n  "batch_size": 2,   "seed": 7,\n}\n',
    "yaml": "# adapters\ntraining_type: lora  # small\nbatch_size:   2\n\nseed: 7\n",
    "toml": '# adapters\ntraining_type = "lora"  # small\nbatch_size   = 2\n\nseed = 7',
}


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def wrote(text: str, name: str = "train.json") -> Path:
    path = Path(name)
    path.write_bytes(text.encode())
    return path


@pytest.mark.parametrize("format_", OLD)
def test_fix_changes_what_is_wrong_and_nothing_else(format_: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = wrote(OLD[format_], f"train.{format_}")
    assert main(["validate", "--fix", path.name]) == 0
    assert path.read_text() == NEW[format_]
    assert "4 fixes applied" in capsys.readouterr().err
    assert read(path.name).values == {"training_type": "lora", "batch_size": 2, "seed": 7}


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("format_", OLD)
def test_diff_changes_nothing_and_can_be_applied(format_: str, end: str, capfd: pytest.CaptureFixture[str]) -> None:
    path = wrote(OLD[format_].replace("\n", end), f"train.{format_}")
    assert main(["validate", "--diff", path.name]) == 1
    assert path.read_bytes() == OLD[format_].replace("\n", end).encode()
    difference = capfd.readouterr().out
    subprocess.run(["git", "apply", "-p0", "-"], input=difference.encode(), check=True)
    assert path.read_bytes() == NEW[format_].replace("\n", end).encode()
    assert main(["validate", "--diff", path.name]) == 0
    assert capfd.readouterr().out == ""


def test_fix_reports_what_remains(capsys: pytest.CaptureFixture[str]) -> None:
    path = wrote('{"batch_size": 2.0, "lerning_rate": 1}')
    assert main(["validate", "--fix", "--format", "json", path.name]) == 1
    printed = capsys.readouterr()
    assert [(d["code"], d["column"]) for d in json.loads(printed.out)] == [("HPC101", 19)]
    assert printed.err == "hpc: 1 file, 1 error, no warnings, 1 fix applied\n"
    assert path.read_text() == '{"batch_size": 2, "lerning_rate": 1}'


def test_fix_leaves_a_good_file_alone(capsys: pytest.CaptureFixture[str]) -> None:
    path = wrote('{"batch_size": 2}')
    before = path.stat()
    assert main(["validate", "--fix", path.name]) == 0
    assert (path.stat().st_mtime_ns, path.stat().st_ino) == (before.st_mtime_ns, before.st_ino)


def test_fix_repairs_what_cannot_even_be_read() -> None:
    path = wrote('{"batch_size": 2.0, // two\n}')
    main(["validate", "--fix", path.name])
    remaining = path.read_text()
    assert main(["validate", "--fix", path.name]) in (0, 1, 2)
    assert path.read_text() == remaining


def test_a_file_that_cannot_be_written_stays_and_is_an_error() -> None:
    path = wrote('{"batch_size": 2.0}')
    command = [sys.executable, "-m", "hpc.cli", "validate", "--fix", "train.json"]
    done = subprocess.run(["bash", "-c", 'ulimit -f 0; exec "$@"', "bash", *command], capture_output=True, text=True)
    assert done.returncode == 2
    assert "error[HPC029]: cannot be written: file too large" in done.stdout
    assert "Traceback" not in done.stderr
    assert path.read_text() == '{"batch_size": 2.0}'
    assert list(Path().iterdir()) == [path]


def test_fix_of_standard_input_prints_the_text(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO('{"batch_size": 2.0, /* two */ "x": 1}'))
    assert main(["validate", "--fix", "-"]) == 1
    printed = capsys.readouterr()
    assert printed.out == '{"batch_size": 2, /* two */ "x": 1}'
    assert "error[HPC101]" in printed.err


def test_standard_input_is_checked(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO('{"epochs": 0}'))
    assert main(["validate", "--format", "concise", "-"]) == 1
    assert capsys.readouterr().out.startswith("<stdin>:1:12: error[HPC105]")


@pytest.mark.parametrize(
    ("text", "options", "code"),
    [
        ("{}", [], 0),
        ('{"zero_stage": 2}', [], 0),
        ('{"zero_stage": 2}', ["--strict"], 1),
        ('{"epochs": 0}', [], 1),
        ('{"epochs": 0', [], 2),
        ('{"liger_kernel": true, "flash_attention_v2": true}', ["--portal=2025-12-31"], 1),
        ('{"liger_kernel": true, "flash_attention_v2": true}', ["--portal"], 0),
        ("{}", ["--portal=yesterday"], 2),
        ("{}", ["--portal=20251231"], 2),
        ("{}", ["--set", "epochs=0"], 1),
        ('{"epochs": 0}', ["--set", "epochs=1"], 0),
        ("{}", ["--set", "epochs"], 2),
        ("{}", ["--set", "weight_decay=1e999"], 2),
        ("{}", ["--set", "epochs=99999999999999999999"], 2),
        ("{}", ["--set", "finetuning_type=LoRA"], 1),
    ],
)
def test_exit_codes(text: str, options: list[str], code: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", *options, wrote(text).name]) == code
    assert main(["validate", *options, "--fix", "train.json"]) == code


def test_an_override_is_never_fixed_in_the_file(capsys: pytest.CaptureFixture[str]) -> None:
    path = wrote('{"batch_size": 4}')
    assert main(["validate", "--fix", "--set", "batch_size=2.0", path.name]) == 1
    assert path.read_text() == '{"batch_size": 4}'
    assert "--> --set batch_size=2.0" in capsys.readouterr().out


def test_every_error_of_every_file_in_one_run(capsys: pytest.CaptureFixture[str]) -> None:
    wrote('{"epochs": 0, "x": 1}', "a.json")
    wrote("epochs: 0\ny: 1\n", "b.yaml")
    assert main(["validate", "--format", "concise", "b.yaml", "missing.toml", "a.json"]) == 2
    places = [line.split(": ")[0] for line in capsys.readouterr().out.splitlines()]
    assert places == ["a.json:1:12", "a.json:1:15", "b.yaml:1:9", "b.yaml:2:1", "missing.toml"]


def test_errors_of_other_commands_show_the_source(capsys: pytest.CaptureFixture[str]) -> None:
    for text in ('{"epochs": 0}', '{"epochs": 0'):
        assert main(["compile", wrote(text).name]) > 0
        assert f"1 | {text}" in capsys.readouterr().err


def test_many_files_are_checked_by_several_processes_with_the_same_answer(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    names = [wrote('{"epochs": 0}' if i % 3 == 0 else "{}", f"{i}.json").name for i in range(9)]
    alone = (main(["validate", *names, "absent.json"]), capsys.readouterr())
    shared = Mock(wraps=validate_command._on_all_cores)
    monkeypatch.setattr("os.cpu_count", lambda: 3)
    monkeypatch.setattr(validate_command, "MANY", 3)
    monkeypatch.setattr(validate_command, "_on_all_cores", shared)
    assert (main(["validate", *names, "absent.json"]), capsys.readouterr()) == alone
    assert shared.call_args.args[2] == 3
