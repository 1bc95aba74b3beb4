"""MLflow: one run a job, also after a resume. It may go away or never answer; the training does not notice.

Everything that talks to MLflow runs in one thread of its own, in order. After the first failure it stops talking, and
one warning says so: ``metrics.jsonl`` and the output folder hold everything. The thread of a local store starts after
the first step: importing MLflow and making its tables takes seconds in which Python could do nothing else.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import SimpleQueue
from typing import Any

from hpc_disk.mlflow_server import CORRECT, without_password
from hpc_disk.needs import Needs
from hpc_runner.errors import Interrupted, RunnerError, rank, say
from hpc_runner.plan import Plan
from hpc_runner.store import Store

OPEN = 120.0
"""Seconds that a store gets to start the run: a file's tables may have to be made."""
LAST = 20.0
"""Seconds that it gets after the last step to take what is still to be said."""


class Tracker(threading.Thread):
    """The thread that talks to MLflow.

    Attributes:
        fault: Why it has stopped talking; empty while all is well.
    """

    def __init__(self, store: Store) -> None:
        super().__init__(name="mlflow", daemon=True)
        self.store, self.fault = store, ""
        self.started = threading.Event()
        self.jobs: SimpleQueue[Callable[[], None] | None] = SimpleQueue()

    def run(self) -> None:
        """Start MLflow's run, then do one job after another until there is a fault, or None."""
        try:
            self.store.start()
            self.started.set()
            self.store.describe()
            while job := self.jobs.get():
                job()
        except Exception as error:
            self.fault = without_password((str(error) or type(error).__name__).splitlines()[0])
            if self.started.is_set():
                say(f"warning: MLflow at {self.store.shown} has failed ({self.fault}); training continues without it")
        self.started.set()

    def open(self) -> None:
        """Start to talk, if it does not yet."""
        if self.ident is None:
            self.start()

    def log(self, step: int, logs: dict[str, Any]) -> None:
        """Hand over the figures of one log event."""
        if not self.fault:
            self.jobs.put(lambda: self.store.log(step, logs))

    def end(self, status: str) -> None:
        """Hand over the results and wait, but not for long."""
        self.open()  # A run that ended before its first step is told of, too.
        self.started.wait(OPEN)
        if not self.started.is_set() or not self.fault:
            self.jobs.put(lambda: self.store.end(status))
        self.jobs.put(None)
        self.join(LAST)
        if self.is_alive():
            message = f"MLflow at {self.store.shown} has not answered for {LAST:.0f} seconds"
            say(f"warning: {message}; the end of this run may be missing there")
        elif not self.fault:
            for number, way in enumerate(self.store.ways()):
                say(f"{'' if number else 'MLflow:':8} {way}")


def begin(plan: Plan, needs: Needs) -> Tracker | None:
    """The tracker, in the process that has one. A store that the user named must answer now.

    Raises:
        RunnerError: HPC870 where it does not.
    """
    if rank() != 0 or "mlflow" not in needs.report_to:
        return None
    named = os.environ.get("MLFLOW_TRACKING_URI")
    tracker = Tracker(Store(plan, needs, named or None))
    if named:
        tracker.open()
        tracker.started.wait(OPEN)
        if tracker.fault or not tracker.started.is_set():
            reason = tracker.fault or f"no answer within {OPEN:.0f} seconds"
            raise RunnerError("HPC870", f"MLflow at {without_password(named)}: {reason}", help_for(reason))
    return tracker


def help_for(reason: str) -> str:
    """What to do about a store that does not start the run."""
    if any(sign in reason for sign in ("error code 401", "error code 403", "UNAUTHENTICATED", "PERMISSION_DENIED")):
        return "set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN"
    return CORRECT


@contextmanager
def tracked(tracker: Tracker | None) -> Iterator[None]:
    """End MLflow's run with the status that the training deserves, whatever MLflow says to that."""
    status = "FAILED"
    try:
        yield
        status = "FINISHED"
    except Interrupted:
        status = "KILLED"
        raise
    finally:
        if tracker:
            tracker.end(status)
            _say_why_it_did_not_start(tracker)  # Only now: a locked store may say so after the last step.


def _say_why_it_did_not_start(tracker: Tracker) -> None:
    if tracker.fault and not tracker.store.run_id:
        say(f"warning: MLflow's store {tracker.store.shown} cannot be used ({tracker.fault}): this run is not tracked")
