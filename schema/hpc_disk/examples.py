"""How a row becomes an example: what is asked, what is learned, and why a row is malformed."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from hpc_disk.marks import check_label, check_marks, check_usable
from hpc_disk.turns import (
    Example,
    Malformed,
    Turns,
    check_text,
    messages_of,
    parsed,
    string,
    tools_of,
    turns_of,
    user_text,
)

SYSTEM: Final = ("system", "system_prompt")
"""Columns with the system text."""


def question(*columns: str) -> Callable[[Mapping[str, Any]], Example]:
    """One question, which may be continued in a second column, and the answer in the last one."""

    def read(row: Mapping[str, Any]) -> Example:
        *asked, answer = columns
        question = {"role": "user", "content": user_text(row, *asked)}
        reply = {"role": "assistant", "content": string(row, answer)}
        return _conversation(row, [*_before(row), question, reply], answer)

    return read


def question_with_pair(*columns: str) -> Callable[[Mapping[str, Any]], Example]:
    """One question, which may be continued in a second column, and two answers to it."""

    def read(row: Mapping[str, Any]) -> Example:
        return _pair(row, [*_before(row), {"role": "user", "content": user_text(row, *columns)}])

    return read


def _before(row: Mapping[str, Any]) -> Turns:
    """The turns before the question: the system text, and the column ``history``."""
    history = parsed(row.get("history")) or None
    turns = _system(row)
    if history is not None and not isinstance(history, list):
        raise Malformed("`history` is not a list of pairs: question and answer")
    for number, pair in enumerate(history or [], 1):
        if not isinstance(pair, list | tuple) or len(pair) != 2 or not all(isinstance(text, str) for text in pair):
            raise Malformed(f"`history` {number} is not a pair of strings: question and answer")
        if not pair[1].strip():
            raise Malformed(f"`history` {number} has an empty answer")
        turns += [{"role": "user", "content": pair[0]}, {"role": "assistant", "content": pair[1]}]
    return turns


def _system(row: Mapping[str, Any]) -> Turns:
    """The turn of the system text that a column has, if one has it."""
    texts = [string(row, column) for column in SYSTEM if row.get(column) not in (None, "")]
    if len({text.strip() for text in texts}) > 1:
        raise Malformed("it has two system texts: the columns `system` and `system_prompt`")
    return [{"role": "system", "content": text} for text in texts[:1]]


def _after_history(row: Mapping[str, Any], turns: Turns) -> Turns:
    """Listed turns after those of the columns beside them; a system turn of the list stays ahead of the history."""
    before = _before(row)
    systems = [turn for turn in (*before[:1], *turns[:1]) if turn["role"] == "system"]
    if len(systems) == 2:
        if systems[0]["content"].strip() != systems[1]["content"].strip():
            raise Malformed("it has two system texts: the column `system` and a system turn")
        before = before[1:]
        systems = systems[1:]
    return [*systems, *(turn for turn in (*before, *turns) if not any(turn is system for system in systems))]


def listed(column: str, *, alternating: bool) -> Callable[[Mapping[str, Any]], Example]:
    """A list of turns."""

    def read(row: Mapping[str, Any]) -> Example:
        check_label(row)
        return _conversation(row, _after_history(row, turns_of(row, column, alternating=alternating)), column)

    return read


def listed_pair(column: str, *, alternating: bool) -> Callable[[Mapping[str, Any]], Example]:
    """A list of turns that ends with a question, and two answers to it."""

    def read(row: Mapping[str, Any]) -> Example:
        turns = _after_history(row, turns_of(row, column, alternating=alternating))
        if turns[-1]["role"] not in ("user", "tool"):
            raise Malformed(f"`{column}` must end with a turn from `human` (or `user`)")
        return _pair(row, turns)

    return read


def prompt_and_completion(row: Mapping[str, Any]) -> Example:
    """Only the completion is learned: answers in the prompt were given before."""
    check_label(row)
    reply = messages_of(row, "completion", "assistant")
    prompt = [_context(turn) for turn in _after_history(row, messages_of(row, "prompt", "user"))]
    _check_turn_of_the_model(prompt)
    return _conversation(row, [*prompt, *reply], "completion")


def _context(turn: dict[str, Any]) -> dict[str, Any]:
    return {**turn, "learn": False} if turn["role"] == "assistant" else turn


def prompt_and_pair(row: Mapping[str, Any]) -> Example:
    """A prompt, as a text or as turns, and two answers to it."""
    return _pair(row, _after_history(row, messages_of(row, "prompt", "user")))


def shared_beginning(row: Mapping[str, Any]) -> Example:
    """``chosen`` and ``rejected`` are whole conversations: what they share is the prompt."""
    if isinstance(row["chosen"], str) and isinstance(row["rejected"], str):
        raise Malformed("there is no prompt: write a column `prompt`, or lists of turns that begin with it")
    chosen, rejected = (messages_of(row, column, "assistant") for column in ("chosen", "rejected"))
    shared = 0
    while shared < min(len(chosen), len(rejected)) - 1 and chosen[shared] == rejected[shared]:
        shared += 1
    if not shared:
        raise Malformed("`chosen` and `rejected` share no turn that could be the prompt")
    return _pair(row, _after_history(row, chosen[:shared]))


def _conversation(row: Mapping[str, Any], turns: Turns, column: str) -> Example:
    check_usable(row)
    check_marks(row)
    _checked(turns)
    learned = [turn for turn in turns if turn["role"] == "assistant" and turn.get("learn", True)]
    if not learned:
        marked = any(turn["role"] == "assistant" for turn in turns)
        what = "is marked as not to be learned" if marked else "from `gpt` (or `assistant`) to learn from"
        raise Malformed(f"every answer in `{column}` {what}" if marked else f"`{column}` has no turn {what}")
    for turn in learned:
        _check_answer(turn, column)
    return _with_tools(row, {"messages": turns})


def _pair(row: Mapping[str, Any], prompt: Turns) -> Example:
    check_usable(row)
    answers = {}
    written = {column: messages_of(row, column, "assistant") for column in ("chosen", "rejected")}
    prompt = _with_system(prompt, written)
    for column, turns in written.items():
        # Some publish the whole conversation again in both, though not its `history`.
        repeated = _spoken(turns[:-1])
        if repeated and _spoken(prompt)[-len(repeated) :] == repeated:
            turns = turns[-1:]
        if len(turns) != 1 or turns[0]["role"] != "assistant":
            raise Malformed(f"`{column}` must be one turn from `gpt` (or `assistant`) after the turns of the prompt")
        _check_answer(turns[-1], column)
        answers[column] = _checked(turns)
    if answers["chosen"] == answers["rejected"]:
        raise Malformed("`chosen` and `rejected` are equal")
    if not prompt:
        raise Malformed("there is no prompt")
    _check_turn_of_the_model(prompt)
    return _with_tools(row, {"prompt": _checked(prompt), **answers})


def _check_turn_of_the_model(prompt: Turns) -> None:
    if prompt and prompt[-1]["role"] == "assistant":
        raise Malformed("the prompt ends with a turn of the assistant: join it with the answer, hpc continues no turn")


def _spoken(turns: Turns) -> Turns:
    return [turn for turn in turns if turn["role"] != "system"]


def _with_system(prompt: Turns, written: Mapping[str, Turns]) -> Turns:
    """The prompt with the system turn that the answers repeat, where they are whole conversations."""
    repeated = [turns[0] for turns in written.values() if len(turns) > 1 and turns[0]["role"] == "system"]
    own = [turn for turn in prompt[:1] if turn["role"] == "system"]
    if len({turn["content"] for turn in (*own, *repeated)}) > 1:
        raise Malformed("`chosen` and `rejected` must begin with the same system text as the prompt and each other")
    return prompt if own or not repeated else [repeated[0], *prompt]


def document(row: Mapping[str, Any]) -> Example:
    """A text, all of which is learned."""
    text = string(row, "text")
    if not text.strip():
        raise Malformed("`text` is empty")
    check_text(text)
    return {"text": text}


def _check_answer(turn: Mapping[str, Any], column: str) -> None:
    """From an empty answer a model would learn to say nothing."""
    if not turn.get("content", "").strip() and not turn.get("tool_calls"):
        raise Malformed(f"`{column}` has an empty answer")


def _checked(turns: Turns) -> Turns:
    for turn in turns:
        check_text(turn["content"])
        check_text(turn.get("reasoning_content", ""))
    return turns


def _with_tools(row: Mapping[str, Any], example: Example) -> Example:
    tools = tools_of(row)
    return {**example, "tools": tools} if tools else example
