"""Every check of the disk, listed: the one judgment that validate, doctor, the page and the run share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from hpc_disk import checkpoints, data, hub, mlflow_server, run_folder, start, steps
from hpc_disk.models import checks as models
from hpc_disk.needs import Needs
from hpc_disk.problems import Problem

Check = Callable[[Needs], Iterator[Problem]]

AT_HAND: Final[tuple[Check, ...]] = (*models.AT_HAND, *data.AT_HAND, *steps.CHECKS, *checkpoints.AT_HAND)
"""Checks of what is there; silent about what is not."""
TO_RUN: Final[tuple[Check, ...]] = (
    *start.TO_RUN,
    *models.TO_RUN,
    *data.TO_RUN,
    *checkpoints.TO_RUN,
    *run_folder.TO_RUN,
    *hub.TO_RUN,
    *mlflow_server.TO_RUN,
)
"""What a run on this machine must find, and what it must not find."""


def judge(needs: Needs, *, to_run: bool) -> list[Problem]:
    """Everything that the disk says against a job, in the order of the checks.

    Args:
        needs: The job; its paths are relative to the current folder.
        to_run: True when the job is to run here and now: then what is missing counts too. False when the config may
            describe another machine: what is absent is passed over.
    """
    checks = (*AT_HAND, *TO_RUN) if to_run else AT_HAND
    return [problem for check in checks for problem in check(needs)]
