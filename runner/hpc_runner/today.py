"""The day that chat templates write into rows: the same for a whole run, also where it goes on another day."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from hpc_disk.files import read_object

CALLED: Final = "strftime_now"
"""The function by which a template asks for the day."""
DAY: Final = "%Y-%m-%d"
FIXED: Final = "SOURCE_DATE_EPOCH"
"""The variable that fixes the day, in seconds, as for reproducible builds."""


_KEPT: Final[list[datetime]] = []
"""The day of an earlier start, where this process goes on from it."""


def day() -> datetime:
    """The day of this process: that of an earlier start, of the variable, or today's, which stays past midnight."""
    return _KEPT[-1] if _KEPT else _today()


@lru_cache(maxsize=1)
def _today() -> datetime:
    fixed = os.environ.get(FIXED, "")
    return datetime.fromtimestamp(int(fixed), UTC) if fixed.isdecimal() else datetime.now()


def written(layout: str) -> str:
    """The day in a template's layout."""
    return day().strftime(layout)


def keep(run: Path) -> None:
    """Go on with the day of an earlier start, which lies in the folder of its run; without one, with today's."""
    if os.environ.get(FIXED):
        return
    try:
        known = datetime.strptime(str(read_object(run / "late_bound.json").get("day")), DAY)
    except ValueError:  # It is of an older hpc, or damaged.
        return
    _KEPT[:] = [known]


def in_rows(template: Any) -> str | None:
    """The day, where this template writes it into rows."""
    return written(DAY) if CALLED in str(template) else None
