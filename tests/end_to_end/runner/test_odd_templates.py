"""Chat templates with odd beginnings and ends of answers: thoughts that the prompt opens, calls without an end."""

from __future__ import annotations

from typing import Any

import pytest
from tests.end_to_end.runner.makers import CALLED, TALK, TOOL
from tests.end_to_end.tiny import END, PLAIN, make_tokenizer

from hpc_disk.turns import Malformed, Turns
from hpc_runner.rendering import Renderer

CALLS = "{% for call in message['tool_calls'] or [] %}"
EACH = "{% for message in messages %}{% if message['role'] == 'user' %}<|user|>{{ message['content'] }}"
OFFER = "{% for tool in tools or [] %}<|system|>{{ tool['function']['name'] }}{% endfor %}"
NO_END = OFFER + (
    f"{EACH}{{% elif message['role'] == 'assistant' %}}<|assistant|>{{{{ message['content'] }}}}{CALLS}"
    "<tool_call>{{ call['function']['name'] }}{% for key, value in call['function']['arguments'].items() %}"
    "<arg_key>{{ key }}</arg_key><arg_value>{{ value }}</arg_value>{% endfor %}</tool_call>{% endfor %}"
    "{% else %}<|observation|>{{ message['content'] }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
"""As GLM-4.5: no turn has an end, the next one begins."""
ALWAYS = OFFER + (
    f"{EACH}<|end|>{{% elif message['role'] == 'assistant' %}}<|bot|>{CALLS}<|act|>{{{{ call['function'] | tojson }}}}"
    "<|acted|>{% endfor %}{% if not message['tool_calls'] %}<|say|>{{ message['content'] }}<|said|>{% endif %}"
    f"{END}{{% else %}}<|tool|>{{{{ message['content'] }}}}{END}{{% endif %}}{{% endfor %}}<|bot|>"
)
"""As Command R7B: the header of an answer stands at the end of every conversation, and two tokens end an answer."""
OPENS = (
    ALWAYS.replace(
        "<|bot|>{%", "<|bot|>{% if message['thinking'] %}<|think|>{{ message['thinking'] }}<|thought|>{% endif %}{%"
    ).removesuffix("<|bot|>")
    + "{% if add_generation_prompt %}<|bot|><|think|>{% endif %}"
)
"""As Cohere's thinking models: the prompt opens a thought, under another name than ``<think>``."""
CLOSES = OPENS.removesuffix("{% endif %}") + "<|thought|>{% endif %}"
"""As Gemma 4: the prompt opens a thought and closes it."""
BRACKETS = (
    "{% for message in messages %}[|{{ message['role'] }}|]{{ message['content'] }}[|endofturn|]\n{% endfor %}"
    + ("{% if add_generation_prompt %}[|assistant|]{% endif %}")
)
"""As EXAONE, with a tokenizer that does not call its marks special."""
SPECIAL = ("user", "assistant", "observation", "bot", "end", "act", "acted", "say", "said", "tool", "think", "thought")
PARIS = "<tool_call>weather<arg_key>city</arg_key><arg_value>Paris</arg_value></tool_call>"
ACT = '<|act|>{"name": "weather", "arguments": {"city": "Paris"}}<|acted|>' + END
SAY = f"<|say|>Paris, of course.<|said|>{END}"
THOUGHT: Turns = [CALLED[0], {**TALK[2], "reasoning_content": "Hm."}]
CALL_THOUGHT: Turns = [CALLED[0], {**CALLED[1], "reasoning_content": "Hm."}]


def renderer(template: str, special: tuple[str, ...] = SPECIAL) -> Renderer:
    tokenizer = make_tokenizer(template)
    tokenizer.add_special_tokens({"additional_special_tokens": [f"<|{name}|>" for name in special]})
    return Renderer(tokenizer)


@pytest.mark.parametrize(
    ("template", "turns", "spans", "ended"),
    [
        (NO_END, CALLED, [PARIS, "Paris, of course."], False),
        (NO_END, [CALLED[0], {**CALLED[1], "content": "I look."}], [f"I look.{PARIS}"], False),
        (ALWAYS, CALLED, [ACT, SAY], True),
        (ALWAYS, TALK[1:], [SAY, f"<|say|>\nOne, two, three!<|said|>{END}"], True),
        (ALWAYS, [TALK[1], {**TALK[2], "content": "Yes.\n"}], [f"<|say|>Yes.\n<|said|>{END}"], True),
        (OPENS, CALLED, [f"<|thought|>{ACT}", f"<|thought|>{SAY}"], True),
        (OPENS, THOUGHT, [f"Hm.<|thought|>{SAY}"], True),
        (OPENS, CALL_THOUGHT, [f"Hm.<|thought|>{ACT}"], True),
        (CLOSES, CALLED, [ACT, SAY], True),
        (CLOSES, CALL_THOUGHT, [f"<think>\nHm.\n</think>\n\n{ACT}"], True),
        (BRACKETS, TALK[1:3], ["Paris, of course.[|endofturn|]"], True),
    ],
)
def test_each_answer_after_the_prompt_that_the_model_gets(
    template: str, turns: Turns, spans: list[str], ended: bool
) -> None:
    by = renderer(template)
    tools: Any = [TOOL] if any(turn.get("tool_calls") for turn in turns) else None
    rows = by.conversation(turns, tools)
    assert [row.text[start:stop] for row in rows for start, stop in row.spans] == spans
    assert [row.unended for row in rows] == [not ended] * len(rows)
    begun = [row.text[:start] for row in rows for start, _ in row.spans]
    answers = [number for number, turn in enumerate(turns) if turn["role"] == "assistant"]
    assert begun == [by.render(turns[:number], tools, prompt=True) for number in answers]


def test_calls_that_the_template_writes_elsewhere_are_refused() -> None:
    first = f"{{% for message in messages %}}{CALLS}{{{{ call['function']['name'] }}}}{{% endfor %}}{{% endfor %}}"
    with pytest.raises(Malformed, match="does not write the calls after the prompt"):
        renderer(OFFER + first + PLAIN).conversation(CALLED, [TOOL])
