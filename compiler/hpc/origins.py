"""Where a value comes from. Origins travel beside the values, keyed like them; no value is ever wrapped."""

from typing import NamedTuple


class Written(NamedTuple):
    """It is written in the config, at this place (1-based line and column)."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class Overridden(NamedTuple):
    """An option of the command line gave it."""

    option: str

    def __str__(self) -> str:
        return self.option


class Defaulted(NamedTuple):
    """It was not given: it is the schema's default, at this JSON pointer of the schema."""

    pointer: str

    def __str__(self) -> str:
        return f"default, hpc.schema.json#{self.pointer}"


class Derived(NamedTuple):
    """A rule made it from the values of these fields; no fields: it is always the same, and ``rule`` says why."""

    rule: str
    inputs: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.rule} ({', '.join(self.inputs)})" if self.inputs else f"always: {self.rule}"


Origin = Written | Overridden | Defaulted | Derived
