"""MLflow: one run a job, also after a resume; progress on a terminal and elsewhere."""

from __future__ import annotations

import io
import json
import os
import pty
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from subprocess import PIPE
from threading import Thread

import mlflow
import pytest
from rich.console import Console
from tests.end_to_end.runner.compiled import compiled
from transformers import TrainerState

from hpc_runner.__main__ import main
from hpc_runner.progress import Bar

ROWS = [{"instruction": f"What is {n}?", "input": "", "output": f"{n}, of course"} for n in range(8)]


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    (tmp_path / "rows.json").write_text(json.dumps(ROWS))
    return tmp_path / "rows.json"


@pytest.mark.train
def test_one_run_a_job_with_its_files_and_metrics(
    tmp_path: Path, tiny: Path, rows: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.chdir(tmp_path)
    job = {"model": tiny, "train": rows, "report_to": ["mlflow"], "save_steps": 1}
    assert main([str(compiled(tmp_path / "run", "sft", **job, max_steps=2))]) == 0  # type: ignore[arg-type]
    assert main([str(compiled(tmp_path / "run", "sft", **job, max_steps=3, resume=True))]) == 0  # type: ignore[arg-type]
    client = mlflow.MlflowClient(f"sqlite:///{tmp_path / 'mlflow.db'}")
    experiment = client.get_experiment_by_name("hpc")
    (run,) = client.search_runs([experiment.experiment_id])
    assert (run.info.run_name, run.info.status) == ("test", "FINISHED")
    said = capsys.readouterr().err
    store = shlex.quote(f"sqlite:///{tmp_path / 'mlflow.db'}")
    assert f"MLflow:  mlflow ui --backend-store-uri {store}\n" in said
    assert f"http://127.0.0.1:5000/#/experiments/{experiment.experiment_id}/runs/{run.info.run_id}\n" in said
    assert [m.step for m in client.get_metric_history(run.info.run_id, "loss")] == [1, 2, 3]
    wanted = {"learning_rate": "0.01", "lora_rank": "4", "model": str(tiny), "train_data": str(rows), "seed": "7"}
    assert wanted.items() <= run.data.params.items()
    names = {file.path for file in client.list_artifacts(run.info.run_id)}
    assert {"build", "loss.png", "summary.json", "metrics.jsonl", "late_bound.json"} <= names
    files = {file.path for file in client.list_artifacts(run.info.run_id, "build")}
    assert files == {"build/plan.json", "build/peft.json", "build/training_arguments.json"}
    assert not (tmp_path / "mlruns").exists()


@pytest.mark.train
def test_a_tracking_server_of_the_users_is_respected(
    tmp_path: Path, tiny: Path, rows: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "nonsense://nowhere")
    build = compiled(tmp_path / "run", "sft", model=tiny, train=rows, report_to=["mlflow"])
    assert main([str(build)]) == 1
    said = capsys.readouterr().err
    assert "error[HPC870]" in said
    assert "Traceback" not in said
    assert not (tmp_path / "mlflow.db").exists()


class Unauthorized(BaseHTTPRequestHandler):
    """A server that wants to know who asks."""

    def do_GET(self) -> None:
        self.send_error(401)

    def log_message(self, *_: object) -> None:
        """Nothing on the test's output."""


@pytest.mark.train
def test_a_server_that_asks_for_a_name_is_told_with_the_variables_and_without_the_password(
    tmp_path: Path, tiny: Path, rows: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with ThreadingHTTPServer(("127.0.0.1", 0), Unauthorized) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://me:s3cret@127.0.0.1:{server.server_port}")
        build = compiled(tmp_path / "run", "sft", model=tiny, train=rows, report_to=["mlflow"])
        assert main([str(build)]) == 1
        server.shutdown()
    said = capsys.readouterr().err
    assert "error[HPC870]" in said
    assert "set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD" in said
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and b"s3cret" in path.read_bytes()]
    assert "s3cret" not in said


@contextmanager
def locked(store: Path) -> Iterator[None]:
    """A database that another process holds: a lock of this one would end with the first look at the file."""
    with subprocess.Popen([sys.executable, "-c", LOCK, str(store)], stdin=PIPE, stdout=PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "locked\n"
        yield
        process.communicate()


LOCK = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
connection.execute("BEGIN EXCLUSIVE")
print("locked", flush=True)
sys.stdin.read()
"""


@pytest.mark.train
@pytest.mark.parametrize("store", ["corrupt", "locked", "folder"])
def test_a_local_store_that_cannot_be_used_does_not_matter(
    store: str,
    tmp_path: Path,
    tiny: Path,
    rows: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    path = tmp_path / "mlflow.db"
    if store == "folder":
        path.mkdir()
    elif store == "corrupt":
        path.write_bytes(b"this is not a database" * 100)
    build = compiled(tmp_path / "run", "sft", model=tiny, train=rows, report_to=["mlflow"])
    with locked(path) if store == "locked" else nullcontext():
        assert main([str(build)]) == 0
    said = capsys.readouterr().err
    assert "cannot be used" in said
    assert {"locked": "is locked", "corrupt": "is not a database", "folder": "is not a file"}[store] in said
    assert "Traceback" not in said


@pytest.mark.train
def test_mlflows_own_variables_are_respected(
    tmp_path: Path, tiny: Path, rows: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.setenv("MLFLOW_EXPERIMENT_NAME", "theirs")
    monkeypatch.setenv("MLFLOW_RUN_NAME", "tuesday")
    build = compiled(tmp_path / "run", "sft", model=tiny, train=rows, report_to=["mlflow"], max_steps=1)
    assert main([str(build)]) == 0
    client = mlflow.MlflowClient(f"sqlite:///{tmp_path / 'mlflow.db'}")
    (run,) = client.search_runs([client.get_experiment_by_name("theirs").experiment_id])
    assert run.info.run_name == "tuesday"
    monkeypatch.setenv("MLFLOW_RUN_ID", run.info.run_id)
    assert main([str(build), "--overwrite"]) == 0
    assert len(client.search_runs([run.info.experiment_id])) == 1


def on_terminal(command: list[str], environment: dict[str, str]) -> str:
    """What a program shows on a terminal of 120 columns."""
    master, slave = pty.openpty()
    shown = b""
    with subprocess.Popen(command, stdout=slave, stderr=slave, env={**os.environ, **environment}) as process:
        os.close(slave)
        while True:
            try:
                piece = os.read(master, 65536)
            except OSError:
                break
            shown += piece
        assert process.wait() == 0, shown.decode()
    os.close(master)
    return shown.decode()


@pytest.mark.train
def test_a_bar_on_a_terminal_without_colour_when_asked_and_no_library_that_is_not_used(
    tmp_path: Path, tiny: Path, rows: Path
) -> None:
    build = compiled(tmp_path / "run", "sft", model=tiny, train=rows, lora=False, save_strategy="no")
    environment = {"NO_COLOR": "1", "COLUMNS": "120", "TERM": "xterm-256color", "PYTHONPROFILEIMPORTTIME": "1"}
    shown = on_terminal([sys.executable, "-m", "hpc_runner", str(build)], environment)
    assert "3/3" in shown
    assert "loss " in shown
    assert "tokens/s" in shown
    assert not re.search(r"\x1b\[[0-9;]*3[0-8]", shown), "no color"
    imported = set(re.findall(r"^import time:.* (\w+)\.\w+", shown, re.MULTILINE))  # Those of which a part was loaded.
    assert {"torch", "datasets"} <= imported
    assert imported.isdisjoint({"deepspeed", "bitsandbytes", "wandb", "mlflow"})


@pytest.mark.train
def test_a_bar_tells_the_time_left_from_the_first_step_on() -> None:
    bar = Bar(Console(file=io.StringIO()))
    state = TrainerState(max_steps=3)
    bar.on_train_begin(None, state, None)
    (shown,) = bar.progress.tasks
    assert shown.fields["left"] == ""
    bar.on_step_begin(None, state, None)
    state.global_step = 1
    bar.on_step_end(None, state, None)
    assert re.fullmatch(r"\d+:\d\d left", shown.fields["left"])
    state.max_steps = 10**9
    assert re.fullmatch(r"\d+:\d\d:\d\d left", bar.left(state)), "hours"
    bar.on_train_end(None, state, None)


@pytest.mark.train
def test_plain_lines_elsewhere(tmp_path: Path, tiny: Path, rows: Path, capsys: pytest.CaptureFixture[str]) -> None:
    build = compiled(tmp_path / "run", "sft", model=tiny, train=rows, lora=False, save_strategy="no")
    assert main([str(build)]) == 0
    lines = [line for line in capsys.readouterr().err.splitlines() if line.startswith("step ")]
    assert [line.split("  ")[0] for line in lines] == ["step 1/3", "step 2/3", "step 3/3"]
    assert all("loss " in line and "lr " in line and "tokens/s" in line and " left" in line for line in lines)
    text = [json.loads(line) for line in (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()]
    assert [line["step"] for line in text] == [1, 2, 3, 3]
