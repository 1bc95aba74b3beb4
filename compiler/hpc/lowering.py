"""The vocabulary of a lowering table, and the one function that lowers a config by it.

A table is a tuple of rows. Every row names the fields it reads and at most one dotted key that it writes.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple, TypeVar, overload

from hpc.origins import Derived, Origin
from hpc.resolve import Config
from hpc_schema.field import Field

A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")
D = TypeVar("D")


class Row(NamedTuple):
    """One line of a table: ``function`` of the values of ``fields`` becomes ``key``; no key: written nowhere.

    ``because`` is the rule in words; for a copied value it is empty. ``only_active``: the row has one field, and is
    left out where that has no effect.
    """

    fields: tuple[Field[Any], ...]
    key: str | None
    function: Callable[..., Any]
    because: str = ""
    only_active: bool = False


Table = tuple[Row, ...]


class Lowered(NamedTuple):
    """The values of one artifact by dotted key, and beside each the fields and the rule in words that it comes from.

    A copied value has no rule.
    """

    values: Mapping[str, Any]
    fields: Mapping[str, tuple[str, ...]]
    rules: Mapping[str, str]

    def origin(self, key: str, config: Config) -> Origin:
        """Where the value of a key comes from; the place of a copied one is looked for only now."""
        rule, fields = self.rules[key], self.fields[key]
        return Derived(rule, fields) if rule else config.origins[fields[0]]


def copy(field: Field[Any], key: str) -> Row:
    """The value as it is. A field without effect in this job writes nothing."""
    return Row((field,), key, lambda value: value, only_active=True)


def convert(field: Field[A], key: str, function: Callable[[A], Any], because: str = "") -> Row:
    """A function of one value. A field without effect in this job writes nothing."""
    return Row((field,), key, function, because or _words(function), only_active=True)


@overload
def combine(fields: tuple[Field[A], Field[B]], key: str, function: Callable[[A, B], Any], because: str = "") -> Row: ...
@overload
def combine(
    fields: tuple[Field[A], Field[B], Field[C]],
    key: str,
    function: Callable[[A, B, C], Any],
    because: str = "",
) -> Row: ...
@overload
def combine(
    fields: tuple[Field[A], Field[B], Field[C], Field[D]],
    key: str,
    function: Callable[[A, B, C, D], Any],
    because: str = "",
) -> Row: ...
def combine(fields: tuple[Field[Any], ...], key: str, function: Callable[..., Any], because: str = "") -> Row:
    """A function of several fields' values, always written."""
    return Row(fields, key, function, because or _words(function))


def constant(key: str, value: Any, because: str) -> Row:
    """Always the same value, whatever the config says."""
    return Row((), key, lambda: value, because)


def unused(*fields: Field[Any], because: str) -> Row:
    """These fields do not affect this target, and why."""
    return Row(fields, None, lambda *_: None, because)


def lower(table: Iterable[Row], config: Config) -> Lowered:
    """Every row of the table, applied to the config."""
    values: dict[str, Any] = {}
    rules: dict[str, str] = {}
    fields: dict[str, tuple[str, ...]] = {}
    for row in table:
        if row.key is None or (row.only_active and not config.acts(row.fields[0])):
            continue
        names = tuple([field.name for field in row.fields])
        values[row.key] = row.function(*[config.values[name] for name in names])
        fields[row.key] = names
        rules[row.key] = row.because
    return Lowered(values, fields, rules)


def unflatten(values: Mapping[str, Any]) -> dict[str, Any]:
    """``{"a.b": 1}`` → ``{"a": {"b": 1}}``."""
    nested: dict[str, Any] = {}
    for dotted, value in values.items():
        *parents, last = dotted.split(".")
        node = nested
        for parent in parents:
            node = node.setdefault(parent, {})
        node[last] = value
    return nested


def _words(function: Callable[..., Any]) -> str:
    """The first line of a function's docstring: its rule in words."""
    return (function.__doc__ or function.__name__).strip().splitlines()[0].rstrip(".")
