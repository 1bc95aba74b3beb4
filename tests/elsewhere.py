"""``make test-elsewhere``: the tests as other machines would run them, one column after another, and a table.

A column changes one thing: the processor's instructions, the threads, the order of the tests, locale and time zone,
the path of the clone, the user, the load, the version of Python. Each runs a part of the tests that the change can
touch, or with ``--whole`` all that `make test` runs, within a time limit. Exit code 1 where a column fails; a column
that this machine cannot have is named, with the reason.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parents[1]
CACHE = ROOT / ".cache" / "elsewhere"
EFFECTS = "tests/end_to_end/effects"
NUMERIC = (
    *(f"{EFFECTS}/test_{name}.py" for name in ("beyond", "dpo", "general", "others", "runtime")),
    *("tests/end_to_end/zero", "tests/end_to_end/test_recipes.py", "tests/end_to_end/runner/test_runs.py"),
)
COMPILER = ("tests/unit", "tests/errors", "tests/targets", "tests/property")
RUNNER = (*COMPILER, "tests/end_to_end/runner", "tests/end_to_end/crash", "tests/docs")
BUSY = ("tests/ui", "tests/editors", "tests/end_to_end/crash", "tests/unit")
SOURCES = ("schema", "compiler", "runner", "ui")
PURE = (
    *("pytest", "pytest-timeout", "pytest-xdist", "hypothesis", "rich", "fastjsonschema", "ruff", "import-linter"),
    *("numpy", "safetensors", "pyarrow"),
)


class NotHereError(Exception):
    """This machine cannot have the column; the message says why."""


@dataclass
class Place:
    """Where and how a column runs."""

    folder: Path = ROOT
    python: str = sys.executable
    prefix: list[str] = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=dict)
    options: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Column:
    """One other machine: what it changes, what it runs."""

    name: str
    tests: tuple[str, ...]
    kind: str = "environment"
    values: tuple[tuple[str, str], ...] = ()


def environment(name: str, tests: tuple[str, ...] = NUMERIC, **values: str) -> Column:
    return Column(name, tests, values=tuple(values.items()))


COLUMNS = (
    environment("ATEN_CPU_CAPABILITY=default", ATEN_CPU_CAPABILITY="default"),
    environment("ATEN_CPU_CAPABILITY=avx2", ATEN_CPU_CAPABILITY="avx2"),
    environment("ONEDNN_MAX_CPU_ISA=AVX2", ONEDNN_MAX_CPU_ISA="AVX2"),
    environment("ONEDNN_MAX_CPU_ISA=AVX512_CORE", ONEDNN_MAX_CPU_ISA="AVX512_CORE"),
    environment("1 thread", HPC_TEST_THREADS="1"),
    environment("2 threads", HPC_TEST_THREADS="2"),
    Column("random order", RUNNER, "order"),
    Column("German locale, Chatham time", RUNNER, "locale"),
    Column("a path with a space", RUNNER, "space"),
    Column("not root", RUNNER, "user"),
    Column("all cores busy", BUSY, "busy"),
    *(Column(f"Python {version}", COMPILER, "python", (("version", version),)) for version in ("3.11", "3.12", "3.13")),
)


@contextmanager
def place(column: Column, seed: int) -> Iterator[Place]:
    """What the column changes, for as long as its tests run.

    Raises:
        NotHereError: This machine cannot have it.
    """
    values = dict(column.values)
    match column.kind:
        case "order":
            yield Place(options=["--order", str(seed)])
        case "locale":
            yield Place(environment=german())
        case "space":
            with tempfile.TemporaryDirectory(prefix="hpc elsewhere ") as folder:
                yield cloned(Path(folder) / "a clone")
        case "user":
            yield Place(prefix=without_root())
        case "busy":
            with busy():
                yield Place()
        case "python":
            yield Place(python=interpreter(values["version"]))
        case _:
            yield Place(environment=values)


def german() -> dict[str, str]:
    """A locale with a decimal comma, made on the spot, and a time zone that is 45 minutes off the hour."""
    folder = CACHE / "locale"
    folder.mkdir(parents=True, exist_ok=True)
    made = folder / "de_DE.UTF-8"
    if not made.exists():
        if not shutil.which("localedef"):
            raise NotHereError("there is no localedef")
        subprocess.run(["localedef", "-i", "de_DE", "-f", "UTF-8", str(made)], check=False, capture_output=True)
        if not made.exists():
            raise NotHereError("localedef makes no de_DE: the system's locale sources are missing")
    return {"LOCPATH": str(folder), "LC_ALL": "de_DE.UTF-8", "LANG": "de_DE.UTF-8", "TZ": "Pacific/Chatham"}


def cloned(folder: Path) -> Place:
    """A clone with an environment of its own, whose packages are this one's."""
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(folder)], check=True)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder / ".venv")], check=True)
    site = next((folder / ".venv" / "lib").glob("python*/site-packages"))
    (site / "here.pth").write_text("\n".join([*(str(folder / name) for name in SOURCES), *sys.path[1:]]) + "\n")
    for script in (Path(sys.prefix) / "bin").iterdir():
        if not (folder / ".venv/bin" / script.name).exists():
            shutil.copy2(script, folder / ".venv/bin" / script.name, follow_symlinks=False)
    return Place(folder, str(folder / ".venv/bin/python"))


def without_root() -> list[str]:
    """A command before which root is another user: the owner of its files, without root's rights."""
    if os.geteuid():
        return []
    command = ["unshare", "--user", "--map-user=1000", "--map-group=1000"]
    if not shutil.which("unshare") or subprocess.run([*command, "true"], capture_output=True).returncode:
        raise NotHereError("unshare --user is not allowed")
    return command


@contextmanager
def busy() -> Iterator[None]:
    """As many processes as there are processors that never rest."""
    processes = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(os.cpu_count() or 1)]
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()


def interpreter(version: str) -> str:
    """A Python of this version with the compiler and its tests' tools; installed on first use."""
    if version == f"{sys.version_info[0]}.{sys.version_info[1]}":
        return sys.executable
    folder = CACHE / f"python{version}"
    python = folder / "bin" / "python"
    if not (folder / "ready").exists():
        known = Path(os.environ.get("PYENV_ROOT", "~/.pyenv")).expanduser().glob(f"versions/{version}.*/bin/python")
        found = shutil.which(f"python{version}") if works(f"python{version}") else next(map(str, known), None)
        if found is None:
            raise NotHereError(f"there is no Python {version}")
        subprocess.run([found, "-m", "venv", "--clear", str(folder)], check=True)
        pip = [str(python), "-m", "pip", "install", "--quiet", "--constraint", str(ROOT / "constraints.txt")]
        done = subprocess.run([*pip, "--editable", f"{ROOT}[ui]", *PURE], capture_output=True, text=True)
        if done.returncode:
            raise NotHereError(f"pip: {done.stderr.strip().splitlines()[-1]}")
        (folder / "ready").touch()
    return str(python)


def works(python: str) -> bool:
    """Whether an interpreter is there and starts; pyenv's shims are there for every version."""
    return bool(shutil.which(python)) and not subprocess.run([python, "-c", ""], capture_output=True).returncode


@dataclass(frozen=True)
class Result:
    """What a column gave."""

    name: str
    counts: str
    seconds: float
    verdict: str


def run(column: Column, options: argparse.Namespace) -> Result:
    """Run a column's tests; their output goes to a log."""
    started = time.monotonic()
    log = CACHE / f"{re.sub(r'[^a-zA-Z0-9.]+', '-', column.name)}.log"
    try:
        with place(column, options.seed) as here, log.open("w") as stream:
            code = finish(pytest_in(here, column, options, stream), options.limit)
    except NotHereError as missing:
        return Result(column.name, "", 0, f"not had: {missing}")
    said = re.findall(r"\d+ (?:passed|failed|skipped|errors?)", "\n".join(log.read_text().splitlines()[-3:]))
    verdict = {0: "passed", None: f"over {options.limit} s: {log}"}.get(code, f"FAILED: {log}")
    return Result(column.name, ", ".join(said), time.monotonic() - started, verdict)


def pytest_in(here: Place, column: Column, options: argparse.Namespace, stream: object) -> subprocess.Popen[bytes]:
    """Start the column's tests."""
    tests = ["tests"] if options.whole and column.kind != "python" else list(column.tests)
    side_by_side = ["-n", str(os.cpu_count()), "--dist", "loadfile"]
    # The other Pythons have no torch.
    marks = "not slow and not train" if column.kind == "python" else "not slow"
    command = [*here.prefix, here.python, "-m", "pytest", "-q", "-m", marks, "-p", "no:cacheprovider"]
    return subprocess.Popen(
        [*command, *side_by_side, *here.options, *tests],
        cwd=here.folder,
        env={**os.environ, "HPC_TEST_THREADS": "1", **here.environment},
        stdout=stream,  # type: ignore[arg-type]
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


def finish(process: subprocess.Popen[bytes], limit: float) -> int | None:
    """The exit code, or None where the limit came first."""
    try:
        return process.wait(limit)
    except subprocess.TimeoutExpired:
        return None
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def main() -> int:
    """Run the columns that are asked for, and print the table."""
    parser = argparse.ArgumentParser(description="Runs the tests as other machines would.")
    parser.add_argument("columns", nargs="*", metavar="WORD", help="only columns whose name contains one of these")
    parser.add_argument("--whole", action="store_true", help="run all that `make test` runs, not a part")
    parser.add_argument("--seed", type=int, default=1, help="of the random order")
    parser.add_argument("--limit", type=float, metavar="SECONDS", help="for a column: 900, or 3600 with --whole")
    options = parser.parse_args()
    options.limit = options.limit or (3600 if options.whole else 900)
    CACHE.mkdir(parents=True, exist_ok=True)
    console, results = Console(width=150, highlight=False), []
    for column in COLUMNS:
        if not options.columns or any(word.lower() in column.name.lower() for word in options.columns):
            results.append(run(column, options))
            console.print(f"{results[-1].name}: {results[-1].counts or '-'}: {results[-1].verdict}")
    table = Table("column", "tests", "time", "result", title=f"The tests elsewhere (seed {options.seed})")
    for result in results:
        table.add_row(result.name, result.counts, f"{result.seconds:.0f} s", result.verdict)
    console.print(table)
    return int(any(result.verdict != "passed" and not result.verdict.startswith("not had") for result in results))


if __name__ == "__main__":
    raise SystemExit(main())
