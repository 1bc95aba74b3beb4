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


@lru_cache(maxsize=1)
def day() -> datetime:
    """The day of this process: that of the variable, or today's, which stays when midnight passes."""
    fixed = os.environ.get(FIXED, "")
    return datetime.fromtimestamp(int(fixed), UTC) if fixed.isdecimal() else datetime.now()


def written(layout: str) -> str:
    """The day in a template's layout."""
    return day().strftime(layout)


def keep(run: Path) -> None:
    """Go on with the day of an earlier start, which lies in the folder of its run; without one, with today's."""
    known = read_object(run / "late_bound.json").get("day")
    if isinstance(known, str) and not os.environ.get(FIXED):
        os.environ[FIXED] = str(int(datetime.strptime(known, DAY).replace(tzinfo=UTC).timestamp()))
        day.cache_clear()


def in_rows(template: Any) -> str | None:
    """The day, where this template writes it into rows."""
    return written(DAY) if CALLED in str(template) else None
