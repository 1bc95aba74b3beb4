"""One run at a time, started from the page and independent of it: a page that is opened again finds it by its files."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Any, Final

from hpc.edit import write_atomic
from hpc_disk.checkpoints import all_checkpoints
from hpc_disk.files import kind
from hpc_disk.run_folder import LOG, METRICS, is_locked
from hpc_disk.runs import describe, find
from hpc_ui.configs import inside

FOLDER: Final = Path(".hpc/run")
STATE: Final = FOLDER / "state.json"
LOCK: Final = FOLDER / "lock"
EXIT: Final = FOLDER / "exit_code"
WHOLE: Final = {"pid": int, "file": str, "output_dir": str, "epochs": int, "started": float, "log_begin": int}
"""What a state must have."""
LOG_FLAGS: Final = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW
"""The log of an earlier part of the run is kept, and a link is not followed."""
LOG_LIMIT: Final = 64 << 10
MOST_RUNS: Final = 50
"""Runs that are listed."""
SHOWN_FILES: Final = ("loss.png", METRICS, "summary.json", LOG)
LOADERS: Final = {
    False: "from transformers import AutoModelForCausalLM, AutoTokenizer",
    True: "from peft import AutoPeftModelForCausalLM\nfrom transformers import AutoTokenizer",
}
SNIPPET: Final = """{library}

model = Auto{peft}ModelForCausalLM.from_pretrained({path}, dtype="auto")
tokenizer = AutoTokenizer.from_pretrained({path})"""


def start(file: str, output_dir: str, epochs: int, options: dict[str, bool]) -> bool:
    """Start ``hpc run`` in a session of its own: it keeps running when the page or its server ends.

    The job inherits a lock and holds it until it ends, however it ends. Returns False when another job holds it.
    """
    if not FOLDER.resolve().is_relative_to(Path.cwd().resolve()):
        raise OSError(f"{FOLDER} is a link out of the current folder: remove it")
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / ".gitignore").write_text("*\n", encoding="utf-8")
    with LOCK.open("r+b" if LOCK.exists() else "wb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        EXIT.unlink(missing_ok=True)
        lock.truncate(0)
        log = Path(output_dir) / LOG
        log.parent.mkdir(parents=True, exist_ok=True)
        started = time.time()
        flags = [f"--{name.replace('_', '-')}" for name, chosen in options.items() if chosen]
        with os.fdopen(os.open(log, LOG_FLAGS, 0o666), "ab") as stream:
            begin = stream.tell()
            child = subprocess.Popen(  # noqa: S603 (an argument list, no shell)
                [sys.executable, "-m", "hpc_ui.job", str(EXIT), file, *flags],
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                pass_fds=[lock.fileno()],
                env={**os.environ, "HPC_LOCK": str(lock.fileno())},
            )
        state = {
            "pid": child.pid,
            "file": file,
            "output_dir": output_dir,
            "epochs": epochs,
            "started": started,
            "log_begin": begin,
            **options,
        }
        write_atomic(str(STATE), json.dumps(state) + "\n")
    return True


def read_state() -> dict[str, Any] | None:
    """The state of the last run, if there was one and its file is whole."""
    state = _json(STATE) or {}
    return state if all(isinstance(state.get(name), of) for name, of in WHOLE.items()) else None


def is_running() -> bool:
    """Whether the job is running: whether its lock is held."""
    return is_locked(LOCK)


def stop() -> None:
    """Ask the run to end: it writes a clean checkpoint and exits with 143."""
    state = read_state()
    if state is None or not is_running():
        return
    if not EXIT.exists():
        write_atomic(str(EXIT), str(128 + signal.SIGTERM))  # For a job that has just started and cannot write it yet.
    with suppress(ProcessLookupError, PermissionError):
        os.kill(state["pid"] if _lives(state["pid"]) else _trainer(), signal.SIGTERM)


def _lives(pid: int) -> bool:
    """Whether the wrapper is there; after kill -9 the training goes on without it."""
    try:
        return b"hpc_ui.job" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def _trainer() -> int:
    """The process that trains, which has written its id into the lock; 0 would be this one's own group."""
    text = _text(LOCK, 0).strip()
    if not text.isdecimal() or int(text) <= 1:
        raise ProcessLookupError
    return int(text)


def watch(log_from: int, metrics_from: int = 0) -> dict[str, Any] | None:
    """Everything that the page shows of the last run; the log from a byte on, the metrics from a line on."""
    state = read_state()
    if state is None:
        return None
    output, since = Path(state["output_dir"]), state["started"]
    summary, running = _json(output / "summary.json", since), is_running()
    return {
        **state,
        "running": running,
        "exit_code": _exit_code(summary if not running else None),
        "checkpoint": _newest_checkpoint(output, since),
        **_ending(output, summary if not running else None),
        **_metrics(output / METRICS, since, metrics_from),
        **_log(output / LOG, max(log_from, state["log_begin"])),
    }


def earlier(folder: str) -> dict[str, Any]:
    """The same of any run in the current folder, which is no longer going on."""
    run = describe(Path(inside(folder)))
    output = Path(run.folder)
    summary = _json(output / "summary.json") if run.state == "finished" else None
    return {
        "file": run.config,
        "output_dir": run.folder,
        "started": run.started,
        "running": False,
        "exit_code": {"finished": 0, "stopped": 143}.get(run.state, 1),
        "state": "running, started elsewhere" if run.state == "running" else run.state,
        "checkpoint": None,
        "skip_bad_rows": False,
        **_ending(output, summary),
        **_metrics(output / METRICS, 0, 0),
        **_log(output / LOG, 0),
    }


def listed() -> list[dict[str, Any]]:
    """The runs in the current folder, newest first."""
    found = [describe(path) for path in islice(find(Path()), MOST_RUNS)]
    return [asdict(run) for run in sorted(found, key=lambda run: -run.started)]


def _ending(output: Path, summary: dict[str, Any] | None) -> dict[str, Any]:
    """What a finished run says at its end: its summary, what it made, and how that is loaded."""
    results = (summary or {}).get("results")
    if not isinstance(results, dict) or not results:
        return {"summary": summary, "files": [], "snippet": ""}
    made = [*map(str, results.values()), *(str(output / name) for name in SHOWN_FILES if kind(output / name) == "file")]
    path, adapter = list(results.values())[-1], list(results) == ["adapter"]
    return {
        "summary": summary,
        "files": made,
        "snippet": SNIPPET.format(peft="Peft" * adapter, library=LOADERS[adapter], path=json.dumps(path)),
    }


def _metrics(path: Path, since: float, start: int) -> dict[str, Any]:
    rows = _rows(path, since)
    start = start if start <= len(rows) else 0
    return {"metrics": rows[start:], "metrics_from": start}


def _exit_code(summary: dict[str, Any] | None) -> int:
    """What the wrapper noted. Where it was killed, a summary says that the run is complete; -1 where nothing does."""
    text = _text(EXIT, 0).strip()
    if text.isdecimal() and len(text) < 4:
        return int(text)
    return 0 if summary and not summary.get("ended") else -1


def _newest_checkpoint(output: Path, since: float) -> str | None:
    """The last checkpoint that this run wrote, as a path."""
    return next((str(path) for path in all_checkpoints(output) if _written(path) >= since), None)


def _written(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0


def _log(path: Path, start: int) -> dict[str, Any]:
    try:
        size = path.stat().st_size if kind(path) == "file" else -1
        if size < 0:
            raise FileNotFoundError
        start = max(start if start <= size else 0, size - LOG_LIMIT)
        with path.open("rb") as stream:
            stream.seek(start)
            data = stream.read(LOG_LIMIT)
    except OSError:
        return {"log": "", "log_from": 0, "log_to": 0}
    return {"log": data.decode("utf-8", "replace"), "log_from": start, "log_to": start + len(data)}


def _rows(path: Path, since: float) -> list[dict[str, Any]]:
    """The complete lines of a JSONL file of this run."""
    lines = [line for line in _text(path, since).splitlines(keepends=True) if line.endswith("\n")]
    return [row for row in map(_object, lines) if row is not None]


def _object(text: str) -> dict[str, Any] | None:
    """The JSON object of a text; None for anything else, and for what no JSON answer may hold."""
    try:
        found = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _refuse(name: str) -> None:
    raise ValueError(name)


def _json(path: Path, since: float = 0) -> dict[str, Any] | None:
    return _object(_text(path, since))


def _text(path: Path, since: float) -> str:
    """The file's text; nothing for one that is older than the run, which an earlier run left."""
    if kind(path) != "file" or _written(path) < since:
        return ""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
