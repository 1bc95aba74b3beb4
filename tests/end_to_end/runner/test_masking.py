"""What SFT learns, token by token: every assistant turn and nothing else."""

from __future__ import annotations

import pytest
from datasets import Dataset
from tests.end_to_end.tiny import MARKED, PLAIN, make_tokenizer

from hpc_runner.errors import RunnerError
from hpc_runner.masking import (
    DEFAULT_TEMPLATE,
    IGNORED,
    conversations,
    documents,
    ensure_pad_token,
    ensure_template,
    tokenize_turns,
)

TALK = [
    {"role": "system", "content": "be brief"},
    {"role": "user", "content": "What is the capital of France?"},
    {"role": "assistant", "content": "Paris, of course."},
    {"role": "user", "content": "How many? 10 or 100?"},
    {"role": "assistant", "content": "\nOne, two, three!"},
]
FORGETFUL = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n"
    "{% if message['role'] == 'assistant' and not loop.last %}(cut)"
    "{% else %}{{ message['content'] }}{% endif %}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
"""It shows an earlier answer differently once another turn follows, as templates of reasoning models do."""


def learned(tokenizer, row):  # type: ignore[no-untyped-def]
    """The learned pieces as text, one a run of learned tokens."""
    pieces: list[list[int]] = [[]]
    for token, label in zip(row["input_ids"], row["labels"], strict=True):
        assert label in (IGNORED, token)
        if label == IGNORED:
            pieces.append([])
        else:
            pieces[-1].append(token)
    return [tokenizer.decode(piece) for piece in pieces if piece]


@pytest.mark.parametrize("template", [PLAIN, MARKED, DEFAULT_TEMPLATE])
def test_every_assistant_turn_with_its_end_and_nothing_else(template: str) -> None:
    tokenizer = make_tokenizer(template)
    (row,) = tokenize_turns(tokenizer, TALK)
    assert learned(tokenizer, row) == ["Paris, of course.<|im_end|>\n", "\nOne, two, three!<|im_end|>\n"]
    assert tokenizer.decode(row["input_ids"]) == tokenizer.apply_chat_template(TALK, tokenize=False)


def test_agrees_with_generation_markers_but_for_the_newline_of_the_template() -> None:
    tokenizer = make_tokenizer(MARKED)
    (row,) = tokenize_turns(tokenizer, TALK)
    marked = tokenizer.apply_chat_template(TALK, return_dict=True, return_assistant_tokens_mask=True)
    by_markers = [t for t, m in zip(marked["input_ids"], marked["assistant_masks"], strict=True) if m]
    ours = [label for label in row["labels"] if label != IGNORED]
    assert row["input_ids"] == marked["input_ids"]
    newline = tokenizer.encode("\n")
    glued = [
        t for t, before in zip(ours, [None, *ours], strict=False) if [t] != newline or before != tokenizer.eos_token_id
    ]
    assert glued == by_markers


def test_a_template_that_rewrites_earlier_turns_gives_one_row_an_answer() -> None:
    tokenizer = make_tokenizer(FORGETFUL)
    rows = list(tokenize_turns(tokenizer, TALK))
    assert [learned(tokenizer, row) for row in rows] == [
        ["Paris, of course.<|im_end|>\n"],
        ["\nOne, two, three!<|im_end|>\n"],
    ]
    assert "(cut)" in tokenizer.decode(rows[1]["input_ids"])


def test_a_trailing_question_is_not_learned() -> None:
    tokenizer = make_tokenizer(PLAIN)
    (row,) = tokenize_turns(tokenizer, TALK[:4])
    assert learned(tokenizer, row) == ["Paris, of course.<|im_end|>\n"]


def test_rows_are_cut_and_those_without_an_answer_left_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    tokenizer = make_tokenizer(PLAIN)
    late = [{"role": "user", "content": "x" * 400}, TALK[2]]
    rows = conversations(Dataset.from_list([{"messages": TALK}, {"messages": late}]), tokenizer, 60)
    assert len(rows) == 1
    assert len(rows[0]["input_ids"]) == 60
    assert "1 of 2 rows" in capsys.readouterr().err
    with pytest.raises(RunnerError, match="max_sequence_length"):
        conversations(Dataset.from_list([{"messages": late}]), tokenizer, 60)


def test_documents_end_with_the_end_of_sequence_once() -> None:
    tokenizer = make_tokenizer(PLAIN)
    rows = documents(Dataset.from_list([{"text": "one"}, {"text": "two<|im_end|>"}]), tokenizer)
    assert [tokenizer.decode(ids) for ids in rows["input_ids"]] == ["one<|im_end|>", "two<|im_end|>"]


def test_a_template_is_given_only_where_there_is_none(capsys: pytest.CaptureFixture[str]) -> None:
    bare, own = make_tokenizer(None), make_tokenizer(MARKED)
    ensure_template(bare)
    ensure_template(own)
    assert (bare.chat_template, own.chat_template) == (DEFAULT_TEMPLATE, MARKED)
    assert "no chat template" in capsys.readouterr().err


def test_the_pad_token_differs_from_the_end_of_sequence() -> None:
    tokenizer = make_tokenizer(PLAIN)
    tokenizer.pad_token = tokenizer.eos_token
    ensure_pad_token(tokenizer)
    assert tokenizer.pad_token == "<|pad|>"
