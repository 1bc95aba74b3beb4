"""A conversation as the model sees it: the text of its rows, and which characters of it are learned.

An answer is learned with what the model must generate before it (a header that the prompt does not write) and with the
end of its turn. The row is the template's own text wherever that begins with the prompt that the model gets in use;
elsewhere it is that prompt, the answer as the model would generate it, and the end of the turn.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from hpc_disk.turns import Malformed, Turns

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

OPEN, CLOSE = "\ue000", "\ue001"
"""Marks around an answer, to find it again in the rendered text; from the private area of Unicode."""
PROBE: Final = "hpc\ue002answer"
MARKER: Final = re.compile(r"<[|｜/]?[^<>\s]{1,40}[|｜]?>|\[/?[A-Z_]{2,}\]")
"""What the end of a turn looks like where it is not a special token of the tokenizer."""
THOUGHT: Final = re.compile(r"\s*<think>(.*?)</think>\s*", re.DOTALL)
CLOSED: Final = "\n</think>\n\n"


@dataclass(frozen=True)
class Rendered:
    """One row.

    Attributes:
        text: All of it.
        spans: The learned characters, as pairs of start and end.
        missing: Roles whose text the template left out, and ``reasoning`` or ``assistant`` for parts of an answer.
        unended: True where the template writes no end of turn, so that the end of sequence must follow.
    """

    text: str
    spans: tuple[tuple[int, int], ...]
    missing: tuple[str, ...] = ()
    unended: bool = False


class Renderer:
    """Renders the conversations of one tokenizer."""

    def __init__(self, tokenizer: PreTrainedTokenizerBase) -> None:
        self.tokenizer = tokenizer
        self.special = tuple(
            dict.fromkeys(
                token
                for token in (
                    tokenizer.eos_token,
                    *tokenizer.all_special_tokens,
                    *(str(token) for token in tokenizer.added_tokens_decoder.values() if token.special),
                )
                if token
            )
        )

    def render(self, turns: Turns, tools: Any = None, *, prompt: bool = False) -> str:
        """The template's text.

        Raises:
            Malformed: Where the template refuses the turns.
        """
        seen = [{key: value for key, value in turn.items() if key != "learn"} for turn in turns]
        try:
            return str(
                self.tokenizer.apply_chat_template(seen, tools=tools, tokenize=False, add_generation_prompt=prompt)
            )
        except Exception as error:  # Templates raise what they like.
            reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
            raise Malformed(f"the chat template refuses it: {reason}") from None

    def conversation(self, turns: Turns, tools: Any = None) -> list[Rendered]:
        """The rows of a conversation: one, or one for each answer where no single row shows each as it is generated.

        Raises:
            Malformed: Where the template refuses it, or does not know the tools that it has.
        """
        turns, whole = self._usable(turns, tools)
        learned = [n for n, turn in enumerate(turns) if turn["role"] == "assistant" and turn.get("learn", True)]
        row = self._at_once(turns, tools, learned, whole)
        rows = [row] if row else self._one_by_one(turns, tools, learned, whole)
        if len(rows) == 1:
            return [_judged(turns, learned, rows[0])]
        return [_judged(turns[: n + 1], [n], row) for n, row in zip(learned, rows, strict=True)]

    def answer(self, prompt: Turns, answer: dict[str, Any], tools: Any = None) -> Rendered:
        """The row of one answer to a prompt, cut after its end: what the preference trainers take.

        Raises:
            Malformed: As above.
        """
        (row,) = self.conversation([*({**turn, "learn": False} for turn in prompt), answer], tools)
        return row

    def _usable(self, turns: Turns, tools: Any) -> tuple[Turns, str]:
        """The turns in the form that this template takes, and its text of them."""
        calls = any(turn.get("tool_calls") for turn in turns)
        refused: Malformed | None = None
        whole = None
        for variant in _variants(turns) if calls else [turns]:
            try:
                whole = self.render(variant, tools)
            except Malformed as reason:
                refused = refused or reason
                continue
            if not _offers(whole, tools):
                raise Malformed("it offers tools, but the model's chat template does not write them")
            if not calls or self._writes_calls(variant, tools, whole):
                return variant, whole
        if refused and whole is None:
            raise refused
        raise Malformed("it calls tools, but the model's chat template does not write the calls")

    def _writes_calls(self, turns: Turns, tools: Any, whole: str) -> bool:
        silent = [{key: value for key, value in turn.items() if key != "tool_calls"} for turn in turns]
        try:
            return self.render([{**turn, "content": turn["content"] or ""} for turn in silent], tools) != whole
        except Malformed:
            return True

    def _at_once(self, turns: Turns, tools: Any, learned: list[int], whole: str) -> Rendered | None:
        """The whole conversation as one row, where it surely shows each answer as it is generated; linear in turns."""
        first, last = learned[0], learned[-1]
        if any(_thinks(turns[n]) or turns[n].get("tool_calls") for n in learned):
            return None
        prompt = self.render(turns[:first], tools, prompt=True)
        if not self.end or not whole.startswith(prompt):
            return None
        if first == last == len(turns) - 1:
            stop = self._content_end(whole, turns[last])
            span = (len(prompt), stop + len(self.end))
            return Rendered(whole, (span,)) if stop >= len(prompt) and whole.startswith(self.end, stop) else None
        places = self._marked(turns, tools, learned, whole)
        if not places:
            return None
        lead = whole[len(prompt) : places[0][0]]
        before = prompt[-min(len(prompt), 24) :]
        header = self._header or before
        if not all(
            whole.endswith(header + lead, 0, start) and whole.startswith(self.end, stop) for start, stop in places
        ):
            return None
        spans = tuple((start - len(lead), stop + len(self.end)) for start, stop in places)
        alone = self.render(turns[: first + 1], tools)
        stable = alone.startswith(whole[: spans[0][1]])
        if first != last:
            stable = stable and whole.startswith(self.render(turns[:last], tools, prompt=True))
            ended = self.render(turns[: last + 1], tools)
            stable = stable and ended.startswith(whole[: spans[-1][1]])
        return Rendered(whole, spans) if stable else None

    def _marked(self, turns: Turns, tools: Any, learned: list[int], whole: str) -> list[tuple[int, int]]:
        """Where the answers are in the text; empty where the template changes them."""
        marked = [
            {**turn, "content": _mark(turn["content"])} if n in set(learned) else turn for n, turn in enumerate(turns)
        ]
        text = self.render(marked, tools)
        if text.replace(OPEN, "").replace(CLOSE, "") != whole or text.count(OPEN) != len(learned):
            return []
        starts = [match.start() - 2 * n for n, match in enumerate(re.finditer(OPEN, text))]
        stops = [match.start() - 2 * n - 1 for n, match in enumerate(re.finditer(CLOSE, text))]
        return list(zip(starts, stops, strict=True)) if len(starts) == len(stops) else []

    def _one_by_one(self, turns: Turns, tools: Any, learned: list[int], whole: str) -> list[Rendered]:
        rows = [self._last(turns[: n + 1], tools) for n in learned]
        starts = [row.spans[0] for row in rows]
        together = all(
            whole.startswith(row.text[:stop]) or (whole.startswith(row.text[:start]) and _same(whole, row, start, stop))
            for row, (start, stop) in zip(rows, starts, strict=True)
        )
        if together and not any(row.unended for row in rows):
            return [Rendered(whole, tuple(starts))]
        return rows

    def _last(self, turns: Turns, tools: Any) -> Rendered:
        """The row of the last answer of these turns."""
        *before, answer = turns
        prompt = self.render(before, tools, prompt=True)
        shown, whole = self._with_reasoning(before, answer, tools)
        start = len(prompt)
        written = answer.get("tool_calls") or self._content_end(shown, answer) >= start
        if shown.startswith(prompt) and whole and written:
            stop = self._turn_end(shown, start, answer)
            if stop is not None:
                return Rendered(shown, ((start, stop),))
            stop = max(start, self._content_end(shown, answer))
            return Rendered(shown[:stop], ((start, stop),), unended=True)
        text = prompt + self._generated(prompt, shown, answer)
        return Rendered(text + self.end, ((start, len(text + self.end)),), unended=not self.end)

    def _with_reasoning(self, before: Turns, answer: dict[str, Any], tools: Any) -> tuple[str, bool]:
        """The template's text, with the reasoning in the place where the template reads it, and whether it is there."""
        reasoning, content = split_reasoning(answer)
        forms = [answer]
        if reasoning:
            forms += [
                {**answer, "content": content, "reasoning_content": reasoning},
                {**_without_reasoning(answer), "content": f"<think>\n{reasoning}\n</think>\n\n{content}"},
            ]
        shown = ""
        for form in forms:
            try:
                text = self.render([*before, form], tools)
            except Malformed:
                if form is answer and not reasoning:
                    raise
                continue
            shown = shown or text
            if not reasoning or reasoning in text:
                return text, True
        return shown, False

    def _generated(self, prompt: str, shown: str, answer: dict[str, Any]) -> str:
        """The answer as the model would generate it after the prompt, without the end of its turn."""
        reasoning, content = split_reasoning(answer)
        opened = prompt.rstrip().endswith("<think>")
        if answer.get("tool_calls"):
            header = prompt.rstrip().removesuffix("<think>")
            stop = self._turn_end(shown, 0, answer)
            if not shown.startswith(header) or stop is None:
                raise Malformed("it calls tools, but the chat template does not write the calls after the prompt")
            calls = shown[len(header) : stop].removesuffix(self.end)
            thought = f"{reasoning}\n</think>\n\n" if reasoning else CLOSED
            return (thought if opened else f"<think>\n{reasoning}\n</think>\n\n" if reasoning else "") + calls
        content = content if content in shown else content.strip()
        if reasoning:
            return ("" if opened else "<think>\n") + f"{reasoning}\n</think>\n\n{content}"
        return (CLOSED if opened else self._lead(prompt, shown, content)) + content

    def _lead(self, prompt: str, shown: str, content: str) -> str:
        """What the template writes between the prompt and an answer, such as a blank."""
        place = self._content_end(shown, {"content": content}) - len(content.strip())
        near = prompt[-min(len(prompt), 8) :]
        return next((shown[place - n : place] for n in range(4) if shown[: place - n].endswith(near)), "")

    def _turn_end(self, text: str, start: int, answer: dict[str, Any]) -> int | None:
        """Where the turn of the last answer ends in the text; None where the template writes no end."""
        calls = answer.get("tool_calls")
        place = text.rfind(calls[-1]["function"]["name"]) if calls else self._content_end(text, answer)
        if place < start:
            return None
        if self.end and (calls or text.startswith(self.end, place)):
            found = text.find(self.end, place)
            if found >= 0 or not calls:
                return found + len(self.end) if found >= 0 else None
            written = text.rstrip()
            return len(written) if written.endswith((*self.special, ">", "]")) else None
        return _first_end(text, place, self.special)

    def _content_end(self, text: str, answer: dict[str, Any]) -> int:
        """Where the content of the last answer ends in the text; -1 where it is not there."""
        content = split_reasoning(answer)[1].strip()
        if text.endswith(self.tail) and text.endswith(content, 0, len(text) - len(self.tail)):
            return len(text) - len(self.tail)
        place = text.rfind(content)
        return place + len(content) if place >= 0 else -1

    @cached_property
    def tail(self) -> str:
        """What the template writes after the last answer of a conversation."""
        return self._probe().rpartition(PROBE)[2]

    @cached_property
    def end(self) -> str:
        """The end of a turn: what the tail begins with, up to its first special token; empty where it has none."""
        stop = _first_end(self.tail, 0, self.special)
        return self.tail[:stop] if stop is not None else ""

    @cached_property
    def _header(self) -> str:
        """What a generation prompt adds to the turns before it."""
        turns: Turns = [{"role": "user", "content": "?"}]
        try:
            text, prompt = self.render(turns), self.render(turns, prompt=True)
        except Malformed:
            return ""
        return prompt[len(text) :] if prompt.startswith(text) else ""

    def _probe(self) -> str:
        try:
            return self.render([{"role": "user", "content": "?"}, {"role": "assistant", "content": PROBE}])
        except Malformed:
            return ""


def _judged(turns: Turns, learned: list[int], row: Rendered) -> Rendered:
    """The row of these turns, of which those at some places are learned, with what the template left out of it."""
    missing = []
    place = 0
    for turn in turns[: learned[-1]]:
        if turn["role"] == "assistant" and turn.get("learn", True):
            continue
        content = turn["content"].strip()
        found = row.text.find(content, place)
        place = found if found >= 0 else place
        if found < 0 and content not in row.text:
            missing.append(turn["role"])
    spoken = "".join(row.text[start:stop] for start, stop in row.spans)
    for reasoning, content in (split_reasoning(turns[n]) for n in learned):
        if content.strip() not in spoken:
            missing.append("assistant")
        if reasoning and reasoning not in spoken:
            missing.append("reasoning")
    return replace(row, missing=tuple(dict.fromkeys(missing)))


def _same(whole: str, row: Rendered, start: int, stop: int) -> bool:
    return whole[start:stop] == row.text[start:stop]


def _first_end(text: str, place: int, special: tuple[str, ...]) -> int | None:
    """After the first special token from a place on, or else after the first thing that looks like one."""
    ends = [(found, -len(token)) for token in special if (found := text.find(token, place)) >= 0]
    if ends:
        found, length = min(ends)
        return found - length
    marker = MARKER.search(text, place)
    return marker.end() if marker else None


def _mark(content: str) -> str:
    core = content.strip()
    start = content.find(core)
    return f"{content[:start]}{OPEN}{core}{CLOSE}{content[start + len(core) :]}"


def _thinks(turn: dict[str, Any]) -> bool:
    return bool(turn.get("reasoning_content")) or "<think>" in turn["content"] or "</think>" in turn["content"]


def split_reasoning(turn: dict[str, Any]) -> tuple[str, str]:
    """The reasoning of an answer, wherever it is written, and the rest of its content."""
    content: str = turn.get("content") or ""
    if turn.get("reasoning_content"):
        return str(turn["reasoning_content"]).strip(), content
    found = THOUGHT.match(content)
    return (found[1].strip(), content[found.end() :]) if found else ("", content)


def _without_reasoning(turn: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in turn.items() if key != "reasoning_content"}


def _variants(turns: Turns) -> Iterator[Turns]:
    """Calls of tools in the forms that templates take: arguments as an object or as JSON, no content as "" or None."""
    for as_text in (False, True):
        for empty in ("", None):
            yield [_variant(turn, as_text=as_text, empty=empty) for turn in turns]


def _variant(turn: dict[str, Any], *, as_text: bool, empty: str | None) -> dict[str, Any]:
    if not turn.get("tool_calls"):
        return turn
    calls = [
        {**call, "function": {**call["function"], "arguments": _arguments(call["function"]["arguments"], as_text)}}
        for call in turn["tool_calls"]
    ]
    return {**turn, "tool_calls": calls, "content": turn["content"] or empty}


def _arguments(value: Any, as_text: bool) -> Any:
    return json.dumps(value, ensure_ascii=False) if as_text and not isinstance(value, str) else value


def _offers(text: str, tools: Any) -> bool:
    return all(str(tool["function"]["name"]) in text for tool in tools or ())
