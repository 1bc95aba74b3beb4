"""Every format: its own example is read, the schema knows its name, and what carries meaning is used or refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hpc_disk.formats import FORMATS, KINDS, NAMES, Format, fitting, formats_of, ignored_columns
from hpc_disk.turns import Malformed
from hpc_schema import properties
from hpc_schema.validator import is_valid


def format_of(row: dict[str, Any], trainer: str = "sft") -> Format:
    (found,) = fitting(row, formats_of(trainer))
    return found


def turns(row: dict[str, Any], trainer: str = "sft") -> list[tuple[str, str]]:
    example = format_of(row, trainer).read(row)
    return [(turn["role"], turn["content"]) for turn in example["messages" if trainer == "sft" else "prompt"]]


def test_the_schema_offers_every_format_and_no_other() -> None:
    assert properties()["data_format"]["enum"] == [
        "auto",
        *sorted(NAMES, key=properties()["data_format"]["enum"].index),
    ]
    assert len(NAMES) == len(properties()["data_format"]["enumDescriptions"]) - 1


@pytest.mark.parametrize("trainer", KINDS)
def test_a_trainer_takes_every_format_that_it_learns_from(trainer: str) -> None:
    taken = {name for name in NAMES if is_valid({"trainer": trainer, "data_format": name})}
    assert taken == {format_.name for format_ in formats_of(trainer)}


@pytest.mark.parametrize("format_", FORMATS, ids=lambda each: f"{each.name}-{each.kind}")
def test_the_example_of_a_format_is_found_and_read(format_: Format) -> None:
    trainer = next(name for name, kind in KINDS.items() if kind == format_.kind)
    assert format_of(dict(format_.example), trainer) == format_
    example = format_.read(format_.example)
    answers = {"conversation": "messages", "preference": "chosen", "corpus": "text"}
    assert example[answers[format_.kind]]


ASKED = [("user", "Who?"), ("assistant", "I.")]
SAID = [{"from": "human", "value": "Who?"}, {"from": "gpt", "value": "I."}]
SAME = [
    {"instruction": "Who?", "input": "", "output": "I."},
    {"instruction": "Who?", "context": None, "response": "I."},
    {"question": "Who?", "answer": "I."},
    {"prompt": "Who?", "completion": "I."},
    {"prompt": [{"role": "user", "content": "Who?"}], "completion": [{"role": "assistant", "content": "I."}]},
    {"messages": [{"role": "user", "content": "Who?"}, {"role": "assistant", "content": "I."}]},
    {
        "messages": [
            {"role": "user", "content": [{"type": "text", "text": "Who?"}]},
            {"role": "assistant", "content": "I."},
        ]
    },
    {"conversations": SAID},
    {"conversations": [{"from": "user", "value": "Who?"}, {"from": "assistant", "value": "I."}]},
    {"conversations": [{"role": "user", "content": "Who?"}, {"role": "assistant", "content": "I."}]},
    {"conversations": [{"from": "Human", "value": "Who?"}, {"from": "GPT", "value": "I."}]},
    {"conversations": '[{"from": "human", "value": "Who?"}, {"from": "gpt", "value": "I."}]'},
]


@pytest.mark.parametrize("row", SAME)
def test_one_conversation_in_every_format(row: dict[str, Any]) -> None:
    assert turns(row) == ASKED


@pytest.mark.parametrize("row", SAME[:1] + SAME[1:4])
def test_system_and_history_come_before_the_question(row: dict[str, Any]) -> None:
    whole = {**row, "system": "Be brief.", "history": [["Hello", "Ahoy"], ["Yes?", "No."]]}
    before = [("user", "Hello"), ("assistant", "Ahoy"), ("user", "Yes?"), ("assistant", "No.")]
    assert turns(whole) == [("system", "Be brief."), *before, *ASKED]


@pytest.mark.parametrize("row", SAME[5:8])
def test_a_system_column_comes_before_listed_turns(row: dict[str, Any]) -> None:
    assert turns({**row, "system": "Be brief."}) == [("system", "Be brief."), *ASKED]


@pytest.mark.parametrize("row", SAME[4:])
def test_history_stands_between_the_system_text_and_the_listed_turns(row: dict[str, Any]) -> None:
    assert turns({**row, "history": [["Hello", "Ahoy"]]}) == [("user", "Hello"), ("assistant", "Ahoy"), *ASKED]


def test_two_system_texts_are_one_where_they_are_equal_and_refused_where_not() -> None:
    listed = {"messages": [{"role": "system", "content": "Be brief."}, *SAME[5]["messages"]]}
    assert turns({**listed, "system": "Be brief. "}) == [("system", "Be brief."), *ASKED]
    with pytest.raises(Malformed, match="two system texts"):
        turns({**listed, "system": "Be long."})


SYSTEM = {"role": "system", "content": "Be brief."}
ANSWERS = {
    side: [SAME[5]["messages"][0], {"role": "assistant", "content": text}]
    for side, text in (("chosen", "I."), ("rejected", "You."))
}


@pytest.mark.parametrize("prompt", ["Who?", SAME[5]["messages"][:1], [SYSTEM, *SAME[5]["messages"][:1]]])
def test_answers_that_repeat_the_prompt_with_its_system_turn(prompt: Any) -> None:
    both = {side: [SYSTEM, *written] for side, written in ANSWERS.items()}
    row = {"prompt": prompt, **both}
    assert turns(row, "dpo") == [("system", "Be brief."), ("user", "Who?")]
    assert format_of(row, "dpo").read(row)["rejected"] == [{"role": "assistant", "content": "You."}]
    other = {**row, "rejected": [{**SYSTEM, "content": "Be long."}, *ANSWERS["rejected"]]}
    with pytest.raises(Malformed, match="the same system text"):
        turns(other, "dpo")
    assert turns({"prompt": [SYSTEM, *SAME[5]["messages"][:1]], **ANSWERS}, "dpo")[0] == ("system", "Be brief.")


def test_a_listed_system_turn_stays_ahead_of_the_history() -> None:
    said = [{"from": "system", "value": "Be brief."}, *SAID]
    before = [("system", "Be brief."), ("user", "Hello"), ("assistant", "Ahoy")]
    assert turns({"conversations": said, "history": [["Hello", "Ahoy"]]}) == [*before, *ASKED]


@pytest.mark.parametrize(("history", "before"), [("", []), ('[["Hello", "Ahoy"]]', ["Hello", "Ahoy"]), ("[]", [])])
def test_history_in_a_cell_of_csv(history: str, before: list[str]) -> None:
    assert [text for _, text in turns({**SAME[0], "history": history})] == [*before, "Who?", "I."]


def test_a_turn_with_the_keys_of_two_styles_as_files_of_columns_have_them() -> None:
    said = [
        {"from": None, "value": None, "role": "user", "content": "Who?"},
        {"from": "gpt", "value": "I.", "role": None, "content": None},
    ]
    assert turns({"conversations": said}) == ASKED


@pytest.mark.parametrize("written", [list, json.dumps], ids=["list", "json"])
def test_keys_of_turns_that_mean_nothing_here_are_named(written: Any) -> None:
    said = written([{**SAID[0], "id": ""}, {**SAID[1], "masked": True, "loss": None}])
    row = {"conversations": said, "source": "web"}
    assert list(ignored_columns(row, format_of(row))) == ["source", "conversations[].masked"]


def test_a_system_text_under_its_other_name() -> None:
    assert turns({**SAME[0], "system_prompt": "Be brief."}) == [("system", "Be brief."), *ASKED]
    assert list(ignored_columns({**SAME[0], "system_prompt": ""}, format_of(SAME[0]))) == []


def test_marks_of_a_row_that_is_learned_are_used_and_labels_of_other_kinds_are_ignored() -> None:
    completion = format_of(SAME[3])
    rows = [{"label": True}, {"label": "sports"}, {"label": "I."}, {"loss": True}, {"loss": 0.3}, {"weight": 12}]
    assert [list(ignored_columns({**SAME[3], **more}, completion)) for more in rows] == [
        *([], ["label"], ["label"]),
        *([], ["loss"], ["weight"]),
    ]
    assert all(completion.read({**SAME[3], **more}) for more in (*rows, {"completion": "0", "label": "0"}))
    assert format_of(SAME[0]).read({**SAME[0], "label": False})


def test_an_answer_in_a_prompt_was_given_before() -> None:
    talk = SAME[5]["messages"]
    row = {"prompt": [*talk, talk[0]], "completion": [talk[1], *talk]}
    learned = [turn.get("learn", True) for turn in format_of(row).read(row)["messages"] if turn["role"] == "assistant"]
    assert learned == [False, True, True]


@pytest.mark.parametrize("arguments", [None, "", {}, "{}"])
def test_a_call_without_arguments(arguments: Any) -> None:
    call = {"role": "assistant", "content": None, "tool_calls": [{"name": "f", "arguments": arguments}]}
    row = {"messages": [SAME[5]["messages"][0], call]}
    assert format_of(row).read(row)["messages"][1]["tool_calls"][0]["function"]["arguments"] == {}


@pytest.mark.parametrize(
    "mark",
    [
        *({"loss": False}, {"weight": 0}, {"train": False}, {"weight": 0.0, "loss": None}),
        *({"training": False}, {"train_on_turn": False}, {"trainable": False}, {"loss_mask": 0}),
    ],
)
def test_a_marked_turn_is_not_learned(mark: dict[str, Any]) -> None:
    row = {"conversations": [SAID[0], {**SAID[1], **mark}, SAID[0], {**SAID[1], "loss": True}]}
    example = format_of(row).read(row)
    assert [turn.get("learn", True) for turn in example["messages"]] == [True, False, True, True]


CALL = {"name": "weather", "arguments": {"city": "Paris"}}
CALLED = [{"type": "function", "function": CALL}]
TOOLS = [{"name": "weather", "parameters": {}}]
CALLS = [
    [
        {"from": "human", "value": "Rain?"},
        {"from": "function_call", "value": '{"name": "weather", "arguments": {"city": "Paris"}}'},
        {"from": "observation", "value": "dry"},
        {"from": "gpt", "value": "No."},
    ],
    [
        {"from": "human", "value": "Rain?"},
        {"from": "tool_call", "value": '[{"name": "weather", "arguments": "{\\"city\\": \\"Paris\\"}"}]'},
        {"from": "tool_response", "value": "dry"},
        {"from": "gpt", "value": "No."},
    ],
]


@pytest.mark.parametrize("said", CALLS)
def test_calls_of_tools(said: list[dict[str, Any]]) -> None:
    row = {"conversations": said, "tools": '[{"name": "weather", "parameters": {}}]'}
    example = format_of(row).read(row)
    assert [turn["role"] for turn in example["messages"]] == ["user", "assistant", "tool", "assistant"]
    assert example["messages"][1]["tool_calls"] == CALLED
    assert example["tools"] == [{"type": "function", "function": TOOLS[0]}]


def test_calls_of_tools_as_openai_writes_them() -> None:
    call = {"id": "1", "type": "function", "function": {"name": "weather", "arguments": '{"city": "Paris"}'}}
    answer = {"role": "tool", "tool_call_id": "1", "content": "dry"}
    asked = {"role": "user", "content": "Rain?"}
    row = {
        "messages": [
            asked,
            {"role": "assistant", "content": None, "tool_calls": [call]},
            answer,
        ]
    }
    messages = format_of(row).read(row)["messages"]
    assert messages[1]["tool_calls"] == [{**CALLED[0], "id": "1"}]
    assert messages[2] == {"role": "tool", "content": "dry", "tool_call_id": "1"}


def test_a_call_as_an_object_and_tools_under_their_older_name() -> None:
    said = [CALLS[0][0], {"from": "function_call", "value": CALL}, *CALLS[0][2:]]
    row = {"conversations": said, "functions": TOOLS}
    example = format_of(row).read(row)
    assert example["messages"][1]["tool_calls"] == CALLED
    assert example["tools"] == [{"type": "function", "function": TOOLS[0]}]
    assert list(ignored_columns(row, format_of(row))) == []
    with pytest.raises(Malformed, match="`functions` is not a list"):
        format_of(row).read({**row, "functions": "rain"})


@pytest.mark.parametrize("key", ["arguments", "parameters", "input", "args"])
def test_the_names_of_the_arguments_of_a_call(key: str) -> None:
    call = {"type": "tool_use", "name": "weather", key: {"city": "Paris"}}
    row = {"messages": [SAME[5]["messages"][0], {"role": "assistant", "tool_calls": [call]}]}
    assert format_of(row).read(row)["messages"][1]["tool_calls"] == CALLED


@pytest.mark.parametrize(
    ("written", "tools"),
    [
        *((nothing, None) for nothing in ("null", "None", "{}", "[]", [], None)),
        (['{"name": "weather", "parameters": {}}'], TOOLS),
        ([{"name": "weather", "input_schema": {}}], TOOLS),
    ],
)
def test_tools_as_people_write_them(written: Any, tools: Any) -> None:
    row = {**SAME[5], "tools": written}
    assert format_of(row).read(row).get("tools") == (tools and [{"type": "function", "function": tools[0]}])


@pytest.mark.parametrize("key", ["reasoning_content", "thinking", "reasoning"])
def test_reasoning_is_kept_apart(key: str) -> None:
    row = {"messages": [{"role": "user", "content": "Who?"}, {"role": "assistant", "content": "I.", key: "Hm."}]}
    assert format_of(row).read(row)["messages"][1]["reasoning_content"] == "Hm."


WHOLE = {"chosen": SAME[5]["messages"], "rejected": [SAME[5]["messages"][0], {"role": "assistant", "content": "You."}]}
PAIRS = [
    {"prompt": "Who?", "chosen": "I.", "rejected": "You."},
    {"prompt": "Who?", **WHOLE},
    WHOLE,
    {"prompt": [{"role": "user", "content": "Who?"}], "chosen": WHOLE["chosen"][1], "rejected": WHOLE["rejected"][1:]},
    {"instruction": "Who?", "chosen": "I.", "rejected": "You."},
    {"question": "Who?", "chosen": "I.", "rejected": "You."},
    {"conversations": SAID[:1], "chosen": SAID[1], "rejected": {"from": "gpt", "value": "You."}},
    {"conversations": SAID[:1], "chosen": "I.", "rejected": "You."},
    {"messages": SAME[5]["messages"][:1], "chosen": "I.", "rejected": "You."},
    {"prompt": json.dumps(SAME[5]["messages"][:1]), "chosen": "I.", "rejected": "You."},
]


@pytest.mark.parametrize("row", PAIRS)
def test_history_comes_before_the_question_of_a_pair(row: dict[str, Any]) -> None:
    assert turns({**row, "history": [["Hello", "Ahoy"]]}, "dpo") == [
        ("user", "Hello"),
        ("assistant", "Ahoy"),
        *ASKED[:1],
    ]


@pytest.mark.parametrize("row", PAIRS)
def test_one_pair_in_every_format(row: dict[str, Any]) -> None:
    assert turns(row, "dpo") == ASKED[:1]
    example = format_of(row, "dpo").read(row)
    assert [example[side][-1]["content"] for side in ("chosen", "rejected")] == ["I.", "You."]
    assert len(example["chosen"]) == len(example["rejected"]) == 1


MALFORMED = [
    ("sft", {**SAME[0], "history": "Hello"}, "`history` is not a list"),
    ("sft", {**SAME[0], "history": [["Hello"]]}, "`history` 1 is not a pair"),
    ("sft", {**SAME[0], "system": 7}, "`system` is a number"),
    ("sft", {**SAME[0], "images": ["a.png"]}, "hpc trains on text only"),
    *(("sft", {**SAME[3], "label": bad}, "need pairs") for bad in (False, 0, 0.0, "False", "0", "rejected")),
    *(("sft", {**row, "label": False}, "`label` is false: rows that are to be avoided") for row in SAME[5:8]),
    ("sft", {**SAME[3], "prompt": SAME[5]["messages"]}, "the prompt ends with a turn of the assistant"),
    ("dpo", {"prompt": SAME[5]["messages"], "chosen": "So.", "rejected": "No."}, "the prompt ends with a turn of"),
    ("sft", {**SAME[0], "kto_tag": False}, "`kto_tag` is false: rows that are to be avoided need pairs"),
    *(("sft", {**row, "loss": False}, "`loss` is false: the row is marked") for row in SAME[:6]),
    ("sft", {**SAME[5], "weight": 0.0}, "`weight` is 0.0: the row is marked"),
    ("sft", {**SAME[0], "history": [["Hello", " "]]}, "`history` 1 has an empty answer"),
    ("sft", {**SAME[0], "system": False}, "`system` is a boolean"),
    ("sft", {**SAME[0], "system": "Be brief.", "system_prompt": "Be long."}, "two system texts"),
    ("sft", {**SAME[3], "prompt": " "}, "`prompt` is empty"),
    ("sft", {**SAME[3], "completion": SAME[5]["messages"][:1]}, "`completion` has no turn from"),
    ("sft", {"messages": [{"role": "user", "parts": [{"text": "Who?"}]}]}, "turn 1 has no `content`"),
    ("sft", {"conversations": [{"from": "human", "text": "Who?"}]}, "turn 1 has no `value`"),
    ("sft", {"conversations": [{"user": "Who?", "assistant": "I."}]}, "turn 1 does not say who speaks"),
    *(
        ("sft", {"conversations": [SAID[0], {**SAID[1], part: given}]}, f"`{part}`, but hpc learns a turn whole")
        for part, given in (("train_detail", [{"train": False}]), ("loss_scale", 0.5), ("mask", True))
    ),
    *(
        ("sft", {"messages": [SAME[5]["messages"][0], {"role": "assistant", "tool_calls": [call]}]}, "not an object")
        for call in ({"name": "f", "arguments": bad} for bad in ("rain", 5, ["a"], '{"city":'))
    ),
    (
        "sft",
        {"messages": [SAME[5]["messages"][0], {"role": "assistant", "tool_calls": [{"name": "f", "kwargs": {}}]}]},
        "has `kwargs`, but no `arguments`",
    ),
    ("sft", {**SAME[0], "tools": False}, "`tools` is not a list"),
    ("sft", {"conversations": "[{'from': 'human'}]"}, "`conversations` is a string that is not JSON"),
    ("sft", {"messages": None}, "`messages` is null"),
    ("sft", {"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}, "a part of type 'image_url'"),
    ("sft", {"messages": [{"role": "narrator", "content": "Who?"}]}, "turn 1 is from 'narrator'"),
    ("sft", {"messages": SAME[5]["messages"][1:]}, "the user comes first"),
    ("sft", {"conversations": [SAID[0], {**SAID[1], "weight": 0.5}]}, "`weight` is 0.5"),
    ("sft", {"conversations": [SAID[0], {**SAID[1], "weight": 0, "loss": True}]}, "contradict"),
    ("sft", {"conversations": [{**SAID[0], "train": True}, SAID[1]]}, "only turns of the assistant are"),
    ("sft", {"conversations": [SAID[0], {**SAID[1], "loss": False}]}, "is marked as not to be learned"),
    ("sft", {"conversations": [SAID[0], {"from": "function_call", "value": "rain"}]}, "needs `name` and `arguments`"),
    ("sft", {"conversations": SAID, "tools": "rain"}, "`tools` is not a list of tools"),
    ("dpo", {"prompt": "Who?", "chosen": "I.", "rejected": "I."}, "are equal"),
    ("dpo", {"prompt": "Who?", "chosen": "I.", "rejected": ""}, "empty answer"),
    ("dpo", {"chosen": "I.", "rejected": "You."}, "there is no prompt: write a column `prompt`"),
    ("dpo", {"chosen": [{**SAID[0], "value": "Why?"}, SAID[1]], "rejected": SAID}, "share no turn"),
]


@pytest.mark.parametrize(("trainer", "row", "reason"), MALFORMED)
def test_what_cannot_be_used_is_malformed(trainer: str, row: dict[str, Any], reason: str) -> None:
    with pytest.raises(Malformed, match=reason):
        format_of(row, trainer).read(row)
