"""``hpc validate --fix``: the safe fixes of a text, applied until none is left."""

from bisect import bisect, insort
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from hpc.check import check
from hpc.diagnostics import Diagnostic, Edit, Fix, HpcError
from hpc.source import parse
from hpc.source.document import Format
from hpc.source.load import load_file, load_stdin

READ: Final = 4_000_000
"""Characters that are read for the fixes of one text. A problem on the line of another shows only when that one is
fixed, so a text with many on one line is read many times: what is left is reported, and fixed when the user asks again.
"""


class ConfigText(NamedTuple):
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


def load(path: str) -> ConfigText:
    """The text of a path, or of standard input for ``-``; raises ``HpcError``."""
    return ConfigText("<stdin>", "jsonc", load_stdin(None)) if path == "-" else ConfigText(*load_file(path))


def examine(
    source: ConfigText, overrides: Sequence[str], *, portal: bool | str
) -> tuple[Sequence[Diagnostic], Mapping[str, str]]:
    """Everything that is wrong with a text, and the texts for excerpts."""
    try:
        document = parse(source.text, source.format, source.file)
    except HpcError as error:
        from hpc.checks.other_tool import said_once

        error = said_once(error)
        return error.diagnostics, error.texts
    if overrides:
        from hpc.source.option import override

        document = override(document, overrides)
    return check(document, portal=portal).diagnostics, {source.file: source.text}


def fix(source: ConfigText, overrides: Sequence[str], *, portal: bool | str) -> Fixed:
    """Apply every safe fix, as far as ``READ`` goes. Each removes its diagnostic and adds none, so this ends."""
    from hpc.edit import apply

    count = read = 0
    while True:
        found, texts = examine(source, overrides, portal=portal)
        read += len(source.text)
        fixes = apart(d.fix for d in found if d.fix)
        if not fixes or read > READ:
            return Fixed(source.text, count, found, texts)
        count += len(fixes)
        edits = [edit for chosen in fixes for edit in chosen.edits]
        source = ConfigText(source.file, source.format, apply(source.text, edits))


def apart(fixes: Iterable[Fix]) -> list[Fix]:
    """The fixes that can be applied together: of two that touch the same characters, the first."""
    chosen: list[Fix] = []
    taken: list[tuple[int, int]] = []
    for candidate in fixes:
        if all(_is_free(edit, taken) for edit in candidate.edits):
            chosen.append(candidate)
            for edit in candidate.edits:
                insort(taken, (edit.start, edit.end))
    return chosen


def _is_free(edit: Edit, taken: Sequence[tuple[int, int]]) -> bool:
    """Whether an edit touches none of the ranges, which are sorted and apart."""
    place = bisect(taken, (edit.start, edit.end))
    before, after = taken[place - 1 : place], taken[place : place + 1]
    return all(end < edit.start for _, end in before) and all(edit.end < start for start, _ in after)
