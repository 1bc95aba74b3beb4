"""The first rows of some files, and how many there are: what can be known of them in little time and memory."""

from functools import lru_cache
from typing import Final, NamedTuple

from hpc_disk.foreign import Unreadable
from hpc_disk.readers import DataRow, NoLibraryError, count_lines, count_parquet
from hpc_disk.rows import Part, opened, read

FIRST: Final = 100
"""Rows that a sample has."""
WHOLE: Final = 16 * 2**20
"""Bytes of a file that a sample reads."""
COUNTED: Final = 256 * 2**20
"""Bytes up to which a sample counts lines."""


class Sample(NamedTuple):
    """The first rows, and how many there are in all (None where counting takes long)."""

    first: tuple[DataRow, ...] = ()
    count: int | None = None  # type: ignore[assignment]  # not the method of a tuple


def sample(parts: tuple[Part, ...], *, whole: bool = True) -> Sample:
    """The sample of some files; they are read again only where one has changed.

    Args:
        parts: The files.
        whole: False where there are more of them, so that their rows cannot be counted.

    Raises:
        Unreadable: Where one of them cannot be read.
    """
    found = _sample(parts, whole)
    if isinstance(found, Unreadable):
        raise Unreadable(str(found), found.help)
    return found


@lru_cache(maxsize=16)
def _sample(parts: tuple[Part, ...], whole: bool) -> Sample | Unreadable:
    first: list[DataRow] = []
    count: int | None = 0 if whole else None
    try:
        for part in parts:
            if len(first) < FIRST:
                first += _first_of(part, FIRST - len(first))
            if count is not None:
                number = _count(part)
                count = None if number is None else count + number
            if count is None and len(first) == FIRST:
                break
    except NoLibraryError:
        return Sample(tuple(first), None)
    except Unreadable as problem:
        return problem
    return Sample(tuple(first), count)


def _first_of(part: Part, most: int) -> list[DataRow]:
    found: list[DataRow] = []
    for row in read(part, WHOLE):
        found.append(row)
        if len(found) == most:
            break
    return found


def _count(part: Part) -> int | None:
    """How many rows a part has; None where finding out takes long."""
    if part.suffix == ".parquet" and part.member is None:
        with opened(part) as stream:
            return count_parquet(stream)
    if part.suffix in (".jsonl", ".jsonlines", ".txt"):
        if part.size > COUNTED:
            return None
        with opened(part) as stream:
            return count_lines(stream)
    return sum(1 for _ in read(part)) if part.size <= WHOLE else None
