"""A tool whose configs hpc reads."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from hpc.importers.table import ForeignJob, Row, Table

ARGUMENTS = Path(__file__).parent / "arguments"


@dataclass(frozen=True)
class Note:
    """A difference that no argument says: unless one of these keys is written, and only of these trainers."""

    text: str
    unless: tuple[str, ...] = ()
    trainers: tuple[str, ...] = ("sft", "pt", "dpo")


@dataclass(frozen=True, eq=False)
class Tool:
    """One tool: its table, and how its configs are recognized.

    ``name`` is what ``--from`` takes. ``file`` is its list of arguments, dumped from ``release``. ``overridden`` are
    the defaults that the list does not tell. ``signature``: a config that has all keys of one of these sets is this
    tool's. ``always`` are fields that the tool has no argument for, with the value of what it does. ``notes`` are
    differences that no argument says, and ``adapt`` reads what the command, or other keys, decide about the defaults.
    ``idle_commands`` are the words of its program that start no training.
    """

    name: str
    title: str
    table: Table
    signature: tuple[frozenset[str], ...]
    overridden: Mapping[str, Any] = field(default_factory=dict)
    always: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()
    adapt: Callable[[ForeignJob, tuple[str, ...]], ForeignJob] | None = None
    idle_commands: frozenset[str] = frozenset()

    @cached_property
    def _list(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = json.loads((ARGUMENTS / f"{self.name}.json").read_text(encoding="utf-8"))
        return found

    @property
    def release(self) -> str:
        """The version whose arguments the table speaks of."""
        return str(self._list["version"])

    @cached_property
    def arguments(self) -> frozenset[str]:
        """Every argument of that release."""
        return frozenset(self._list["arguments"])

    @cached_property
    def defaults(self) -> Mapping[str, Any]:
        """The tool's own defaults, as far as its source states them."""
        return {
            **{key: value for key, value in self._list["arguments"].items() if value is not None},
            **self.overridden,
        }

    @cached_property
    def by_key(self) -> Mapping[str, Row]:
        """Key → its row."""
        return {key: row for row in self.table for key in row.keys}

    def idle(self, command: Iterable[str]) -> str | None:
        """The word of a command that starts no training, if there is one."""
        return next((word for word in command if word.rsplit(".", 1)[-1] in self.idle_commands), None)


def without(table: Table, keys: set[str]) -> Table:
    """Rows that another table says better are left out, key by key."""
    kept = ((row, tuple(key for key in row.keys if key not in keys)) for row in table)
    return tuple(row for row, left in kept if left and left == row.keys)


def extend(own: Table, shared: Table) -> Table:
    """A tool's own rows, and the rows of the library below it that the tool does not change."""
    return own + without(shared, {key for row in own for key in row.keys})
