"""What is learned, token by token: every answer with its end and nothing else, by every trainer."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.end_to_end.runner.makers import (
    ANSWERS,
    CALL,
    CALLED,
    FORGETFUL,
    TALK,
    TOOL,
    WITH_TOOLS,
    learned,
    made,
    maker,
)
from tests.end_to_end.tiny import MARKED, PLAIN, make_tokenizer

from hpc_disk.turns import Malformed
from hpc_runner import today
from hpc_runner.data import fingerprint
from hpc_runner.rendering import Renderer
from hpc_runner.row_problems import problems_of
from hpc_runner.templates import DEFAULT_TEMPLATE, ensure_pad_token, ensure_template
from hpc_runner.tokens import IGNORED, Maker

LATE_SYSTEM = (
    "{% if messages[0]['role'] == 'system' %}{% set system = messages[0]['content'] %}{% set turns = messages[1:] %}"
    "{% else %}{% set turns = messages %}{% endif %}"
    "{% for message in turns %}{% if message['role'] == 'user' %}"
    "<|im_start|>{% if loop.last and system is defined %}{{ system }}\n\n{% endif %}{{ message['content'] }}<|im_end|>"
    "{% else %}{{ message['content'] }}<|im_end|>{% endif %}{% endfor %}"
)
"""It writes the system text into the last question only, as Mistral's do: the whole does not begin with a prompt."""
OPENED = (
    "{% for message in messages %}{% if message['role'] == 'user' %}<|im_start|>user\n{{ message['content'] }}"
    "<|im_end|>\n"
    "{% elif message['role'] == 'assistant' %}<|im_start|>assistant\n{{ message['content'].split('</think>')[-1] }}"
    "<|im_end|>\n{% endif %}{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n<think>\n{% endif %}"
)
"""It drops reasoning and the system text, and its prompt has opened a reasoning, as DeepSeek's R1 does."""
ENDLESS = "{% for message in messages %}{{ message['role'] }}: {{ message['content'] }}\n{% endfor %}" + (
    "{% if add_generation_prompt %}assistant: {% endif %}"
)
NO_SYSTEM = "{% if messages[0]['role'] == 'system' %}{{ raise_exception('no system') }}{% endif %}" + PLAIN


@pytest.mark.parametrize("template", [PLAIN, MARKED, DEFAULT_TEMPLATE])
def test_every_answer_with_its_end_and_nothing_else(template: str) -> None:
    by = maker(template)
    (row,) = made(by, {"messages": TALK})
    assert learned(by, row) == ANSWERS
    assert row["input_ids"] == by.tokenizer.apply_chat_template(TALK, return_dict=False)


def test_agrees_with_generation_markers() -> None:
    by = maker(MARKED)
    (row,) = made(by, {"messages": TALK})
    marked = by.tokenizer.apply_chat_template(TALK, return_dict=True, return_assistant_tokens_mask=True)
    assert [label != IGNORED for label in row["labels"]] == [bool(mask) for mask in marked["assistant_masks"]]


def test_a_template_that_rewrites_earlier_answers_gives_one_row_an_answer() -> None:
    by = maker(FORGETFUL)
    rows = made(by, {"messages": TALK})
    assert [learned(by, row) for row in rows] == [[answer] for answer in ANSWERS]
    assert "(cut)" in by.tokenizer.decode(rows[1]["input_ids"])
    assert by.facts.several.rows == 1


def test_a_prompt_that_the_whole_does_not_begin_with() -> None:
    """No text of the user is learned, and the system text is where the model will see it."""
    by = maker(LATE_SYSTEM)
    (row,) = made(by, {"messages": TALK[:3]})
    assert learned(by, row) == ANSWERS[:1]
    prompt = by.tokenizer.apply_chat_template(TALK[:2], tokenize=False, add_generation_prompt=True)
    assert by.tokenizer.decode(row["input_ids"]) == prompt + ANSWERS[0]
    assert "be brief" in prompt
    assert not by.facts.missing


@pytest.mark.parametrize(
    "answer",
    [
        {"content": "<think>\nLet me see.\n</think>\nParis."},
        {"content": "Paris.", "reasoning_content": "Let me see."},
    ],
)
def test_reasoning_that_the_template_drops_is_learned_after_the_prompt_that_opened_it(answer: dict[str, str]) -> None:
    by = maker(OPENED)
    (row,) = made(by, {"messages": [TALK[1], {"role": "assistant", **answer}]})
    assert learned(by, row) == ["Let me see.\n</think>\n\nParis.<|im_end|>"]
    assert by.tokenizer.decode(row["input_ids"]).count("<think>") == 1
    (plain,) = made(by, {"messages": TALK[1:3]})
    assert learned(by, plain) == [f"\n</think>\n\n{ANSWERS[0]}"]


QWEN = OPENED.replace("<think>\n{% endif %}", "{% endif %}")
"""It drops what stands before `</think>`, and its prompt opens no reasoning."""


@pytest.mark.parametrize("template", [OPENED, QWEN], ids=["opened", "closed"])
@pytest.mark.parametrize("before", [0, 1])
@pytest.mark.parametrize(
    "answer", ["Paris </think> Rome.", "Paris <think>hm</think> Rome.", "<think>a</think><think>b</think> c"]
)
def test_an_answer_that_the_template_shortens_is_learned_as_it_is_written(
    template: str, before: int, answer: str
) -> None:
    """Never an empty answer in its place, which would teach the model to say nothing."""
    turns = [*TALK[1:3] * before, TALK[1], {"role": "assistant", "content": answer}]
    made_by = maker(template)
    text = learned(made_by, made(made_by, {"messages": turns})[-1])[-1]
    assert text.endswith(f"{answer.removeprefix('<think>a</think>')}<|im_end|>")
    assert made_by.facts.missing == {}


@pytest.mark.parametrize("empty", ["<think></think>\n\n", "<think>\n\n</think>\n\n"])
def test_an_empty_reasoning_is_none(empty: str) -> None:
    made_by = maker(OPENED)
    (row,) = made(made_by, {"messages": [TALK[1], {"role": "assistant", "content": f"{empty}Paris."}]})
    assert learned(made_by, row) == ["\n</think>\n\nParis.<|im_end|>"]
    assert made_by.facts.missing == {}


def test_reasoning_apart_is_written_where_the_template_has_no_place_for_it() -> None:
    by = maker(PLAIN)
    (row,) = made(by, {"messages": [TALK[1], {**TALK[2], "reasoning_content": "Let me see."}]})
    assert learned(by, row) == [f"<think>\nLet me see.\n</think>\n\n{ANSWERS[0]}"]


def test_what_the_template_leaves_out_is_counted() -> None:
    by = maker(OPENED)
    made(by, {"messages": TALK[:3]}, {"messages": TALK[1:3]})
    assert {role: (count.rows, count.first) for role, count in by.facts.missing.items()} == {"system": (1, ("d", 1))}


def test_an_answer_without_an_end_gets_the_end_of_sequence() -> None:
    by = maker(ENDLESS)
    (row,) = made(by, {"messages": TALK[1:3]})
    assert [span.lstrip() for span in learned(by, row)] == [ANSWERS[0]]
    assert by.facts.unended.rows == 1


def test_rows_without_any_end_are_counted() -> None:
    tokenizer = make_tokenizer(ENDLESS)
    tokenizer.eos_token = None
    for kind, example in (("conversation", {"messages": TALK[1:3]}), ("corpus", {"text": "One."})):
        by = Maker(tokenizer, kind, 64, None)
        made(by, example)
        assert (by.facts.endless.rows, by.facts.unended.rows) == (1, 0)


def test_a_template_that_refuses_a_turn_makes_a_malformed_row() -> None:
    by = maker(NO_SYSTEM)
    rows = made(by, {"messages": TALK}, {"messages": TALK[1:]})
    assert len(rows) == 1
    assert (by.facts.malformed, by.facts.bad[0].row) == (1, 1)
    assert "no system" in by.facts.bad[0].reason


def test_tools_that_the_template_does_not_write_are_refused() -> None:
    tool = {"type": "function", "function": {"name": "weather"}}
    call = {"type": "function", "function": {"name": "weather", "arguments": {}}}
    with pytest.raises(Malformed, match="offers tools"):
        Renderer(make_tokenizer(PLAIN)).conversation(TALK, [tool])
    with pytest.raises(Malformed, match="calls tools"):
        Renderer(make_tokenizer(PLAIN)).conversation(
            [TALK[1], {"role": "assistant", "content": "", "tool_calls": [call]}]
        )


def test_calls_that_the_template_leaves_out_are_refused() -> None:
    first = WITH_TOOLS.replace("message['tool_calls'] or []", "(message['tool_calls'] or [])[:1]")
    two = [CALLED[0], {**CALLED[1], "tool_calls": [CALL, CALL]}, *CALLED[2:]]
    assert Renderer(make_tokenizer(WITH_TOOLS)).conversation(two, [TOOL])
    with pytest.raises(Malformed, match="does not write all the calls"):
        Renderer(make_tokenizer(first)).conversation(two, [TOOL])


def test_tools_are_not_taken_for_written_because_they_are_called() -> None:
    only_calls = WITH_TOOLS.replace("{{ tools | tojson if tools else '' }}", "")
    assert Renderer(make_tokenizer(only_calls)).conversation(CALLED, None)
    with pytest.raises(Malformed, match="offers tools"):
        Renderer(make_tokenizer(only_calls)).conversation(CALLED, [TOOL])


def test_a_template_that_reads_contents_as_lists_of_parts() -> None:
    """As those of models for images: of a string they would write nothing."""
    parts = PLAIN.replace(
        "{{ message['content'] }}",
        "{% for part in message['content'] %}{% if part['type'] == 'text' %}{{ part['text'] }}{% endif %}{% endfor %}",
    )
    by = maker(parts)
    (row,) = made(by, {"messages": TALK})
    assert learned(by, row) == ANSWERS
    assert row["input_ids"] == made(maker(PLAIN), {"messages": TALK})[0]["input_ids"]
    assert not by.facts.missing


DAY_OF_START = '{"day": "1999-12-31"}'


def test_a_template_that_writes_the_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rows of two days are kept apart; a resumed run keeps its date."""
    dated = "Today: {{ strftime_now('%d %b %Y') }}. " + PLAIN
    monkeypatch.setenv(today.FIXED, "86400")
    monkeypatch.setattr(today, "_KEPT", [])  # A test before this one may have resumed a run in this process.
    today._today.cache_clear()
    by = maker(dated)
    (row,) = made(by, {"messages": TALK[1:3]})
    assert by.tokenizer.decode(row["input_ids"]).startswith("Today: 02 Jan 1970. ")
    (problem,) = problems_of(by.facts, "d.jsonl", "train_data", 512, skip=False)
    assert (problem.code, "1970-01-02" in problem.message) == ("HPC574", True)
    assert fingerprint(by.tokenizer)[-1] == "1970-01-02"
    assert fingerprint(make_tokenizer(PLAIN))[-1] is None
    assert maker(PLAIN).facts.day == maker(dated, "corpus").facts.day == ""
    monkeypatch.delenv(today.FIXED)
    today._today.cache_clear()
    for written, kept in (("{}", False), ('{"day": 7}', False), ('{"day": "31.12.99"}', False), (DAY_OF_START, True)):
        (tmp_path / "late_bound.json").write_text(written)
        today.keep(tmp_path)
        assert (today.in_rows(dated) == "1999-12-31") is kept


def test_marked_turns_are_not_learned() -> None:
    by = maker(PLAIN)
    (row,) = made(by, {"messages": [*TALK[:2], {**TALK[2], "learn": False}, *TALK[3:]]})
    assert learned(by, row) == ANSWERS[1:]


def test_rows_are_cut_and_counted() -> None:
    late = [{"role": "user", "content": "x" * 400}, TALK[2]]
    by = maker(PLAIN, limit=60)
    rows = made(by, {"messages": TALK}, {"messages": late})
    assert [len(row["input_ids"]) for row in rows] == [60]
    assert (by.facts.cut.rows, by.facts.dropped.rows, by.facts.dropped.first) == (2, 1, ("d", 2))


def test_special_tokens_in_texts_and_tokens_without_an_embedding_are_counted() -> None:
    by = maker(PLAIN, embeddings=100)
    made(by, {"messages": [TALK[1], {"role": "assistant", "content": "The mark <|im_end|> ends a turn."}]})
    assert (by.facts.control.rows, by.facts.control.about) == (1, "<|im_end|>")
    assert by.facts.beyond.rows == 1
    assert maker(PLAIN, embeddings=512).facts.beyond.rows == 0


@pytest.mark.parametrize("text", ["a <|user|> b", "a [/INST] b", "<start_of_turn>model"])
def test_marks_of_the_template_in_a_text_are_counted(text: str) -> None:
    """The tokenizer knows them as plain text, as that of Zephyr and of Llama 2 does."""
    marked = PLAIN.replace("<|im_start|>", "{{ '<|' + message['role'] + '|>' }}[/INST]<start_of_turn>")
    for template, rows in ((marked, 1), (PLAIN, 0)):
        by = maker(template)
        made(by, {"messages": [TALK[1], {"role": "assistant", "content": text}]}, {"messages": TALK[1:3]})
        assert by.facts.control.rows == rows


def test_documents_end_with_the_end_of_sequence_once() -> None:
    by = maker(PLAIN, "corpus")
    rows = made(by, {"text": "one"}, {"text": "two<|im_end|>"})
    assert [by.tokenizer.decode(row["input_ids"]) for row in rows] == ["one<|im_end|>", "two<|im_end|>"]


def test_pairs_have_the_tokens_of_conversations() -> None:
    by, pairs = maker(PLAIN), maker(PLAIN, "preference")
    (chat,) = made(by, {"messages": TALK[:3]})
    pair = {"prompt": TALK[:2], "chosen": [TALK[2]], "rejected": [{"role": "assistant", "content": "No."}]}
    (row,) = made(pairs, pair)
    whole = row["prompt_ids"] + row["chosen_ids"]
    assert whole == chat["input_ids"][: len(whole)]
    assert pairs.tokenizer.decode(row["chosen_ids"]) == ANSWERS[0]
    assert pairs.tokenizer.decode(row["rejected_ids"]) == "No.<|im_end|>"


def test_a_pair_whose_prompt_fills_the_length_is_left_out() -> None:
    pair = {"prompt": TALK[1:2], "chosen": [TALK[2]], "rejected": [{"role": "assistant", "content": "No."}]}
    (row,) = made(maker(PLAIN, "preference"), pair)
    full = len(row["prompt_ids"])
    assert [len(made(maker(PLAIN, "preference", limit), pair)) for limit in (full, full + 1)] == [0, 1]


CHANNELS = (
    "{% set answered = messages[-1]['role'] == 'assistant' and not messages[-1]['tool_calls'] %}"
    "{% for message in messages %}<|im_start|>{{ message['role'] }}{% if message['role'] == 'assistant' %}"
    "{% if message['reasoning_content'] and (loop.last or not answered) %}"
    "(thinks){{ message['reasoning_content'] }}<|pad|><|im_start|>assistant{% endif %}"
    "(says){{ message['content'] }}{% for call in message['tool_calls'] or [] %}{{ call['function'] | tojson }}"
    "{% endfor %}{% else %}{{ message['content'] }}{% endif %}<|im_end|>{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant{% endif %}"
)
"""As GPT-OSS: it drops the reasoning of a call once that is answered, and a channel's name stands before an answer."""


def test_an_answer_stands_where_the_template_writes_it_after_a_prompt_that_the_whole_does_not_show() -> None:
    by = maker(CHANNELS)
    turns = [CALLED[0], {**CALLED[1], "reasoning_content": "Hm."}, CALLED[2], {**TALK[2], "reasoning_content": "So."}]
    call, answer = made(by, {"messages": turns})
    (called,), (answered,) = learned(by, call), learned(by, answer)
    assert called.startswith("(thinks)Hm.<|pad|><|im_start|>assistant(says){")
    assert answered == f"(thinks)So.<|pad|><|im_start|>assistant(says){ANSWERS[0]}"
    prompt = by.tokenizer.apply_chat_template(turns[:3], tokenize=False, add_generation_prompt=True)
    assert by.tokenizer.decode(answer["input_ids"]) == prompt + answered
    assert "Hm." in prompt


def test_reasoning_before_a_call_follows_the_blanks_of_the_prompt_once() -> None:
    by = maker(
        WITH_TOOLS.replace("{{ message['content'] }}{%", "{{ '' if message['tool_calls'] else message['content'] }}{%")
    )
    (row,) = made(by, {"messages": [CALLED[0], {**CALLED[1], "reasoning_content": "Hm."}]})
    (called,) = learned(by, row)
    assert called.startswith("<think>\nHm.\n</think>\n\n<tool_call>")


def test_the_tokens_that_end_learned_turns_are_counted() -> None:
    """Calls may end with another token than answers, and what is cut off ends nothing."""
    calls_end = WITH_TOOLS.replace("<|im_end|>", "{{ '<|pad|>' if message['tool_calls'] else '<|im_end|>' }}")
    by = maker(calls_end)
    made(by, {"messages": CALLED, "tools": [TOOL]}, {"messages": TALK})
    call, answer = by.tokenizer.convert_tokens_to_ids(["<|pad|>", "<|im_end|>"])
    assert by.facts.ends == {call: 1, answer: 3}
    short = maker(PLAIN, limit=60)
    made(short, {"messages": TALK})
    assert short.facts.ends == {answer: 1}
    pair = {"prompt": TALK[:2], "chosen": [TALK[2]], "rejected": [{"role": "assistant", "content": "No."}]}
    made(pairs := maker(PLAIN, "preference"), pair)
    assert pairs.facts.ends == {answer: 1}


def test_a_template_is_given_only_where_there_is_none(capsys: pytest.CaptureFixture[str]) -> None:
    bare, own = make_tokenizer(None), make_tokenizer(MARKED)
    ensure_template(bare)
    ensure_template(own)
    assert (bare.chat_template, own.chat_template) == (DEFAULT_TEMPLATE, MARKED)
    assert "no chat template" in capsys.readouterr().err


def test_the_given_template_begins_as_the_tokenizer_begins_a_text() -> None:
    from tokenizers.processors import TemplateProcessing

    tokenizer = make_tokenizer(None)
    start = "<|endoftext|>"
    tokenizer._tokenizer.post_processor = TemplateProcessing(single=f"{start} $A", special_tokens=[(start, 0)])
    ensure_template(tokenizer)
    (row,) = made(by := Maker(tokenizer, "conversation", 512, None), {"messages": TALK[1:3]})
    assert row["input_ids"].count(0) == 1
    assert row["input_ids"][0] == 0
    assert learned(by, row) == ANSWERS[:1]


def test_the_pad_token_differs_from_the_end_of_sequence() -> None:
    tokenizer = make_tokenizer(PLAIN)
    tokenizer.pad_token = tokenizer.eos_token
    ensure_pad_token(tokenizer)
    assert tokenizer.pad_token == "<|pad|>"
