"""A unified diff of a text and its fixed text, in a time that grows with the texts only.

difflib takes minutes for a megabyte of lines that repeat. A fix changes lines and rarely their number, so lines of the
same number are compared.
"""

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import groupby
from typing import Final

FEW: Final = 1000
"""Lines that difflib may compare with each other."""


def unified(before: str, after: str, name: str) -> Iterator[str]:
    """The lines of a diff that patch(1) can apply; nothing where the texts are equal."""
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    matcher = SequenceMatcher(None, "", "")
    matcher.opcodes = list(_opcodes(old, new))  # type: ignore[attr-defined]  # what get_opcodes returns
    title = [f"--- {name}\n", f"+++ {name}\n"]
    for group in matcher.get_grouped_opcodes() if before != after else ():
        yield from title
        title = []
        first, last = group[0], group[-1]
        yield f"@@ -{_range(first[1], last[2])} +{_range(first[3], last[4])} @@\n"
        for tag, start, end, new_start, new_end in group:
            same = tag == "equal"
            yield from (f"{' ' if same else '-'}{line}" for line in old[start:end])
            yield from (f"+{line}" for line in new[new_start:new_end] if not same)


def _opcodes(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[str, int, int, int, int]]:
    """As ``SequenceMatcher`` gives them: what is equal and what is replaced, from the first line to the last."""
    if len(old) == len(new):
        yield from _line_by_line(old, new)
        return
    head = next((n for n, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
    rest = min(len(old), len(new)) - head
    tail = next((n for n in range(rest) if old[-1 - n] != new[-1 - n]), rest)
    end, new_end = len(old) - tail, len(new) - tail
    if head:
        yield "equal", 0, head, 0, head
    if max(end, new_end) - head > FEW:
        yield "replace", head, end, head, new_end
    else:
        middle = SequenceMatcher(None, old[head:end], new[head:new_end], autojunk=False).get_opcodes()
        yield from ((tag, a + head, b + head, c + head, d + head) for tag, a, b, c, d in middle)
    if tail:
        yield "equal", end, len(old), new_end, len(new)


def _line_by_line(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[str, int, int, int, int]]:
    start = 0
    for equal, lines in groupby(zip(old, new, strict=True), lambda pair: pair[0] == pair[1]):
        end = start + sum(1 for _ in lines)
        yield "equal" if equal else "replace", start, end, start, end
        start = end


def _range(start: int, end: int) -> str:
    """Lines as a hunk names them: counted from 1, and the line before where there are none."""
    return f"{start + 1}" if end - start == 1 else f"{start + (end > start)},{end - start}"
