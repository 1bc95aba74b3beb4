"""A job: a document that is read, checked and resolved once, and then handed to whatever works with it."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from hpc.diagnostics import Diagnostic
from hpc.resolve import Config
from hpc.source.document import Document

if TYPE_CHECKING:
    from hpc.forecast.forecast import Forecast
else:
    Forecast = object  # Its name in quotes would cost a millisecond, the first of which typing makes a type.

NOT_OF_THE_CONFIG: Final = ("disk", "machine", "request")


class Job(NamedTuple):
    """What a document holds and what is wrong with it.

    ``config`` takes a value that can only have been meant otherwise as it was meant, and the default for a value that
    cannot be understood. ``diagnostics`` are in file order. ``forecast`` is there where the job compiles
    and is to run here.
    """

    document: Document
    config: Config
    diagnostics: Sequence[Diagnostic]
    forecast: Forecast | None = None

    @property
    def errors(self) -> list[Diagnostic]:
        """What stops a run."""
        return [found for found in self.diagnostics if found.severity == "error"]

    @property
    def compiles(self) -> bool:
        """Whether the errors, if there are any, are of this disk or this machine, and not of the config itself."""
        if not self.errors:
            return True
        from hpc.rules import rule_of

        return all(rule_of(found.code).kind in NOT_OF_THE_CONFIG for found in self.errors)

    @property
    def texts(self) -> Mapping[str, str]:
        """The text by file name, for excerpts."""
        return {self.document.file: self.document.text}
