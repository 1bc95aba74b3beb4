"""Templates and makers of rows for the tests of what is learned."""

from __future__ import annotations

from typing import Any

from tests.end_to_end.tiny import PLAIN, make_tokenizer

from hpc_disk.readers import DataRow
from hpc_runner.tokens import IGNORED, Maker

TALK = [
    {"role": "system", "content": "be brief"},
    {"role": "user", "content": "What is the capital of France?"},
    {"role": "assistant", "content": "Paris, of course."},
    {"role": "user", "content": "How many? 10 or 100?"},
    {"role": "assistant", "content": "\nOne, two, three!"},
]
ANSWERS = ["Paris, of course.<|im_end|>", "\nOne, two, three!<|im_end|>"]
FORGETFUL = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n"
    "{% if message['role'] == 'assistant' and not loop.last %}(cut)"
    "{% else %}{{ message['content'] }}{% endif %}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
"""It shows an earlier answer differently once another turn follows, as templates of reasoning models do."""


def maker(template: str | None = PLAIN, kind: str = "conversation", limit: int = 512, **more: Any) -> Maker:
    return Maker(make_tokenizer(template), kind, limit, more.get("embeddings"))


def made(made_by: Maker, *examples: dict[str, Any]) -> list[dict[str, Any]]:
    return list(made_by.make((DataRow("d", number, {}), each) for number, each in enumerate(examples, 1)))


def learned(made_by: Maker, row: dict[str, Any]) -> list[str]:
    """The learned pieces as text, one a run of learned tokens."""
    pieces: list[list[int]] = [[]]
    for token, label in zip(row["input_ids"], row["labels"], strict=True):
        assert label in (IGNORED, token)
        pieces[-1:] = [*pieces[-1:], []] if label == IGNORED else [[*pieces[-1], token]]
    return [made_by.tokenizer.decode(piece) for piece in pieces if piece]


TOOL = {"type": "function", "function": {"name": "weather", "parameters": {"type": "object", "properties": {}}}}
CALL = {"type": "function", "function": {"name": "weather", "arguments": {"city": "Paris"}}}
CALLED = [
    {"role": "user", "content": "Dry?"},
    {"role": "assistant", "content": "", "tool_calls": [CALL]},
    {"role": "tool", "content": "It is dry."},
    TALK[2],
]
WITH_TOOLS = PLAIN.replace(
    "{{ message['content'] }}",
    "{{ message['content'] }}{% for call in message['tool_calls'] or [] %}"
    "<tool_call>{{ call['function'] | tojson }}</tool_call>{% endfor %}",
).replace("{% for message in messages %}", "{{ tools | tojson if tools else '' }}{% for message in messages %}", 1)
