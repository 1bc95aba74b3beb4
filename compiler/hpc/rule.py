"""A rule: what hpc reports, and the texts of its page in the reference."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["reading", "field", "conflict", "effect", "disk", "machine", "request"]
"""What a rule is about, which decides what follows where it is broken; its code decides nothing."""


@dataclass(frozen=True)
class Rule:
    """One named thing that can be wrong with a config.

    ``code`` is stable (``HPC017``). ``title`` is one line in the user's terms, ``why`` a paragraph for the
    reference page, ``help`` says what to write instead, and ``example`` is a minimal config that breaks it.
    """

    code: str
    title: str
    why: str
    help: str
    example: str

    @property
    def heading(self) -> str:
        """The title as a heading, which begins with a capital letter."""
        return self.title[0].upper() + self.title[1:]
