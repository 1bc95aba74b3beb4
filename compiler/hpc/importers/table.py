"""The words of an importer's table: what becomes of each argument of another tool.

A table is a tuple of rows, and every argument of the tool stands in exactly one. What a row says is an ``Outcome``, in
one of five states:

- ``mapped``: it becomes fields of hpc;
- ``implied``: hpc always does so;
- ``resolved``: it needs a value that the config alone does not give;
- ``no_effect``: it changes neither rows, order, loss, update nor saved weights;
- ``lost``: hpc does not do this.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from hpc.importers.tool_values import UnknownValueError, is_placeholder, switch

State = Literal["mapped", "implied", "resolved", "no_effect", "lost"]


@dataclass(frozen=True)
class Outcome:
    """What became of some keys: ``values`` by field, ``why`` in words, ``instead`` what to do about a loss.

    ``parts`` are the outcomes of what is nested in the key, by dotted name, where they differ from its own.
    """

    state: State
    values: Mapping[str, Any] = field(default_factory=dict)
    why: str = ""
    instead: str = ""
    parts: Mapping[str, Outcome] = field(default_factory=dict)


@dataclass(frozen=True)
class ForeignJob:
    """A source's keys as its tool reads them. A key that is absent or null has the tool's own default.

    ``folder`` is where the source lies: the files that it names are looked for there.
    """

    given: Mapping[str, Any]
    defaults: Mapping[str, Any]
    folder: Path = Path()

    def __getitem__(self, key: str) -> Any:
        value = self.given.get(key)
        return self.defaults.get(key) if value is None else value

    def first(self, keys: tuple[str, ...]) -> Any:
        """The value of the first of these names that is written, or the default of the first name."""
        return next((self.given[key] for key in keys if self.given.get(key) is not None), self.defaults.get(keys[0]))

    def on(self, key: str) -> bool:
        """Whether a switch is on."""
        return switch(self[key])

    def says(self, key: str) -> bool:
        """Whether the key is written, with a value."""
        return self.given.get(key) is not None


Read = Callable[[ForeignJob], Outcome]


@dataclass(frozen=True)
class Row:
    """One line of a table: ``keys`` (older names last) are read together and become ``fields``, or nothing.

    ``single``: the keys are names of the same argument.
    """

    keys: tuple[str, ...]
    state: State
    read: Read
    fields: tuple[str, ...] = ()
    why: str = ""
    single: bool = False


Table = tuple[Row, ...]


def copy(key: str, name: str, *older: str) -> Row:
    """The value as it is, under hpc's name."""
    keys = (key, *older)
    return Row(keys, "mapped", lambda job: Outcome("mapped", _said(name, job.first(keys))), (name,), single=True)


def convert(key: str, name: str, function: Callable[[Any], Any], why: str, *older: str) -> Row:
    """A function of one value; None says nothing about the field."""
    keys = (key, *older)

    def read(job: ForeignJob) -> Outcome:
        return Outcome("mapped", _said(name, function(job.first(keys))), why)

    return Row(keys, "mapped", read, (name,), why, single=True)


def combine(
    keys: tuple[str, ...],
    fields: tuple[str, ...],
    read: Read,
    why: str,
    state: State = "mapped",
    *,
    single: bool = False,
) -> Row:
    """Several keys are read together, or are ``single``: names of one argument; ``read`` says what they become."""
    return Row(keys, state, read, fields, why, single=single or len(keys) == 1)


def implied(key: str, why: str, *older: str, unless: str = "", on: bool = True) -> Row:
    """Hpc always does so; ``unless`` says what is lost where the source asks for the opposite."""
    keys = (key, *older)

    def read(job: ForeignJob) -> Outcome:
        if unless and switch(job.first(keys)) is not on:
            return Outcome("lost", why=unless)
        return Outcome("implied", why=why)

    return Row(keys, "implied", read, why=why)


def implied_as(key: str, *values: Any, why: str, unless: str) -> Row:
    """Hpc does what these values ask for; with another one, ``unless`` says what is lost."""

    def read(job: ForeignJob) -> Outcome:
        if job[key] is None or str(job[key]).lower() in values:
            return Outcome("implied", why=why)
        if is_variable(job[key]):
            raise UnknownValueError(job[key])
        return Outcome("lost", why=unless)

    return Row((key,), "implied", read, why=why)


def no_effect(key: str, why: str, *older: str) -> Row:
    """``why`` is the sentence of the tool's own documentation."""
    return Row((key, *older), "no_effect", lambda _: Outcome("no_effect", why=why), why=why)


def lost(*keys: str, why: str, instead: str = "") -> Row:
    """Hpc does not do this. A value that switches it off, or is the tool's default, loses nothing."""

    def read(job: ForeignJob) -> Outcome:
        if all(_is_off(job, key) for key in keys if job.says(key)):
            return Outcome("no_effect", why="it is switched off, or at its default")
        if all(is_variable(job[key]) for key in keys if job.says(key)):
            return Outcome("resolved", why=f"its value is not known here; if it is switched on: {why}")
        return Outcome("lost", why=why, instead=instead)

    return Row(keys, "lost", read, why=why)


def part_of(switches: tuple[str, ...], *keys: str, why: str) -> Row:
    """Settings of something that hpc does not do: without it they do nothing in the tool either."""

    def read(job: ForeignJob) -> Outcome:
        if any(job.says(key) and not _is_off(job, key) for key in switches):
            return Outcome("lost", why=why)
        return Outcome("no_effect", why=f"it applies only with `{'` or `'.join(switches)}`")

    return Row(keys, "lost", read, why=why)


def is_variable(value: Any) -> bool:
    """A placeholder where a switch or a number was: what it stands for is not known."""
    return is_placeholder(value) and value != "org/name"


def says_nothing(value: Any) -> bool:
    """An empty list or object, or an object of nothing but null: an example whose values are not filled in."""
    if isinstance(value, Mapping):
        return all(each is None or says_nothing(each) for each in value.values())
    return isinstance(value, list) and not value


def _is_off(job: ForeignJob, key: str) -> bool:
    value = job[key]
    if says_nothing(value) or value == job.defaults.get(key, value is None):
        return True
    if value == "":
        return False
    try:
        return not switch(value) or str(value) == str(job.defaults.get(key))
    except UnknownValueError:
        return _is_zero(value) or str(value) == str(job.defaults.get(key))


def _is_zero(value: Any) -> bool:
    try:
        return float(value) == 0
    except (TypeError, ValueError):
        return False


def _said(name: str, value: Any) -> dict[str, Any]:
    if is_variable(value) and name not in ("model", "train_data", "eval_data", "output_dir"):
        raise UnknownValueError(value)
    if isinstance(value, str) and value.startswith("$"):
        raise UnknownValueError(value)
    return {} if value is None else {name: value}
