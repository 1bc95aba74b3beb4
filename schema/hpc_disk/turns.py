"""The turns of a conversation, from the ways in which people write them to one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

Example = dict[str, Any]
"""``messages``, or ``prompt``, ``chosen`` and ``rejected``, or ``text``; with ``tools`` where the row has them."""
Turns = list[dict[str, Any]]
"""Each with ``role`` (system, user, assistant, tool) and ``content``; an assistant's also with ``tool_calls``,
``reasoning_content`` and ``learn`` (False where the row says that the turn is not to be learned)."""

ROLES: Final = {
    **dict.fromkeys(("system", "developer"), "system"),
    **dict.fromkeys(("human", "user"), "user"),
    **dict.fromkeys(("gpt", "assistant", "model", "bot", "chatbot"), "assistant"),
    **dict.fromkeys(("function_call", "tool_call"), "call"),
    **dict.fromkeys(("observation", "tool", "tool_response", "function", "ipython"), "tool"),
}
"""What speakers are called; a ``call`` is an assistant's turn that holds the call of a tool as JSON."""
FLAGS: Final = ("loss", "weight", "train", "training", "train_on_turn", "trainable", "loss_mask")
"""Marks of a turn that say whether it is learned."""
PARTIAL: Final = ("train_detail", "loss_scale", "mask")
"""Marks of a turn that say which part of it is learned, or how much: hpc learns a turn whole or not at all."""
TEXT_PARTS: Final = ("text", "input_text", "output_text")
"""The types of parts of a content that are text."""
REASONING: Final = ("reasoning_content", "reasoning", "thinking")
"""What the reasoning of a turn is called."""
USED: Final = frozenset(
    ("from", "role", "value", "content", "name", "tool_calls", "function_call", "tool_call_id", *FLAGS, *REASONING)
)
"""Every key of a turn that means something."""
ARGUMENTS: Final = ("arguments", "parameters", "input", "args")
"""What the arguments of a call are called."""
CALL: Final = frozenset((*ARGUMENTS, "name", "type", "id", "index", "function", "description"))
"""The keys of a call."""


class Malformed(ValueError):  # noqa: N818 - a verdict on a row, not a fault of the program
    """Why a row cannot be learned from."""


def turns_of(row: Mapping[str, Any], column: str, *, alternating: bool) -> Turns:
    """The turns in a column.

    Raises:
        Malformed: Where it is not a list of turns, or they are out of order.
    """
    written = parsed(row.get(column))
    if not isinstance(written, list) or not written:
        raise Malformed(f"`{column}` is {_found(row, column)}, not a list of turns")
    turns = [turn_of(turn, f"turn {number}") for number, turn in enumerate(written, 1)]
    spoken = [(n, turn) for n, turn in enumerate(turns, 1) if turn["role"] != "system"]
    if not spoken:
        raise Malformed(f"`{column}` has only a system turn")
    if alternating:
        _check_order(written, turns)
    elif spoken[0][1]["role"] != "user":
        raise Malformed(f"turn {spoken[0][0]} is from {_speaker(written[spoken[0][0] - 1])!r}: the user comes first")
    return turns


def _check_order(written: list[Any], turns: Turns) -> None:
    """A system turn comes first or not at all; then human and gpt alternate, tools standing in for the human."""
    start = 1 if turns[0]["role"] == "system" else 0
    for index, turn in enumerate(turns[start:], start):
        before = turns[index - 1] if index > start else None
        answer, call = turn["role"] == "assistant", bool(before and before.get("tool_calls"))
        follows_call = turn["role"] == "tool" and before is not None and (call or before["role"] == "tool")
        more_calls = answer and call and bool(turn.get("tool_calls"))
        expected_answer = before is not None and before["role"] in ("user", "tool")
        fits = answer if expected_answer else turn["role"] == "user"
        if not (fits or follows_call or more_calls):
            speaker = _speaker(written[index])
            raise Malformed(f"turn {index + 1} is from {speaker!r}: human comes first, then gpt, and so on")


def _found(row: Mapping[str, Any], column: str) -> str:
    if column not in row:
        return "missing"
    if row[column] in ("", []):
        return "empty"
    looks_listed = isinstance(row[column], str) and row[column].lstrip()[:1] in ("[", "{")
    return "a string that is not JSON" if looks_listed else described(row[column])


def messages_of(row: Mapping[str, Any], column: str, role: str) -> Turns:
    """A column that holds a string, one turn, or a list of turns.

    Raises:
        Malformed: Where it holds anything else.
    """
    value = _listed_in_text(row.get(column))
    if isinstance(value, str):
        if role == "user" and not value.strip():
            raise Malformed(f"`{column}` is empty")
        return [{"role": role, "content": value}]
    if isinstance(value, Mapping):
        return [turn_of(value, f"`{column}`")]
    if isinstance(value, list) and value:
        return [turn_of(turn, f"`{column}` turn {number}") for number, turn in enumerate(value, 1)]
    raise Malformed(f"`{column}` is {_found(row, column)}, not a string or a list of turns")


def _listed_in_text(value: Any) -> Any:
    """The turns that a string lists as JSON, as files without lists have them; else the value itself."""
    found = parsed(value)
    listed = isinstance(found, list) and found and all(isinstance(_speaker(turn), str) for turn in found)
    return found if listed else value


def turn_of(turn: Any, where: str) -> dict[str, Any]:
    """One turn, of ShareGPT (``from``, ``value``) or of OpenAI (``role``, ``content``).

    Raises:
        Malformed: Where the speaker is unknown or the content is not text.
    """
    if not isinstance(turn, Mapping):
        raise Malformed(f"{where} is {described(turn)}, not an object")
    speaker = _speaker(turn)
    if speaker is None:
        raise Malformed(f"{where} does not say who speaks (`from` or `role`)")
    role = ROLES.get(speaker.strip().lower()) if isinstance(speaker, str) else None
    if role is None:
        raise Malformed(
            f"{where} is from {speaker!r}; it must be user, assistant, system or tool (or human, gpt or system)"
        )
    if role == "call":
        text = next((turn[key] for key in ("value", "content") if isinstance(turn.get(key), dict | list)), None)
        text = text or _content(turn, where)
        return _flagged({"role": "assistant", "content": "", "tool_calls": calls_of(text, where)}, turn, where)
    found: dict[str, Any] = {"role": role}
    if role == "assistant":
        if turn.get("tool_calls"):
            found["tool_calls"] = calls_of(turn["tool_calls"], where)
        elif turn.get("function_call"):
            found["tool_calls"] = calls_of([turn["function_call"]], where)
        reasoning = next((turn[key] for key in REASONING if turn.get(key)), None)
        if reasoning is not None:
            if not isinstance(reasoning, str):
                raise Malformed(f"{where}: the reasoning is {described(reasoning)}, not a string")
            found["reasoning_content"] = reasoning
    found["content"] = _content(turn, where, may_be_absent="tool_calls" in found)
    found |= {key: turn[key] for key in ("name", "tool_call_id") if isinstance(turn.get(key), str)}
    return _flagged(found, turn, where)


def _flagged(found: dict[str, Any], turn: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Take over the marks that say whether a turn is learned."""
    marks = {key: turn[key] for key in FLAGS if turn.get(key) is not None}
    for key, value in marks.items():
        if isinstance(value, str) or value not in (0, 1):
            raise Malformed(f"{where}: `{key}` is {value!r}; a turn is learned (true, 1) or not (false, 0)")
    partial = next((key for key in PARTIAL if _filled(turn.get(key))), None)
    if partial:
        raise Malformed(
            f"{where} has `{partial}`, but hpc learns a turn whole or not at all (`loss`, `weight`, `train`)"
        )
    if len({bool(value) for value in marks.values()}) > 1:
        listed = ", ".join(f"`{key}` {value!r}" for key, value in marks.items())
        raise Malformed(f"{where}: {listed} contradict each other")
    learned = any(marks.values())
    if learned and found["role"] != "assistant":
        raise Malformed(f"{where} is marked to be learned, but only turns of the assistant are")
    return {**found, "learn": False} if marks and not learned and found["role"] == "assistant" else found


def _speaker(turn: Any) -> Any:
    """Who speaks. Files of columns give every turn the keys of all, so that some are null."""
    if not isinstance(turn, Mapping):
        return None
    return turn["role"] if turn.get("from") is None and "role" in turn else turn.get("from")


def _content(turn: Mapping[str, Any], where: str, *, may_be_absent: bool = False) -> str:
    named = "content" in turn or turn.get("from") is None
    key = "value" if turn.get("value") is not None or not named else "content"
    value = turn.get(key)
    if value is None and may_be_absent:
        return ""
    if key not in turn:
        raise Malformed(f"{where} has no `{key}`")
    if isinstance(value, list):
        return "".join(_part(part, where) for part in value)
    if not isinstance(value, str):
        raise Malformed(f"{where}: `{key}` is {described(value)}, not a string")
    return value


def _part(part: Any, where: str) -> str:
    """A part of a content that is a list, as OpenAI's: text only."""
    if isinstance(part, str):
        return part
    kind = part.get("type", "text") if isinstance(part, Mapping) else None
    if kind not in TEXT_PARTS or not isinstance(part.get("text"), str):
        raise Malformed(f"{where} has a part of type {kind!r}, but hpc trains on text only")
    return str(part["text"])


def calls_of(written: Any, where: str) -> list[dict[str, Any]]:
    """The calls of tools, each as ``{"type": "function", "function": {"name", "arguments"}}``.

    Raises:
        Malformed: Where a call has no name.
    """
    value = parsed(written)
    calls = value if isinstance(value, list) else [value]
    return [_call(call, where) for call in calls]


def _call(call: Any, where: str) -> dict[str, Any]:
    function = call.get("function", call) if isinstance(call, Mapping) else None
    if not isinstance(function, Mapping) or not isinstance(function.get("name"), str):
        raise Malformed(f"{where}: a call of a tool needs `name` and `arguments`")
    key = next((key for key in ARGUMENTS if function.get(key) is not None), None)
    if key is None and not CALL.issuperset(function):
        other = next(str(key) for key in function if key not in CALL)
        raise Malformed(f"{where}: the call of {function['name']!r} has `{other}`, but no `arguments`")
    arguments = parsed(function[key]) if key else None
    if arguments in (None, ""):
        arguments = {}
    if not isinstance(arguments, Mapping):
        raise Malformed(f"{where}: the arguments of {function['name']!r} are not an object, nor the JSON of one")
    found: dict[str, Any] = {
        "type": "function",
        "function": {"name": function["name"], "arguments": arguments},
    }
    return {**found, "id": call["id"]} if isinstance(call.get("id"), str) else found


NOTHING: Final[tuple[Any, ...]] = (None, "", "[]", "{}", "null", "None", [], {})
"""What a column without tools holds."""


def tools_of(row: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The tools that a row offers, each as OpenAI writes it; empty where there are none.

    Raises:
        Malformed: Where they are not a list of tools.
    """
    column = next((name for name in ("tools", "functions") if row.get(name) not in NOTHING), None)
    if column is None:
        return []
    value = row[column]
    written = parsed(value)
    tools = [parsed(tool) for tool in (written if isinstance(written, list) else [written])]
    if not all(isinstance(tool, Mapping) and _named(tool) for tool in tools):
        raise Malformed(f"`{column}` is not a list of tools, each with a `name`")
    return [dict(tool) if "function" in tool else {"type": "function", "function": _tool(tool)} for tool in tools]


def _tool(tool: Mapping[str, Any]) -> dict[str, Any]:
    """A tool whose parameters may be called as Anthropic calls them."""
    return {"parameters" if key == "input_schema" and "parameters" not in tool else key: tool[key] for key in tool}


def _named(tool: Mapping[str, Any]) -> bool:
    function = tool.get("function", tool)
    return isinstance(function, Mapping) and isinstance(function.get("name"), str)


def unused_keys(turns: Any) -> list[str]:
    """The keys of turns that mean nothing to hpc, where they are filled."""
    found = parsed(turns)
    if isinstance(found, str):
        return []
    listed = found if isinstance(found, list) else [found]
    filled = (key for turn in listed if isinstance(turn, Mapping) for key, value in turn.items() if _filled(value))
    return [str(key) for key in dict.fromkeys(filled) if key not in USED]


def _filled(value: Any) -> bool:
    return value is not None and value not in ("", [], {})


def parsed(value: Any) -> Any:
    """A value that may have been written as a string of JSON."""
    if not isinstance(value, str) or value.lstrip()[:1] not in ("[", "{"):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value


def user_text(row: Mapping[str, Any], column: str, more: str = "") -> str:
    """A question, continued on a line of its own by a second column.

    Raises:
        Malformed: Where one of them is not a string, or both are empty.
    """
    text, extra = string(row, column), row.get(more) if more else None
    if extra is not None and not isinstance(extra, str):
        raise Malformed(f"`{more}` is {described(extra)}, not a string")
    question = f"{text}\n{extra}" if extra else text
    if not question.strip():
        raise Malformed(f"`{column}` and `{more}` are both empty" if more else f"`{column}` is empty")
    return question


def string(row: Mapping[str, Any], column: str) -> str:
    """A column that must be a string.

    Raises:
        Malformed: Where it is not.
    """
    value = row.get(column)
    if not isinstance(value, str):
        raise Malformed(f"`{column}` is {'missing' if column not in row else described(value)}, it must be a string")
    return value


def check_text(text: str) -> None:
    """JSON can write half of a surrogate pair, which is not text and which no tokenizer takes.

    Raises:
        Malformed: With the place of the character.
    """
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise Malformed(f"character {error.start + 1} of a text is half of a surrogate pair") from None


def described(value: Any) -> str:
    """What kind of value of JSON this is, in words."""
    names = {dict: "an object", list: "a list", str: "a string", bool: "a boolean", type(None): "null"}
    return names.get(type(value), "a number")
