"""A rule: what hpc reports, what follows from it, and the texts of its page in the reference."""

from collections.abc import Callable
from typing import Any, Literal, NamedTuple

from hpc.diagnostics import Severity

RuleKind = Literal["reading", "field", "conflict", "effect", "disk", "machine", "request"]
"""What a rule is about, which decides what follows where it is broken; its code decides nothing."""


class Rule(NamedTuple):
    """One named thing that can be wrong with a config.

    Attributes:
        code: Stable (``HPC017``).
        kind: What it is about.
        severity: The worst that it is reported as; what is only likely may be reported as less.
        title: One line in the user's terms.
        why: A paragraph for the reference page.
        help: What to write instead.
        example: A minimal config that breaks it, or a command.
        checks: The functions that find it. Empty where the schema states it, or where it is found by doing: while a
            text is read, by the runner, or by the command that was asked for something impossible.
    """

    code: str
    kind: RuleKind
    severity: Severity
    title: str
    why: str
    help: str
    example: str
    checks: tuple[Callable[..., Any], ...] = ()

    @property
    def heading(self) -> str:
        """The title as a heading, which begins with a capital letter, unless it begins with a name: hpc, fp16."""
        first = self.title.partition(" ")[0]
        is_name = first == "hpc" or not first.replace("'", "").replace("-", "").isalpha()
        return self.title if is_name else self.title[0].upper() + self.title[1:]
