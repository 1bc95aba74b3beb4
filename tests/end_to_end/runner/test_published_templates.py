"""What is learned with the chat templates that models are published with."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from tests.end_to_end.tiny import make_tokenizer

from hpc_disk.turns import Malformed
from hpc_runner.rendering import Renderer

SHARED = Path(__file__).parents[4] / "shared" / "templates"


def published() -> list[Path]:
    return sorted(SHARED.glob("*.jinja")) or [Path("absent.jinja")]


def tokenizer_of(path: Path) -> Any:
    """A tokenizer with this template, whose marks are its special tokens, as they are in the published models."""
    if not path.is_file():
        pytest.skip("the published templates are not here: ../shared/templates")
    tokenizer = make_tokenizer(path.read_text())
    marks = set(re.findall(r"<[|｜/]?[A-Za-z▁_]{1,40}[|｜]?>", tokenizer.chat_template))
    plain = {mark for mark in marks if re.search("think|tool|function|parameter|IMPORTANT", mark) and "▁" not in mark}
    tokenizer.add_special_tokens({"additional_special_tokens": sorted(marks - plain)})
    return tokenizer


QUESTIONS = [
    ({"role": "user", "content": f"Question {n}?"}, {"role": "assistant", "content": f"Answer {n}."}) for n in "123"
]
THOUGHT = {"role": "assistant", "content": "Answer 1.", "reasoning_content": "Let me see."}


@pytest.mark.parametrize("system", [False, True], ids=["", "system"])
@pytest.mark.parametrize("turns", [1, 3])
@pytest.mark.parametrize("path", published(), ids=lambda path: path.stem)
def test_published_templates(path: Path, turns: int, system: bool) -> None:
    tokenizer = tokenizer_of(path)
    by = Renderer(tokenizer)
    talk = [turn for pair in QUESTIONS[:turns] for turn in pair]
    if system:
        talk = [{"role": "system", "content": "Be brief."}, *talk]
        if "System role not supported" in tokenizer.chat_template:
            with pytest.raises(Malformed, match="System role not supported"):
                by.conversation(talk)
            return
    rows = by.conversation(talk)
    spans = [(row, row.text[start:stop], row.text[:start]) for row in rows for start, stop in row.spans]
    assert len(spans) == turns
    for number, (row, span, before) in enumerate(spans, 1):
        assert span.endswith(f"Answer {number}.{by.end}")
        assert by.end
        assert "Question" not in span
        assert span.count("Answer") == 1
        prompt = talk[: talk.index(QUESTIONS[number - 1][1])]
        assert before == tokenizer.apply_chat_template(prompt, tokenize=False, add_generation_prompt=True)
        assert by.render(talk) == tokenizer.apply_chat_template(talk, tokenize=False)
        assert not row.missing
        assert ("Be brief." in row.text) is system


@pytest.mark.parametrize("path", published(), ids=lambda path: path.stem)
def test_published_templates_with_reasoning(path: Path) -> None:
    by = Renderer(tokenizer_of(path))
    (row,) = by.conversation([QUESTIONS[0][0], THOUGHT])
    ((start, stop),) = row.spans
    assert re.search(r"Let me see\..*Answer 1\." + re.escape(by.end) + "$", row.text[start:stop], re.DOTALL)
    prompt, whole = [QUESTIONS[0][0]], [QUESTIONS[0][0], THOUGHT]
    assert row.text[:start] == by.tokenizer.apply_chat_template(prompt, tokenize=False, add_generation_prompt=True)
    assert by.render(whole) == by.tokenizer.apply_chat_template(whole, tokenize=False)
    assert row.text.count("<think>") <= 1
    assert not row.missing


@pytest.mark.parametrize("path", published(), ids=lambda path: path.stem)
def test_published_templates_with_tools(path: Path) -> None:
    by = Renderer(tokenizer_of(path))
    tool = {"name": "weather", "description": "of a city", "parameters": {"type": "object", "properties": {}}}
    call = {"type": "function", "function": {"name": "weather", "arguments": {"city": "Paris"}}}
    talk = [
        QUESTIONS[0][0],
        {"role": "assistant", "content": "", "tool_calls": [call]},
        {"role": "tool", "content": "It is dry."},
        QUESTIONS[1][1],
    ]
    template = by.tokenizer.chat_template
    tools = [{"type": "function", "function": tool}] if "if tools" in template else None
    refusal = ""
    try:
        rows = by.conversation(talk, tools)
    except Malformed as reason:
        refusal = str(reason)
    if refusal:
        assert "tool_calls" not in template or "calls" in refusal
        return
    spans = [row.text[start:stop] for row in rows for start, stop in row.spans]
    assert len(spans) == 2
    assert "weather" in spans[0]
    assert "Paris" in spans[0]
    assert spans[1].endswith(f"Answer 2.{by.end}")
    assert not any("It is dry." in span or "Question" in span for span in spans)
