"""The platform's data formats: what one row must look like, and what the trainers are given for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

ROLES = {"human": "user", "gpt": "assistant", "system": "system"}

Example = dict[str, Any]


class BadRow(ValueError):  # noqa: N818 - a verdict on a row, not a fault of the program
    """Why a row cannot be learned from."""


def alpaca(row: Mapping[str, Any]) -> Example:
    """``instruction``, ``input`` (may be empty), ``output`` → one question and one answer."""
    instruction, output = _string(row, "instruction"), _string(row, "output")
    extra = row.get("input")
    if extra is not None and not isinstance(extra, str):
        raise BadRow(f"`input` is {_kind(extra)}, not a string")
    question = f"{instruction}\n{extra}" if extra else instruction
    if not question.strip():
        raise BadRow("`instruction` and `input` are both empty")
    return {"messages": [_message("user", question), _said("output", output)]}


def sharegpt(row: Mapping[str, Any]) -> Example:
    """``conversations``: a list of turns, human first, alternating."""
    messages = _turns(row)
    answers = [message for message in messages if message["role"] == "assistant"]
    if not answers:
        raise BadRow("`conversations` has no turn from `gpt` to learn from")
    for answer in answers:
        _said("conversations", answer["content"])
    return {"messages": messages}


def preference(row: Mapping[str, Any]) -> Example:
    """``conversations`` that end with human, ``chosen`` and ``rejected``: two answers to them."""
    prompt = _turns(row)
    if prompt[-1]["role"] != "user":
        raise BadRow("`conversations` must end with a turn from `human`")
    return {"prompt": prompt, "chosen": [_answer(row, "chosen")], "rejected": [_answer(row, "rejected")]}


def corpus(row: Mapping[str, Any]) -> Example:
    """``text``: everything is learned."""
    text = _string(row, "text")
    if not text.strip():
        raise BadRow("`text` is empty")
    _check_text(text)
    return {"text": text}


def detect(row: Any) -> str | None:
    """The format of a row by its columns (``data_format: auto``), or None."""
    keys = set(row) if isinstance(row, Mapping) else set()
    return next((name for name, columns in COLUMNS.items() if columns <= keys), None)


def _turns(row: Mapping[str, Any]) -> list[Example]:
    turns = row.get("conversations")
    if not isinstance(turns, list) or not turns:
        raise BadRow("`conversations` is missing, empty or not a list")
    messages = [_turn(turn, f"turn {number}") for number, turn in enumerate(turns, 1)]
    spoken = messages[1:] if messages[0]["role"] == "system" else messages
    for index, message in enumerate(spoken):
        expected = "user" if index % 2 == 0 else "assistant"
        if message["role"] != expected:
            number = index + 1 + len(messages) - len(spoken)
            raise BadRow(f"turn {number} is from {turns[number - 1]['from']!r}: human comes first, then gpt, and so on")
    if not spoken:
        raise BadRow("`conversations` holds nothing but a system turn")
    return messages


def _turn(turn: Any, where: str) -> Example:
    if not isinstance(turn, Mapping):
        raise BadRow(f"{where} is {_kind(turn)}, not an object")
    speaker, value = turn.get("from"), turn.get("value")
    if speaker not in ROLES:
        raise BadRow(f"{where} is from {speaker!r}; known are human, gpt, system")
    if not isinstance(value, str):
        raise BadRow(f"{where}: `value` is {_kind(value)}, not a string")
    return _message(ROLES[speaker], value)


def _answer(row: Mapping[str, Any], key: str) -> Example:
    message = _turn(row.get(key), f"`{key}`")
    if message["role"] != "assistant":
        raise BadRow(f"`{key}` must be from `gpt`")
    return _said(key, message["content"])


def _said(key: str, answer: str) -> Example:
    """An answer; from an empty one a model would learn to say nothing."""
    if not answer.strip():
        raise BadRow(f"`{key}` has an empty answer")
    return _message("assistant", answer)


def _message(role: str, content: str) -> Example:
    _check_text(content)
    return {"role": role, "content": content}


def _check_text(text: str) -> None:
    """JSON can write half of a surrogate pair, which is no text and which no tokenizer takes."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise BadRow(f"character {error.start + 1} of a text is half of a surrogate pair") from None


def _string(row: Mapping[str, Any], key: str) -> str:
    value = row.get(key)
    if not isinstance(value, str):
        raise BadRow(f"`{key}` is {'missing' if key not in row else _kind(value)}, it must be a string")
    return value


def _kind(value: Any) -> str:
    names = {dict: "an object", list: "a list", str: "a string", bool: "a boolean", type(None): "null"}
    return names.get(type(value), "a number")


CONVERT: dict[str, Callable[[Mapping[str, Any]], Example]] = {
    "alpaca": alpaca,
    "sharegpt": sharegpt,
    "preference": preference,
    "corpus": corpus,
}

COLUMNS: dict[str, set[str]] = {
    "preference": {"conversations", "chosen", "rejected"},
    "sharegpt": {"conversations"},
    "alpaca": {"instruction", "output"},
    "corpus": {"text"},
}

KINDS = {"alpaca": "conversation", "sharegpt": "conversation", "preference": "preference", "corpus": "corpus"}
"""Which kind of learning each format serves."""
