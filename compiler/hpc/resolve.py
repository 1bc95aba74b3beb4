"""From what was written to what holds: every field gets a value and an origin."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, TypeVar, cast

from hpc.origins import Defaulted, Derived, Origin, Overridden, Written
from hpc.source.document import Document
from hpc_schema import fields as f
from hpc_schema.field import Field

T = TypeVar("T")


@dataclass(frozen=True)
class Config:
    """A complete job: a value and an origin for every field of the schema."""

    name: str
    file: str
    values: Mapping[str, Any]
    origins: Mapping[str, Origin]

    def __getitem__(self, field: Field[T]) -> T:
        return cast("T", self.values[field.name])

    @property
    def processes(self) -> int:
        """Processes of the whole job: nodes × devices per node."""
        return self[f.nodes] * self[f.devices_per_node]

    @property
    def global_batch(self) -> int:
        """Rows per optimizer step, on all processes together."""
        return self[f.batch_size] * self[f.gradient_accumulation_steps] * self.processes

    def acts(self, field: Field[Any]) -> bool:
        """Whether the field has any effect in this job, by the schema's own conditions."""
        return all(self.values[when.field] in when.values for when in field.active_when)

    def given(self, field: Field[Any]) -> bool:
        """Whether the user gave the value, in the config or on the command line."""
        return isinstance(self.origins[field.name], Written | Overridden)


def resolve(document: Document, ignored: frozenset[str] = frozenset()) -> Config:
    """Fill in every default. ``ignored`` fields count as not written: their values are known to be wrong."""
    values: dict[str, Any] = {}
    origins: dict[str, Origin] = {}
    for field in f.ALL:
        if field.name in document.values and field.name not in ignored:
            values[field.name] = document.values[field.name]
            origins[field.name] = _given(document, field.name)
        else:
            values[field.name] = field.default
            where = "definitions" if field.active_when else "properties"
            default = "" if field.default is None else "/default"
            origins[field.name] = Defaulted(f"/{where}/{field.name}{default}")
    name = PurePath(document.file).stem.strip("<>") or "run"
    for field_name, (rule, inputs, follow) in FOLLOWING.items():
        if values[field_name] is None:
            values[field_name] = follow(name, values)
            origins[field_name] = Derived(rule, inputs)
    return Config(name, document.file, values, origins)


def _given(document: Document, name: str) -> Origin:
    if name in document.overrides:
        return Overridden(document.overrides[name])
    span = document.places[name].value
    return Written(document.file, span.line, span.column)


def _eval_steps(_name: str, values: Mapping[str, Any]) -> int:
    return max(1, int(values["logging_steps"]))


def _output_dir(name: str, _values: Mapping[str, Any]) -> str:
    return f"runs/{name}"


# Defaults that follow something else: field → (rule, inputs, function of the config's name and the values).
Follow = Callable[[str, Mapping[str, Any]], Any]
FOLLOWING: dict[str, tuple[str, tuple[str, ...], Follow]] = {
    "eval_steps": ("the same as the logging steps", ("logging_steps",), _eval_steps),
    "output_dir": ("runs/<name of the config>", (), _output_dir),
}
