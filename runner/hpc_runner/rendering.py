"""A conversation as the model sees it: the text of its rows, and which characters of it are learned.

An answer is learned with what the model must generate before it (a header that the prompt does not write) and with the
end of its turn. The row is the template's own text wherever that begins with the prompt that the model gets in use;
elsewhere it is that prompt, the answer as the model would generate it, and the end of the turn.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from hpc_disk.turns import Malformed, Turns
from hpc_runner.at_once import at_once
from hpc_runner.calls import usable
from hpc_runner.rendered import Rendered, split_reasoning
from hpc_runner.today import CALLED, written

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

MARK: Final = re.compile(
    r"<[|｜][^<>|｜\s'\"]{1,40}[|｜]>|<(?:start|end)_of_\w+>|\[/?[A-Z_]{3,}\]|\[\|\w{1,40}\|\]|<</?SYS>>"
)
"""What a template writes to begin and end turns, where the tokenizer does not call it special."""
ASKED: Final = {"role": "user", "content": "?"}
PROBE: Final = "hpc\ue002answer"
ENDED: Final = re.compile(f"(?:{MARK.pattern})$")
MARKER: Final = re.compile(r"<[|｜/]?[^<>\s]{1,40}[|｜]?>|\[/?[A-Z_]{2,}\]|\[\|\w{1,40}\|\]")
"""What the end of a turn looks like where it is not a special token of the tokenizer."""
THOUGHT: Final = "hpc\ue003thought"
CLOSED: Final = "\n</think>\n\n"


class Renderer:
    """Renders the conversations of one tokenizer."""

    def __init__(self, tokenizer: PreTrainedTokenizerBase) -> None:
        self.tokenizer = tokenizer
        self._compiled: dict[bool, tuple[Any, dict[str, Any]]] = {}
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
        seen = [_seen(turn) for turn in turns]
        if self.reads_parts:
            seen = [_in_parts(turn) for turn in seen]
        try:
            template, known = self._template(tools)
            asked = {"messages": seen, "tools": tools, "documents": None, "add_generation_prompt": prompt}
            values = {**known, CALLED: written, **asked}
            text = "".join(template.root_render_func(template.new_context(values, shared=True)))
        except Exception as error:  # Templates raise what they like.
            reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
            raise Malformed(f"the chat template refuses it: {reason}") from None
        return text

    @cached_property
    def reads_parts(self) -> bool:
        """Whether the template writes contents only where they are lists of parts, as templates for images may."""
        self.reads_parts = False  # While it is asked about strings.
        if PROBE in self._probe():
            return False
        self.reads_parts = True
        return PROBE in self._probe()

    def _template(self, tools: Any) -> tuple[Any, dict[str, Any]]:
        """The compiled template and what it knows, as in `apply_chat_template`, which takes several times as long."""
        compiled = self._compiled.get(bool(tools))
        if compiled is None:
            from transformers.utils.chat_template_utils import _compile_jinja_template

            template = _compile_jinja_template(self.tokenizer.get_chat_template(tools=tools or None))
            compiled = (template, {**template.globals, **self.tokenizer.special_tokens_map})
            self._compiled[bool(tools)] = compiled
        return compiled

    def conversation(self, turns: Turns, tools: Any = None) -> list[Rendered]:
        """The rows of a conversation: one, or one for each answer where no single row shows each as it is generated.

        Raises:
            Malformed: Where the template refuses it, or does not know the tools that it has.
        """
        turns, whole = usable(self.render, turns, tools)
        learned = [n for n, turn in enumerate(turns) if turn["role"] == "assistant" and turn.get("learn", True)]
        row = at_once(self, turns, tools, learned, whole)
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

    def _one_by_one(self, turns: Turns, tools: Any, learned: list[int], whole: str) -> list[Rendered]:
        rows = [self.last(turns[: n + 1], tools) for n in learned]
        starts = [row.spans[0] for row in rows]
        together = all(
            whole.startswith(row.text[:stop]) or (whole.startswith(row.text[:start]) and _same(whole, row, start, stop))
            for row, (start, stop) in zip(rows, starts, strict=True)
        )
        if together and not any(row.unended for row in rows):
            return [Rendered(whole, tuple(starts))]
        return rows

    def last(self, turns: Turns, tools: Any) -> Rendered:
        """The row of the last answer of these turns."""
        *before, answer = turns
        prompt = self.render(before, tools, prompt=True)
        shown, whole = self._with_reasoning(before, answer, tools)
        start = len(prompt)
        written = answer.get("tool_calls") or self.content_end(shown, answer) >= start
        if shown.startswith(prompt) and whole and written:
            stop = self._turn_end(shown, start, answer)
            if stop is not None:
                return Rendered(shown, ((start, stop),))
            stop = len(shown.rstrip()) if answer.get("tool_calls") else max(start, self.content_end(shown, answer))
            return Rendered(shown[:stop], ((start, stop),), unended=True)
        if whole and (as_written := self._after_the_same(prompt, shown, turns)):
            return as_written
        generated, ended = self._generated(prompt, shown, answer)
        text = prompt + generated
        return Rendered(text, ((start, len(text)),), unended=not ended)

    def _after_the_same(self, prompt: str, shown: str, turns: Turns) -> Rendered | None:
        """The prompt and what the template writes of the last answer, where the same text stands before both of them.

        Such a template shows what came before in another way once it is answered.
        """
        *before, answer = turns
        said = next((turn["content"].strip() for turn in before[:-3:-1] if (turn["content"] or "").strip()), "")
        answered = self.content_end(shown, answer)
        places = prompt.rfind(said), shown.rfind(said, 0, max(answered, 0) or None)
        if not said or min(places) < 0:
            return None
        beginning = prompt[places[0] + len(said) :]
        start = places[1] + len(said)
        if not shown.startswith(beginning, start):
            return None
        start += len(beginning)
        stop = self._turn_end(shown, start, answer)
        reasoning, content = split_reasoning(answer)
        if stop is None or any(part.strip() not in shown[start:stop] for part in (reasoning, content)):
            return None
        text = prompt + shown[start:stop]
        return Rendered(text, ((len(prompt), len(text)),))

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

    def _generated(self, prompt: str, shown: str, answer: dict[str, Any]) -> tuple[str, bool]:
        """The answer as the model would generate it after the prompt, and whether the end of its turn is in it."""
        reasoning, content = split_reasoning(answer)
        closing = self._closing(prompt)
        thought = f"{reasoning}{closing or CLOSED}" if reasoning or closing else ""
        if reasoning and not closing:
            thought = f"<think>\n{thought}"
        if answer.get("tool_calls"):
            calls, ended = self._calls(prompt, shown, answer)
            return _called(prompt, thought, calls, reasoning), ended
        content = content if content in shown else content.strip()
        lead = "" if thought else self._lead(prompt, shown, content)
        return thought + lead + content + self.end, bool(self.end)

    def _calls(self, prompt: str, shown: str, answer: dict[str, Any]) -> tuple[str, bool]:
        """The calls of the last answer, and whether the end of its turn follows; the prompt may end with a thought."""
        start = _shared(prompt, shown)
        stop = self._turn_end(shown, start, answer)
        calls = shown[start : len(shown.rstrip()) if stop is None else stop]
        if len(prompt) - start > self._header or answer["tool_calls"][-1]["function"]["name"] not in calls:
            raise Malformed("it calls tools, but the chat template does not write the calls after the prompt")
        return calls, stop is not None

    def _closing(self, prompt: str) -> str:
        """What ends a thought that the prompt has opened, up to the answer; empty where it has opened none."""
        opener, closing = self._thought
        opened = (opener and prompt.endswith(opener)) or prompt.rstrip().endswith("<think>")
        return (closing or CLOSED) if opened else ""

    @cached_property
    def _thought(self) -> tuple[str, str]:
        """How a prompt opens a thought, and what the template writes between that thought and the answer."""
        answer = {"role": "assistant", "content": PROBE}
        try:
            plain = self.render([ASKED, answer])
            text = self.render([ASKED, {**answer, "reasoning_content": THOUGHT}])
        except Malformed:
            return "", ""
        before, _, after = text.partition(THOUGHT)
        closing, answered, _ = after.partition(PROBE)
        if not answered or before.rstrip() != self._beginning.rstrip():
            return "", ""
        opener = self._beginning[_shared(self._beginning, plain) :]
        return (opener if opener.strip() else ""), closing

    @property
    def _header(self) -> int:
        """How long the header of an answer is that a prompt ends with."""
        return len(self._beginning.rpartition("?")[2])

    @cached_property
    def _beginning(self) -> str:
        """The prompt of one question."""
        try:
            return self.render([ASKED], prompt=True)
        except Malformed:
            return ""

    def _lead(self, prompt: str, shown: str, content: str) -> str:
        """What the template writes between the prompt and an answer: marks after a thought, or a blank."""
        place = self.content_end(shown, {"content": content}) - len(content.strip())
        start = _shared(prompt, shown)
        if len(prompt) - start <= self._header:
            marks = MARK.findall(shown, start, max(place, 0))
            if "".join(marks) == shown[start:place].strip() and not any(mark in prompt[start:] for mark in marks):
                return shown[start:place]
        near = prompt[-min(len(prompt), 8) :]
        return next((shown[place - n : place] for n in range(4) if shown[: place - n].endswith(near)), "")

    def _turn_end(self, text: str, start: int, answer: dict[str, Any]) -> int | None:
        """Where the turn of the last answer ends in the text; None where the template writes no end."""
        calls = answer.get("tool_calls")
        if calls:
            written = text.removesuffix(self.tail[len(self.end) :]).rstrip()
            called = text.rfind(calls[-1]["function"]["name"]) >= start
            return len(written) if called and (written.endswith(self.special) or ENDED.search(written)) else None
        place = self.content_end(text, answer)
        if place < start:
            return None
        ended = text.find(self.end, place)
        if self.end and ended >= 0 and not text[place:ended].strip():
            return ended + len(self.end)
        return _first_end(text, place, self.special)

    def content_end(self, text: str, answer: dict[str, Any]) -> int:
        """Where the content of the last answer ends in the text; -1 where it is not there."""
        content = split_reasoning(answer)[1].strip()
        if text.endswith(self.tail) and text.endswith(content, 0, len(text) - len(self.tail)):
            return len(text) - len(self.tail)
        place = text.rfind(content)
        return place + len(content) if place >= 0 else -1

    def marks(self) -> list[str]:
        """What the template writes to begin and end turns, special to the tokenizer or not."""
        return MARK.findall(f"{self.tokenizer.chat_template or ''} {self._probe()}")

    @cached_property
    def tail(self) -> str:
        """What the template writes after the last answer of a conversation."""
        before, found, after = self._probe().rpartition(PROBE)
        return after if found else before

    @cached_property
    def end(self) -> str:
        """The end of a turn: what the tail begins with, up to its first special token; empty where it has none.

        The end of sequence belongs to it where it follows at once, as after the end of Cohere's response.
        """
        stop = _first_end(self.tail, 0, self.special)
        if stop is None:
            return ""
        last = self.tokenizer.eos_token or ""
        return self.tail[: stop + len(last)] if self.tail.startswith(last, stop) else self.tail[:stop]

    def _probe(self) -> str:
        try:
            return self.render([ASKED, {"role": "assistant", "content": PROBE}])
        except Malformed:
            return ""


def special_ids(tokenizer: PreTrainedTokenizerBase) -> frozenset[int]:
    """The special tokens of a tokenizer, those that were added among them."""
    added = (number for number, token in tokenizer.added_tokens_decoder.items() if token.special)
    return frozenset((*tokenizer.all_special_ids, *added))


def _judged(turns: Turns, learned: list[int], row: Rendered) -> Rendered:
    """The row of these turns, of which those at some places are learned, with what the template left out of it."""
    missing = []
    place = 0
    for turn in turns[: learned[-1]]:
        if turn["role"] == "assistant" and turn.get("learn", True):
            continue
        content = (turn["content"] or "").strip()
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
    return replace(row, missing=tuple(dict.fromkeys(missing))) if missing else row


def _seen(turn: dict[str, Any]) -> dict[str, Any]:
    """A turn as the template sees it: without marks and nulls, its reasoning under both names that templates read."""
    seen = {key: value for key, value in turn.items() if key != "learn" and value is not None}
    if "reasoning_content" in seen:
        seen["thinking"] = seen["reasoning_content"]
    return seen


def _in_parts(turn: dict[str, Any]) -> dict[str, Any]:
    """A turn whose content is a list with one text, as OpenAI writes it beside images."""
    return {**turn, "content": [{"type": "text", "text": turn["content"]}]} if turn.get("content") else turn


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


def _called(prompt: str, thought: str, calls: str, reasoning: str) -> str:
    """Calls after a thought, up to its first mark; what the template repeats of the thought is left out."""
    repeated = bool(reasoning) and reasoning in calls
    if repeated:
        calls = calls[calls.index(reasoning) + len(reasoning) :].lstrip()
    marks = list(MARKER.finditer(thought, thought.find(reasoning) + len(reasoning)))
    thought = thought[: marks[1].start()] if marks[1:] else thought
    first = MARKER.match(calls, len(calls) - len(calls.lstrip()))
    if first and (repeated or (thought or prompt).rstrip().endswith(first[0])):
        calls = calls[first.end() :]
    return thought + (calls.lstrip() if repeated else calls)


def _shared(prompt: str, text: str) -> int:
    """How much of the prompt the text begins with, not counting a part of a mark."""
    pairs = enumerate(zip(prompt, text, strict=False))
    place = next((n for n, (left, right) in pairs if left != right), min(len(prompt), len(text)))
    marks = MARKER.finditer(prompt, max(0, place - 45))
    return next((mark.start() for mark in marks if mark.start() < place < mark.end()), place)


def _without_reasoning(turn: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in turn.items() if key != "reasoning_content"}
