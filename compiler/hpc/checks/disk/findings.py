"""Every check of what is on disk, in two groups: what is at hand, and what a run on this machine needs.

Only the standard library reads here, and only headers, first rows and counts: little time and little memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from hpc.checks.disk import data, presence
from hpc.checks.disk.needs import finding, needs_of
from hpc.checks.relations import Finding
from hpc.resolve import Config
from hpc_disk.judge import judge

Check = Callable[[Config], Iterator[Finding]]

AT_HAND: Final[tuple[Check, ...]] = (*data.CHECKS,)
"""Checks of what is there; silent about what is not."""
TO_RUN: Final[tuple[Check, ...]] = (*presence.CHECKS,)
"""What a run on this machine needs, and what it must not find."""


def disk_findings(config: Config, *, must_exist: bool, **asked: Any) -> Iterator[Finding]:
    """Everything that the disk says against the config.

    Args:
        config: The job; its paths are relative to the working folder.
        must_exist: True when the job is to run here and now: then what is missing is reported too, and an output folder
            that already holds a run. False when the config may describe another machine: what is absent is passed over.
        asked: The options of a run that change what its disk must hold.
    """
    for check in (*AT_HAND, *TO_RUN) if must_exist else AT_HAND:
        yield from (f for f in check(config) if not (asked.get("overwrite") and f.code == "HPC540"))
    for problem in judge(needs_of(config, **asked), to_run=must_exist):
        yield finding(config, problem)
