"""What holds for all tests: threads, environment, random examples, order, and what is said about skipped tests."""

from __future__ import annotations

import atexit
import gc
import os
import random
import shutil
import signal
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

# Before anything imports torch. A process that has used several threads cannot be forked: the child waits for them
# forever. And two tests run side by side. `tests.threads` gives the trainings more of them when asked to.
os.environ |= {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}

# No test depends on what a hub answers, whichever tests run beside it.
os.environ |= {"HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1"}

# Else each of the many processes that tests start compiles hpc's own modules again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# A shell in the background, or nohup, has the tests ignore these signals, and every process that they start would, too;
# what has a handler here is not ignored there.
signal.signal(signal.SIGINT, signal.default_int_handler)
if signal.getsignal(signal.SIGHUP) == signal.SIG_IGN:
    signal.signal(signal.SIGHUP, lambda *_: None)

# Never the user's own cache of rows: tests would find what others left there, and leave their own. The workers of one
# run share theirs.
if "PYTEST_XDIST_WORKER" not in os.environ:
    os.environ["HPC_CACHE"] = tempfile.mkdtemp(prefix="hpc-cache-of-tests-")
    atexit.register(shutil.rmtree, os.environ["HPC_CACHE"], ignore_errors=True)

# The names of tests may not depend on the moment in which they are collected, and xdist compares what its workers have
# collected: the second one's clock is three seconds ahead until then.
CLOCK, AHEAD = time.time, 3.0
if os.environ.get("PYTEST_XDIST_WORKER") == "gw1":
    time.time = lambda: CLOCK() + AHEAD


def pytest_collection_finish() -> None:
    global AHEAD
    time.time, AHEAD = CLOCK, 0.0  # Some module may have imported the other one.
    gc.freeze()  # Modules and tests are no garbage; a search of them takes half a second, in each training.


TESTS = Path(__file__).parent
LONGEST = (
    *("end_to_end/zero/test_zero.py", "ui/test_recipes.py", "end_to_end/effects/test_job.py", "ui/test_training.py"),
    *("clusters/test_ray.py", "end_to_end/crash/test_surroundings.py", "clusters/test_slurm.py"),
    *("families/test_models.py", "end_to_end/effects/test_beyond.py", "end_to_end/crash/test_signals.py"),
    *("end_to_end/crash/test_kill.py", "end_to_end/runner/test_resume.py", "end_to_end/runner/test_runs.py"),
    *("end_to_end/effects/test_runtime.py", "end_to_end/test_recipes.py", "end_to_end/runner/test_plan.py"),
    *("end_to_end/effects/test_dpo.py", "end_to_end/effects/test_general.py", "end_to_end/test_ask.py"),
)
"""The files that take longest, which begin first: else one worker still has minutes to do when the other has ended."""

# The same examples in every run, however slow the machine is; `make fuzz` looks for new ones.
hypothesis.settings.register_profile(
    "same everywhere",
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("same everywhere")


@pytest.fixture(autouse=True)
def environment() -> Iterator[None]:
    """The runner tells libraries of its process by variables, and some tests call it in their own process."""
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--order", type=int, metavar="SEED", help="run files, and the tests in a file, in random order")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A file stays together: its fixtures are made once."""
    if (seed := config.getoption("--order")) is None:
        places = {TESTS / name: place for place, name in enumerate(LONGEST)}
        items.sort(key=lambda item: places.get(item.path, len(places)))
        return
    chance = random.Random(seed)
    files = defaultdict(list)
    for item in items:
        files[item.path].append(item)
    shuffled = chance.sample(list(files.values()), len(files))
    items[:] = [item for file in shuffled for item in chance.sample(file, len(file))]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One closing line: what was not tested, and why."""
    reasons = Counter(_reason(report) for report in terminalreporter.stats.get("skipped", []))
    why = "; ".join(f"{reason} ({count} test{'s' * (count > 1)})" for reason, count in reasons.items())
    terminalreporter.write_line(f"NOT TESTED: {why}" if why else "NOT TESTED: nothing; no test was skipped.")


def _reason(report: pytest.TestReport) -> str:
    """The first line of why a test was skipped."""
    assert isinstance(report.longrepr, tuple)
    return report.longrepr[2].removeprefix("Skipped: ").removeprefix("NOT TESTED: ").split("\n")[0]
