"""Several nodes: a process that vanishes, or refuses alone, ends the others within minutes and not after half an hour.

A machine that loses its power closes no connection, and the others would wait for it as long as a collective may take.
So every process counts up in torchrun's store and looks whether the others do.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from hpc_runner.errors import rank, report
from hpc_runner.faults import lost

INTERVAL = 5.0
"""Seconds between two beats."""
PATIENCE = 150.0
"""Seconds without a beat after which a process counts as lost."""
DONE = "done"


class Heartbeat(threading.Thread):
    """Beats for this process, and ends it when another one is lost.

    Args:
        store: torch's key-value store, on a connection of its own.
        world_size: How many processes the job has.
        end: What to do when one is lost.
    """

    def __init__(self, store: Any, world_size: int, end: Callable[[], None]) -> None:
        super().__init__(name="heartbeat", daemon=True)
        self.store, self.world_size, self.end = store, world_size, end
        self.stopped = threading.Event()
        self.seen = {other: ("", time.monotonic()) for other in range(world_size) if other != rank()}
        self.beats = 0

    def run(self) -> None:
        """Beat and look, until this process is done."""
        while not self.stopped.wait(INTERVAL):
            try:
                self._beat(str(self.beats))
                alive = all(self._lives(other) for other in self.seen)
            except Exception:
                alive = False
            if not alive and not self.stopped.is_set():
                self.end()
                return
            self.beats += 1

    def done(self) -> None:
        """From here on this process may be silent."""
        self.stopped.set()
        try:
            self._beat(DONE)
        except Exception:
            return

    def _beat(self, text: str) -> None:
        self.store.set(f"hpc/alive/{rank()}", text)

    def _lives(self, other: int) -> bool:
        key = f"hpc/alive/{other}"
        text = self.store.get(key).decode() if self.store.check([key]) else ""
        last, since = self.seen[other]
        if text not in (last, DONE):
            self.seen[other] = (text, time.monotonic())
            return True
        return text == DONE or time.monotonic() - since < PATIENCE


def begin(nodes: int, world_size: int) -> Heartbeat | None:
    """Start to beat, where several nodes were started by torchrun; on one node, torchrun itself sees every end."""
    if nodes == 1 or os.environ.get("TORCHELASTIC_USE_AGENT_STORE") != "True":
        return None
    from torch.distributed import TCPStore  # type: ignore[attr-defined]

    place = os.environ["MASTER_ADDR"], int(os.environ["MASTER_PORT"])
    store = TCPStore(*place, is_master=False, timeout=timedelta(seconds=PATIENCE))
    beat = Heartbeat(store, world_size, _end)
    beat.start()
    return beat


def _end() -> None:
    report(lost())
    os._exit(1)
