"""A typed handle on one field of the schema."""

from typing import Generic, NamedTuple, TypeVar

T = TypeVar("T", covariant=True)

Value = str | int | float | bool | list[str] | None


class When(NamedTuple):
    """A condition: the named field has one of these values."""

    field: str
    values: tuple[Value, ...]


class Field(NamedTuple, Generic[T]):
    """One key of a config. ``T`` is the Python type of its value: a type checker checks every table row.

    ``default`` is None where the schema gives none: the field is optional, or its default follows another.
    The field applies only when every condition of ``active_when`` holds.
    """

    name: str
    group: str
    title: str
    default: Value
    active_when: tuple[When, ...] = ()
