"""From what was written to what holds: every field gets a value and an origin."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from os.path import basename, splitext
from typing import Any, Final, TypeVar

from hpc.origins import Defaulted, Derived, Origin, Overridden, Written
from hpc.source.document import Document
from hpc_schema import fields as f
from hpc_schema.field import Field

T = TypeVar("T")
DEFAULTS: Final = {field.name: field.default for field in f.ALL}


class Config:
    """A value for every field of the schema, and where each comes from."""

    def __init__(
        self, name: str, document: Document, values: Mapping[str, Any], derived: Mapping[str, Derived]
    ) -> None:
        self.name = name
        self.document = document
        self.values = values
        self.derived = derived

    @property
    def file(self) -> str:
        """The file that the values were written in."""
        return self.document.file

    @cached_property
    def origins(self) -> Mapping[str, Origin]:
        """Field → origin; positions are looked for only now."""
        return {field.name: self.derived.get(field.name) or _origin(self.document, field) for field in f.ALL}

    def __getitem__(self, field: Field[T]) -> T:
        value: T = self.values[field.name]
        return value

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
        for when in field.active_when:  # noqa: SIM110 (a generator for all() takes three times as long)
            if self.values[when.field] not in when.values:
                return False
        return True

    def given(self, field: Field[Any]) -> bool:
        """Whether the user gave the value, in the config or on the command line."""
        return field.name in self.document.values and field.name not in self.derived


def resolve(document: Document) -> Config:
    """Fill in every default."""
    values = {**DEFAULTS, **document.values}
    derived: dict[str, Derived] = {}
    name = splitext(basename(document.file))[0].strip("<>") or "run"  # noqa: PTH119, PTH122 (pathlib is slow to import)
    for field_name, (rule, inputs, follow) in FOLLOWING.items():
        if values[field_name] is None:
            values[field_name] = follow(name, values)
            derived[field_name] = Derived(rule, inputs)
    return Config(name, document, values, derived)


def _origin(document: Document, field: Field[Any]) -> Origin:
    if field.name in document.overrides:
        return Overridden(document.overrides[field.name])
    if field.name in document.values:
        span = document.places[field.name].value
        return Written(document.file, span.line, span.column)
    where = "definitions" if field.active_when else "properties"
    return Defaulted(f"/{where}/{field.name}{'' if field.default is None else '/default'}")


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
