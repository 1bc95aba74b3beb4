"""``hpc validate --fix``: the safe fixes of a text, applied until none is left."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from hpc.check import check
from hpc.diagnostics import Diagnostic, Edit, Fix, HpcError
from hpc.source import parse
from hpc.source.document import Format
from hpc.source.load import load_file, load_stdin


class Source(NamedTuple):
    """A config's name for diagnostics, its format, and its text as it was loaded."""

    file: str
    format: Format
    text: str


class Fixed(NamedTuple):
    """A text after fixing: how many fixes were applied, and what is still wrong with it."""

    text: str
    applied: int
    diagnostics: Sequence[Diagnostic]
    texts: Mapping[str, str]


def load(path: str) -> Source:
    """The text of a path, or of standard input for ``-``; raises ``HpcError``."""
    return Source("<stdin>", "jsonc", load_stdin(None)) if path == "-" else Source(*load_file(path))


def examine(
    source: Source, overrides: Sequence[str], *, portal: bool | str
) -> tuple[Sequence[Diagnostic], Mapping[str, str]]:
    """Everything that is wrong with a text, and the texts for excerpts."""
    try:
        document = parse(source.text, source.format, source.file)
    except HpcError as error:
        return error.diagnostics, error.texts
    if overrides:
        from hpc.source.option import override

        document = override(document, overrides)
    return check(document, portal=portal).diagnostics, {source.file: source.text}


def fix(source: Source, overrides: Sequence[str], *, portal: bool | str) -> Fixed:
    """Apply every safe fix. Each removes its diagnostic and adds none, so this ends."""
    from hpc.edit import apply

    count = 0
    while True:
        found, texts = examine(source, overrides, portal=portal)
        fixes = apart(d.fix for d in found if d.fix)
        if not fixes:
            return Fixed(source.text, count, found, texts)
        count += len(fixes)
        edits = [edit for chosen in fixes for edit in chosen.edits]
        source = Source(source.file, source.format, apply(source.text, edits))


def apart(fixes: Iterable[Fix]) -> list[Fix]:
    """The fixes that can be applied together: of two that touch the same characters, the first."""
    chosen: list[Fix] = []
    taken: list[Edit] = []
    for candidate in fixes:
        if all(a.end < b.start or b.end < a.start for a in candidate.edits for b in taken):
            chosen.append(candidate)
            taken += candidate.edits
    return chosen
