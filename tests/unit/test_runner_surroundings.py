"""What the runner shows and how it notices a lost process, without a training."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from hpc_disk.streams import Steady
from hpc_runner.atomic import commit_folder, partial_folder, remove_partial, write_text
from hpc_runner.errors import RunnerError, visible
from hpc_runner.faults import explain
from hpc_runner.row_cache import cached
from hpc_runner.tokens import Facts


def test_a_file_name_cannot_steer_the_terminal() -> None:
    assert visible("a\x1b[31mb\x07\u202ec\nd\te") == "a\\x1b[31mb\\x07\\u202ec\nd\te"


def test_an_error_is_shown_escaped(capsys: pytest.CaptureFixture[str]) -> None:
    from hpc_runner.errors import report

    report(RunnerError("HPC524", "row \x1b]0;x\x07"))
    assert "\x1b" not in capsys.readouterr().err


class Gone(io.StringIO):
    def write(self, _text: str) -> int:
        raise BrokenPipeError

    def flush(self) -> None:
        raise OSError(28, "No space left on device")


def test_a_steady_stream_never_fails() -> None:
    stream = Steady(Gone())
    assert stream.write("text") == 4
    stream.flush()
    ascii_only = Steady(io.TextIOWrapper(io.BytesIO(), encoding="ascii"))
    ascii_only.write("größe")
    ascii_only.flush()
    assert ascii_only.buffer.getvalue() == b"gr\\xf6\\xdfe"


def test_a_link_with_a_temporary_name_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("mine")
    (tmp_path / ".a.json.tmp").symlink_to("precious")
    write_text(tmp_path / "a.json", "new")
    assert (tmp_path / "precious").read_text() == "mine"
    assert (tmp_path / "a.json").read_text() == "new"


@pytest.mark.parametrize("linked", [".final.x.partial", ".final.x.old", "final"])
@pytest.mark.parametrize("existing", ["folder", "file", "nothing"])
def test_a_link_in_place_of_a_folder_is_not_followed(linked: str, existing: str, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    if existing == "folder":
        precious.mkdir()
        (precious / "a").write_text("mine")
    elif existing == "file":
        precious.write_text("mine")
    output = tmp_path / "out"
    output.mkdir()
    (output / "final").mkdir()
    if linked == "final":
        (output / "final").rmdir()
    (output / linked).symlink_to(precious)
    remove_partial(output / "final")
    partial = partial_folder(output / "final")
    assert partial_folder(output / "final") != partial, "the name is random"
    remove_partial(output / "other")
    (partial / "weights").write_text("new")
    commit_folder(partial, output / "final")
    assert not (output / "final").is_symlink()
    assert (output / "final/weights").read_text() == "new"
    remove_partial(output / "final")
    assert [path.name for path in output.iterdir()] == ["final"]
    if existing == "folder":
        assert [path.name for path in precious.iterdir()] == ["a"]
    assert precious.is_file() == (existing == "file")


@pytest.mark.train
@pytest.mark.parametrize("linked", ["k", "k.partial", "k.lock"])
def test_a_link_in_the_cache_of_rows_is_not_followed(
    linked: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HPC_CACHE", str(tmp_path / "cache"))
    precious = tmp_path / "precious"
    if linked == "k.lock":
        precious.write_text("mine")
    else:
        precious.mkdir()
    (tmp_path / "cache/rows").mkdir(parents=True)
    (tmp_path / "cache/rows" / linked).symlink_to(precious)
    made = cached("k", lambda: [1, 2], lambda part: ([{"input_ids": [each]} for each in part], part, Facts()), "rows")
    assert list(made.rows["input_ids"]) == [[1], [2]]
    assert precious.read_text() == "mine" if linked == "k.lock" else not any(precious.iterdir())


@pytest.mark.parametrize(
    "text",
    [
        "Weights only load failed. This file can still be loaded",
        "loaded state dict contains a parameter group that doesn't match the size of optimizer's group",
        "Error(s) in loading state_dict for LlamaForCausalLM:\n\tsize mismatch",
    ],
)
def test_a_poisoned_or_foreign_state_has_a_code(text: str) -> None:
    error = explain(RuntimeError(text))
    assert error is not None
    assert error.code == "HPC531"


BEATS = """
import os, sys
from datetime import timedelta
from torch.distributed import TCPStore
from hpc_runner import heartbeat
heartbeat.INTERVAL, heartbeat.PATIENCE = 0.2, float(sys.argv[3])
store = TCPStore("127.0.0.1", int(sys.argv[1]), is_master=False, timeout=timedelta(seconds=20))
beat = heartbeat.Heartbeat(store, 2, heartbeat._end)
beat.start()
print("beats", flush=True)
if sys.argv[2] == "done":
    sys.stdin.readline()
    beat.done()
    sys.exit(0)
if sys.argv[2] == "refuses":
    sys.exit(1)
beat.join()
"""


def beating(port: int, rank: int, role: str, patience: float) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", BEATS, str(port), role, str(patience)],
        env={**os.environ, "RANK": str(rank)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def both_beat(*processes: subprocess.Popen[str]) -> None:
    """Wait until every process has imported torch and beats."""
    for process in processes:
        assert process.stdout
        assert process.stdout.readline() == "beats\n"


@pytest.fixture
def port() -> int:
    from datetime import timedelta

    from torch.distributed import TCPStore

    global kept
    kept = TCPStore("127.0.0.1", 0, is_master=True, wait_for_workers=False, timeout=timedelta(seconds=20))
    return int(kept.port)


@pytest.mark.slow
@pytest.mark.train
@pytest.mark.parametrize("how", ["vanishes", "refuses"])
def test_a_process_that_is_gone_ends_the_other(how: str, port: int) -> None:
    """SIGSTOP closes no connection, as a machine without power closes none; a refusal may be one rank's alone."""
    one, other = beating(port, 0, "stays", 30), beating(port, 1, how, 60)
    both_beat(one, other)
    assert one.poll() is None
    other.send_signal(signal.SIGSTOP)
    try:
        assert one.wait(timeout=120) == 1
        assert one.stderr
        assert "error[HPC862]" in one.stderr.read()
    finally:
        other.kill()
        other.wait()


@pytest.mark.slow
@pytest.mark.train
def test_a_process_that_is_done_may_be_silent(port: int) -> None:
    one, other = beating(port, 0, "stays", 15), beating(port, 1, "done", 60)
    both_beat(one, other)
    other.communicate("\n", timeout=300)
    time.sleep(16)  # Longer than its patience.
    assert one.poll() is None
    one.kill()
    one.wait()


SIGNALLED = """
import os, signal, sys, time
from hpc_runner import signals
signals.SAME = 0.1
caught = signals.Signals()
caught.install()
caught.loading = sys.argv[1] == "loading"
caught.defer = sys.argv[1] == "training"
for number in (signal.SIGINT, signal.SIGHUP):
    os.kill(os.getpid(), number)
    time.sleep(0.3)
print("still there")
"""


@pytest.mark.parametrize(
    ("phase", "code", "words"),
    [("loading", 130, ""), ("training", 129, "Ctrl-C: saving a checkpoint after this step. Press again to stop now.")],
)
def test_a_second_signal_ends_at_once_and_one_while_loading_says_nothing(phase: str, code: int, words: str) -> None:
    done = subprocess.run([sys.executable, "-c", SIGNALLED, phase], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr.strip()) == (code, "", words)


def test_nohup_is_respected() -> None:
    ignored = f"import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN)\n{SIGNALLED}"
    done = subprocess.run([sys.executable, "-c", ignored, "training"], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "still there\n")


CLOSED = """
import os, sys
from hpc_disk.streams import steady
steady()
with open(sys.argv[1], "w") as file:
    assert file.fileno() > 2
    print("lost")
    os.system("echo lost too")
"""


def test_a_closed_output_takes_no_other_files_place(tmp_path: Path) -> None:
    command = ["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", sys.executable, "-c", CLOSED, str(tmp_path / "file")]
    assert subprocess.run(command).returncode == 0
    assert (tmp_path / "file").read_text() == ""


@pytest.mark.train
def test_the_table_shows_names_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    from hpc_runner.report import show

    summary: dict[str, Any] = dict.fromkeys(("first_loss", "last_eval_loss", "seconds", "peak_gpu_bytes"))
    show(
        {
            **summary,
            "name": "[red]a\x1b",
            "ended": None,
            "steps": 1,
            "trained_parameters": 1,
            "all_parameters": 1,
            "results": {},
            "output_dir": "runs/a",
        }
    )
    shown = capsys.readouterr().err
    assert "[red]a\\x1b is trained" in shown
