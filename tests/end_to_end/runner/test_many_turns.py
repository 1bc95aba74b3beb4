"""Conversations of many turns: what is learned, and how much work it is."""

from __future__ import annotations

from typing import Any

import pytest
from tests.end_to_end.runner.makers import ANSWERS, CALLED, FORGETFUL, TALK, TOOL, WITH_TOOLS, learned, made, maker
from tests.end_to_end.tiny import PLAIN, make_tokenizer

from hpc_runner.rendering import Renderer


@pytest.mark.parametrize("turns", [8, 160])
def test_many_turns_are_one_row(turns: int) -> None:
    by = maker(PLAIN, limit=100_000)
    talk = [*TALK[1:3]] * turns
    (row,) = made(by, {"messages": talk})
    assert learned(by, row) == ANSWERS[:1] * turns


INSTRUCT = (
    "{% for message in messages %}{% if message['role'] == 'user' %}[INST] {{ message['content'] | trim }} [/INST]"
    "{% else %} {{ message['content'] | trim }}<|im_end|>{% endif %}{% endfor %}"
)
"""It has no generation prompt, as Mistral's."""
THINKING = [TALK[1], {"role": "assistant", "content": "<think>\nHm.\n</think>\n\nParis."}]


@pytest.mark.parametrize(
    ("template", "turns", "tools"),
    [(PLAIN, TALK[1:3], None), (INSTRUCT, TALK[1:3], None), (PLAIN, THINKING, None), (WITH_TOOLS, CALLED, [TOOL])],
    ids=["plain", "instruct", "reasoning", "tools"],
)
def test_the_work_is_linear_in_turns(
    template: str, turns: list[Any], tools: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counted in calls of the template, which cost what they render."""
    calls: list[int] = []
    render = Renderer.render

    def counted(self: Renderer, turns: Any, *more: Any, **named: Any) -> str:
        calls.append(len(turns))
        return render(self, turns, *more, **named)

    monkeypatch.setattr(Renderer, "render", counted)
    for number in (10, 100):
        calls.clear()
        (row,) = made(by := maker(template, limit=100_000), {"messages": turns * number, "tools": tools})
        answers = sum(turn["role"] == "assistant" for turn in turns)
        assert len(learned(by, row)) == number * answers
        assert sum(calls) <= 10 * number * len(turns) + 50


def test_where_each_answer_is_a_row_the_work_is_linear_in_what_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rows themselves grow with the square of the turns: each holds all turns before its answer."""
    rendered: list[int] = []
    render = Renderer.render

    def counted(self: Renderer, *given: Any, **named: Any) -> str:
        rendered.append(len(text := render(self, *given, **named)))
        return text

    monkeypatch.setattr(Renderer, "render", counted)
    for number in (10, 40):
        rendered.clear()
        rows = Renderer(make_tokenizer(FORGETFUL)).conversation(TALK[1:3] * number)
        assert len(rows) == number
        assert sum(rendered) <= 3 * sum(len(row.text) for row in rows) + 1000


def test_answers_in_one_row_are_those_that_are_built_one_by_one() -> None:
    by = maker(WITH_TOOLS, limit=100_000)
    talk = [TALK[0], *CALLED, *THINKING, *CALLED, TALK[3], TALK[4]]
    (row,) = by.renderer.conversation(talk, [TOOL])
    numbers = [n for n, turn in enumerate(talk) if turn["role"] == "assistant"]
    assert row.spans == tuple(by.renderer.last(talk[: n + 1], [TOOL]).spans[0] for n in numbers)
