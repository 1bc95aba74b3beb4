"""A whole conversation as one row, without rendering every beginning of it: the work is linear in turns.

Marks around each turn say where it is in the text. Between a turn and the answer to it stands the same text in most
places; where that text is seen for the first time, and for the last, the answer is built as the model would generate
it, which must be what the whole shows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from hpc_disk.turns import Malformed, Turns
from hpc_runner.rendered import Rendered, split_reasoning

if TYPE_CHECKING:
    from hpc_runner.rendering import Renderer

FIRST_MARK: Final = 0xF0000
"""Turn N begins with this character plus N: a private one, which no text has."""
CLOSE: Final = "\ue001"
MARKS: Final = re.compile("[\U000f0000-\U000ffffd]")
MOST: Final = 0xFFFD
"""Turns that can be marked."""
Places = dict[int, tuple[int, int]]
"""Where the content of each turn is in the text."""
Key = tuple[str, bool, str]


def at_once(renderer: Renderer, turns: Turns, tools: Any, learned: list[int], whole: str) -> Rendered | None:
    """The row, where the whole text surely shows each answer as it is generated; None where that is not sure."""
    if not renderer.end:
        return None
    if learned == [len(turns) - 1] and not turns[-1].get("tool_calls") and not _thinks(turns[-1]):
        return _only_the_last(renderer, turns, tools, whole)
    places = _places(renderer, turns, tools, whole)
    found = _Found(renderer, turns, tools, whole, places)
    return found.row(learned) if places else None


def _thinks(turn: dict[str, Any]) -> bool:
    content = turn["content"] or ""
    return bool(turn.get("reasoning_content")) or "<think>" in content or "</think>" in content


def _only_the_last(renderer: Renderer, turns: Turns, tools: Any, whole: str) -> Rendered | None:
    prompt = renderer.render(turns[:-1], tools, prompt=True)
    if not whole.startswith(prompt):
        return None
    stop = renderer.content_end(whole, turns[-1])
    ended = stop >= len(prompt) and whole.startswith(renderer.end, stop)
    return Rendered(whole, ((len(prompt), stop + len(renderer.end)),)) if ended else None


def _places(renderer: Renderer, turns: Turns, tools: Any, whole: str) -> Places:
    """Where the turns are; empty where the template changes, moves or leaves out one of them."""
    if len(turns) > MOST:
        return {}
    marked = [_marked(turn, chr(FIRST_MARK + n)) for n, turn in enumerate(turns)]
    try:
        text = renderer.render(marked, tools)
    except Malformed:
        return {}
    if MARKS.sub("", text).replace(CLOSE, "") != whole:
        return {}
    numbers = [ord(mark[0]) - FIRST_MARK for mark in MARKS.finditer(text)]
    starts = [mark.start() - 2 * n for n, mark in enumerate(MARKS.finditer(text))]
    stops = [mark.start() - 2 * n - 1 for n, mark in enumerate(re.finditer(CLOSE, text))]
    if len(starts) != len(stops) or numbers != sorted(set(numbers)):
        return {}
    return dict(zip(numbers, zip(starts, stops, strict=True), strict=True))


def _marked(turn: dict[str, Any], mark: str) -> dict[str, Any]:
    content = turn["content"] or ""
    core = content.strip()
    if not core:
        return turn
    start = content.find(core)
    return {**turn, "content": f"{content[:start]}{mark}{core}{CLOSE}{content[start + len(core) :]}"}


@dataclass
class _Found:
    """The answers of one conversation, as they are found in its text."""

    renderer: Renderer
    turns: Turns
    tools: Any
    whole: str
    places: Places
    prompts: dict[Key, str] = field(default_factory=dict)
    """What stands between a turn and the first learned character of the answer to it, by what it was built from."""

    def row(self, learned: list[int]) -> Rendered | None:
        """The row, where every answer could be found and those that were built are the same."""
        spans = []
        last_of: dict[Key, int] = {}
        for number in learned:
            key = self._key(number)
            if key is None:
                return None
            if key not in self.prompts and not self._learn(key, number):
                return None
            span = self._span(key, number)
            if span is None:
                return None
            last_of[key] = number
            spans.append(span)
        by_number = dict(zip(learned, spans, strict=True))
        for number in last_of.values():
            if not self._as_generated(number, by_number[number]):
                return None
        return Rendered(self.whole, tuple(spans))

    def _before(self, number: int) -> int | None:
        """Where the content of the turn before ends."""
        place = self.places.get(number - 1)
        return place[1] if place else None

    def _key(self, number: int) -> Key | None:
        turn, before = self.turns[number], self._before(number)
        calls, place = bool(turn.get("tool_calls")), self.places.get(number)
        reasoning = split_reasoning(turn)[0] if turn.get("reasoning_content") else ""
        if before is None or (place is None and not calls):
            return None
        gap = "" if place is None else self.whole[before : place[0]]
        if reasoning and reasoning not in gap:
            return None
        return (self.turns[number - 1]["role"], calls, gap.replace(reasoning, "\0", 1) if reasoning else gap)

    def _learn(self, key: Key, number: int) -> bool:
        """Build the first answer of its kind, and keep what its prompt ends with."""
        before = self._before(number)
        prompt = self.renderer.render(self.turns[:number], self.tools, prompt=True)
        if before is None or not self.whole.startswith(prompt) or len(prompt) < before:
            return False
        self.prompts[key] = prompt[before:]
        span = self._span(key, number)
        return span is not None and self._as_generated(number, span)

    def _span(self, key: Key, number: int) -> tuple[int, int] | None:
        before, end = self._before(number), self.renderer.end
        if before is None or not self.whole.startswith(self.prompts[key], before):
            return None
        start = before + len(self.prompts[key])
        stop = self.places[number][1] if number in self.places else start
        if not self.turns[number].get("tool_calls"):
            return (start, stop + len(end)) if stop >= start and self.whole.startswith(end, stop) else None
        after = min((place[0] for n, place in self.places.items() if n > number), default=len(self.whole))
        called = self.whole.find(self.turns[number]["tool_calls"][-1]["function"]["name"], stop, after)
        ended = self.whole.find(end, called, after) if called >= 0 else -1
        return (start, ended + len(end)) if ended >= 0 else None

    def _as_generated(self, number: int, span: tuple[int, int]) -> bool:
        row = self.renderer.last(self.turns[: number + 1], self.tools)
        return row.spans == (span,) and not row.unended and self.whole.startswith(row.text[: span[1]])
