"""The rows of a job on a terminal: numbers, a histogram of lengths, and one row with its learned tokens marked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from hpc.render.screen import printable

SHOWN: Final = 5
WIDTH: Final = 40
"""Characters of the longest bar."""
LEARNED: Final = ("\033[32m", "\033[0m")
BRACKETS: Final = ("[", "]")


def lines(answer: dict[str, Any], *, color: bool) -> Iterator[str]:
    """Line by line."""
    malformed = answer["malformed"]
    number = answer["rows"]
    if number or not answer["problems"]:  # What cannot be read, its problem says.
        yield f"{number:,} row{'s' * (number != 1)}, format {answer['format'] or 'unknown'}"
    for place in malformed[:SHOWN]:
        yield f"  malformed: {place['file']} row {place['row']}: {place['reason']}"
    if len(malformed) > SHOWN:
        more = len(malformed) - SHOWN
        yield f"  … and {more:,} more malformed row{'s' * (more != 1)}"
    if answer.get("lengths"):
        yield from _lengths(answer)
    for problem in answer["problems"]:
        yield f"{problem['severity']}[{problem['code']}]: {problem['message']}"
        if problem["help"]:
            yield f"  help: {problem['help']}"
    for number, entry in enumerate(answer.get("shown", ()), 1):
        start, end = LEARNED if color else BRACKETS
        yield f"--- {number}"
        pieces = [(learned, _visible(text)) for learned, text in entry["pieces"]]
        yield "".join(f"{start}{text}{end}" if learned else text for learned, text in pieces)
        if "input_ids" in entry:
            yield f"input_ids: {entry['input_ids']}"
            yield f"labels: {entry['labels']}"


def _visible(text: str) -> str:
    """A row must not steer the terminal; its lines stay lines."""
    return "\n".join(printable(line) for line in text.split("\n"))


def _lengths(answer: dict[str, Any]) -> Iterator[str]:
    lengths, cut = answer["lengths"], answer["cut"]
    yield (
        f"tokens of a row: {lengths['min']} to {lengths['max']}, median {lengths['median']}, "
        f"95 % within {lengths['p95']}, 99 % within {lengths['p99']}"
    )
    most = max(count for _, count in answer["histogram"])
    for end, count in answer["histogram"]:
        yield f"  {end:>7} {'█' * round(WIDTH * count / most):<{WIDTH}} {count:,}"
    yield f"cut by max_sequence_length: {cut['rows']:,} rows, {cut['tokens']:,} tokens of answers"
    if answer.get("learned") is not None:
        yield f"learned: {answer['learned']:.0%} of the tokens; padding at this batch size: {answer['padding']:.0%}"
