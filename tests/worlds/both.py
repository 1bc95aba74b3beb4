"""What `hpc doctor` says of a world, and what a run refuses in it before its first optimizer step."""

from __future__ import annotations

import contextlib
import io
import json
import os
import pickle
import shutil
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from hpc.check import from_finding
from hpc.checks.disk.needs import finding
from hpc.compile import compile_job
from hpc.here import examine, ready_to_run
from hpc.job import Job
from hpc.source import parse
from hpc.write import write_artifacts
from hpc_disk.problems import Problem
from tests.end_to_end.tiny import make_tiny
from tests.worlds.world import BEFORE, OUT, TRAINED, World

LIMIT = 900
"""Seconds for one world, which most need one of: only one that hangs takes so long on the busiest machine."""
Said = frozenset[tuple[str, str]]


@dataclass(frozen=True)
class Both:
    """The errors that each side found, as (code, field), and what went wrong beside that.

    ``late``: nothing was wrong before tokens were made.
    """

    doctor: Said
    run: Said
    broken: str = ""
    late: bool = False

    @property
    def agree(self) -> bool:
        """Both refuse the same, or both accept."""
        return self.doctor == self.run and not self.broken


class ReachedError(Exception):
    """The first optimizer step would be next."""


def look(world: World, model: Path) -> Both:
    """Judge a world from both sides, in a fork of this process: it has the libraries already."""
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder, "answer")
        _forked(lambda: answer.write_bytes(pickle.dumps(_look(world, model, Path(folder)))))
        return pickle.loads(answer.read_bytes()) if answer.exists() else Both(frozenset(), frozenset(), "died")


def make_model(folder: Path) -> Path:
    """The model of all worlds, and beside it the output folder of a run that ended after three steps."""
    model = make_tiny(folder / "model")
    (folder / BEFORE).mkdir()

    def train_once() -> None:
        os.chdir(folder / BEFORE)
        job = ready_to_run(parse(json.dumps(World("", TRAINED).make(model)), "json", "job.json"))
        write_artifacts("build", list(compile_job(job).artifacts.values()))
        with untracked():
            _runner(["build"])

    _forked(train_once)
    assert (folder / BEFORE / OUT / "checkpoint-3" / "hpc.json").exists()
    shutil.rmtree(folder / BEFORE / OUT / "final")
    return model


def _forked(do: Callable[[], object]) -> None:
    """Do something in a fork of this process, and wait for its end."""
    pid = os.fork()
    if pid == 0:
        signal.signal(signal.SIGALRM, _too_long)
        signal.alarm(LIMIT)
        try:
            do()
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(0)
    os.waitpid(pid, 0)


class TooLongError(BaseException):
    """No library takes it for an answer of the disk, and goes on."""


def _too_long(*_: object) -> None:
    raise TooLongError(f"more than {LIMIT} seconds")


def _look(world: World, model: Path, folder: Path) -> Both:
    (folder / "here").mkdir()
    os.chdir(folder / "here")
    os.environ["HPC_CACHE"] = str(folder / "cache")
    said = io.StringIO()
    try:
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            config = world.make(model)
            doctor = doctors(config, world.options)
            run = runs(config, world.options)
            return Both(doctor, run, late=bool(run) and only_tokens(config, world.options))
    except BaseException:
        return Both(frozenset(), frozenset(), traceback.format_exc())


def doctors(config: dict[str, Any], options: dict[str, bool]) -> Said:
    """The errors of `hpc doctor`'s own entry, with the runner in this process."""
    job = examine(parse(json.dumps(config), "json", "job.json"), ask=_runner, **options)
    return frozenset((found.code, found.pointer[1:]) for found in job.errors)


def _runner(arguments: Sequence[str]) -> None:
    from hpc_runner.__main__ import main

    main(arguments)


def runs(config: dict[str, Any], options: dict[str, bool]) -> Said:
    """The errors of `hpc run` of a config that does not compile; else the runner's up to the first optimizer step."""
    from hpc_runner.__main__ import train
    from hpc_runner.errors import RunnerError
    from hpc_runner.look import problems_in
    from hpc_runner.plan import load_plan
    from hpc_runner.signals import Signals

    job = ready_to_run(parse(json.dumps(config), "json", "job.json"), **options)
    if not job.compiles:
        return frozenset((found.code, found.pointer[1:]) for found in job.errors)
    compilation = compile_job(job)
    write_artifacts("build", list(compilation.artifacts.values()))
    os.environ["WORLD_SIZE"] = str(compilation.config.processes)  # As many as torchrun would start.
    asked = {"overwrite": False, "skip_bad_rows": False, **options}
    try:
        with stopped():
            train(load_plan(Path("build")), Signals(), **asked)
    except ReachedError:
        return frozenset()
    except RunnerError as error:
        return frozenset(_placed(job, problem) for problem in problems_in(error))
    if config.get("resume_from_checkpoint"):
        return frozenset()  # Of fewer rows than before, every step may have been taken already.
    raise AssertionError("the run ended before its first step")


def _placed(job: Job, problem: Problem) -> tuple[str, str]:
    """The code, and the field where doctor shows it: the subject or, if the config lacks it, what it follows from."""
    return problem.code, from_finding(job.document, finding(job.config, problem)).pointer[1:]


def only_tokens(config: dict[str, Any], options: dict[str, bool]) -> bool:
    """Whether neither the compiler nor the machine has anything against a job, before its rows become tokens."""
    from hpc_runner.plan import load_plan
    from hpc_runner.preflight import inspect

    if ready_to_run(parse(json.dumps(config), "json", "job.json"), **options).errors:
        return False
    asked = {"overwrite": False, "skip_bad_rows": False, **options}
    return not any(problem.severity == "error" for problem in inspect(load_plan(Path("build")), **asked))


@contextlib.contextmanager
def stopped() -> Iterator[None]:
    """A run of this process ends before its first optimizer step, and tells no tracker."""
    from transformers import Trainer

    def reached(*_: Any, **__: Any) -> None:
        raise ReachedError

    with patch.object(Trainer, "training_step", reached), untracked():
        yield


@contextlib.contextmanager
def untracked() -> Iterator[None]:
    """A run of this process tells no tracker."""
    with patch("hpc_runner.tracking.tracked", lambda *_: contextlib.nullcontext()):
        yield


def warm_up() -> None:
    """Import what a run needs, once, before the first fork."""
    from tests.warm import import_all

    import_all()


if __name__ == "__main__":  # python -m tests.worlds.both MODEL NAME: look closer at one world
    from tests.worlds.known import KNOWN

    warm_up()
    chosen = next(world for world in KNOWN if world.name == sys.argv[2])
    print(look(chosen, Path(sys.argv[1])))
