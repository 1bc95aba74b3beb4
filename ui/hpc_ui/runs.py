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
from pathlib import Path
from typing import Any, Final

FOLDER: Final = Path(".hpc/run")
STATE: Final = FOLDER / "state.json"
LOCK: Final = FOLDER / "lock"
EXIT: Final = FOLDER / "exit_code"
LOG_LIMIT: Final = 64 << 10


def start(file: str, output_dir: str, epochs: int, options: dict[str, bool]) -> bool:
    """Start ``hpc run`` in a session of its own: it keeps running when the page or its server ends.

    The job inherits a lock and holds it until it ends, however it ends. Returns False when another job holds it.
    """
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / ".gitignore").write_text("*\n", encoding="utf-8")
    with LOCK.open("wb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        EXIT.unlink(missing_ok=True)
        log = Path(output_dir) / "run.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        started = time.time()
        flags = [f"--{name.replace('_', '-')}" for name, chosen in options.items() if chosen]
        with log.open("wb") as stream:
            child = subprocess.Popen(  # noqa: S603 (an argument list, no shell)
                [sys.executable, "-m", "hpc_ui.job", str(EXIT), file, *flags],
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                pass_fds=[lock.fileno()],
            )
        state = {
            "pid": child.pid,
            "file": file,
            "output_dir": output_dir,
            "epochs": epochs,
            "started": started,
            **options,
        }
        write_whole(STATE, json.dumps(state))
    return True


def write_whole(path: Path, text: str) -> None:
    """Write a small file whole."""
    temporary = path.with_suffix(".tmp")
    temporary.write_text(text + "\n", encoding="utf-8")
    temporary.replace(path)


def read_state() -> dict[str, Any] | None:
    """The state of the last run, if there was one."""
    return _json(STATE)


def is_running() -> bool:
    """Whether the job is running: whether its lock is held."""
    try:
        with LOCK.open("rb") as stream:
            fcntl.flock(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def stop() -> None:
    """Ask the run to end: it writes a clean checkpoint and exits with 143."""
    state = read_state()
    if state is None or not is_running():
        return
    if not EXIT.exists():
        write_whole(EXIT, str(128 + signal.SIGTERM))  # For a job that has just started and cannot write it yet.
    with suppress(ProcessLookupError):
        os.kill(state["pid"], signal.SIGTERM)


def watch(log_from: int) -> dict[str, Any] | None:
    """Everything that the page shows of the last run; the log from an offset on."""
    state = read_state()
    if state is None:
        return None
    output = Path(state["output_dir"])
    return {
        **state,
        "running": is_running(),
        "exit_code": int(_text(EXIT, 0) or -1),
        "metrics": _rows(output / "metrics.jsonl", since=state["started"]),
        "checkpoint": _newest_checkpoint(output, since=state["started"]),
        "summary": _json(output / "summary.json", since=state["started"]),
        **_log(output / "run.log", log_from),
    }


def _newest_checkpoint(output: Path, since: float) -> str | None:
    """The last checkpoint that this run wrote, as a path."""
    found = [path for path in output.glob("checkpoint-*") if path.stat().st_mtime >= since]
    return str(max(found, key=lambda path: path.stat().st_mtime)) if found else None


def _log(path: Path, start: int) -> dict[str, Any]:
    try:
        size = path.stat().st_size
        start = max(start if start <= size else 0, size - LOG_LIMIT)
        with path.open("rb") as stream:
            stream.seek(start)
            data = stream.read(LOG_LIMIT)
    except OSError:
        return {"log": "", "log_from": 0, "log_to": 0}
    return {"log": data.decode("utf-8", "replace"), "log_from": start, "log_to": start + len(data)}


def _rows(path: Path, since: float) -> list[dict[str, Any]]:
    """The complete lines of a JSONL file of this run."""
    text = _text(path, since)
    return [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n") and line.strip()]


def _json(path: Path, since: float = 0) -> dict[str, Any] | None:
    try:
        found = json.loads(_text(path, since))
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _text(path: Path, since: float) -> str:
    """The file's text; nothing for one that is older than the run, which an earlier run left."""
    try:
        return path.read_text(encoding="utf-8") if path.stat().st_mtime >= since else ""
    except OSError:
        return ""
