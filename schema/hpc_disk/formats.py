"""The data formats: what a row looks like and what is learned from it. To add a format is to add a value to FORMATS."""

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any, Final, Literal, NamedTuple

from hpc_disk.marks import LABELED, MARKS, UNUSABLE, check_label, check_marks, check_usable, marks
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
    unused_keys,
    user_text,
)

Kind = Literal["conversation", "preference", "corpus"]
KINDS: Final[dict[str, Kind]] = {"sft": "conversation", "pt": "corpus", "dpo": "preference"}
"""What each trainer learns from."""
SYSTEM: Final = ("system", "system_prompt")
"""Columns with the system text."""
OTHER_NAMES: Final = {"system": SYSTEM, "tools": ("tools", "functions")}
"""Optional columns that have another name, too."""
TALK: Final = ("system", "history", "tools")
"""Columns that add to a single question: the system text, earlier turns, and the tools that may be called."""


class Format(NamedTuple):
    """One way to lay a row out.

    Attributes:
        name: The value of ``data_format``; one name may have one format for each kind.
        kind: What is learned.
        columns: The columns that every row has.
        read: From a row to an example; raises ``Malformed`` with the reason.
        example: A row, as the documentation shows it.
        optional: Columns that are used where they are there.
        says: Its rows in a few words; the first format of a name says it for all of that name.
        title: What people call it, where that is not its name.
    """

    name: str
    kind: Kind
    columns: tuple[str, ...]
    read: Callable[[Mapping[str, Any]], Example]
    example: Mapping[str, Any]
    optional: tuple[str, ...] = ()
    says: str = ""
    title: str = ""

    def __hash__(self) -> int:
        return hash((self.name, self.kind))

    @property
    def used(self) -> frozenset[str]:
        """Every column that means something in this format."""
        return _used(self)

    def fits(self, row: Any) -> bool:
        """Whether a row has the columns."""
        return isinstance(row, Mapping) and all(column in row for column in self.columns)


@cache
def _used(format_: Format) -> frozenset[str]:
    others = (name for column in format_.optional for name in OTHER_NAMES.get(column, ()))
    return frozenset((*format_.columns, *format_.optional, *others))


def _question(*columns: str) -> Callable[[Mapping[str, Any]], Example]:
    """One question, which may be continued in a second column, and the answer in the last one."""

    def read(row: Mapping[str, Any]) -> Example:
        *asked, answer = columns
        question = {"role": "user", "content": user_text(row, *asked)}
        reply = {"role": "assistant", "content": string(row, answer)}
        return _conversation(row, [*_before(row), question, reply], answer)

    return read


def _question_with_pair(*columns: str) -> Callable[[Mapping[str, Any]], Example]:
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


def _listed(column: str, *, alternating: bool) -> Callable[[Mapping[str, Any]], Example]:
    """A list of turns."""

    def read(row: Mapping[str, Any]) -> Example:
        check_label(row)
        return _conversation(row, _after_history(row, turns_of(row, column, alternating=alternating)), column)

    return read


def _listed_pair(column: str, *, alternating: bool) -> Callable[[Mapping[str, Any]], Example]:
    def read(row: Mapping[str, Any]) -> Example:
        turns = _after_history(row, turns_of(row, column, alternating=alternating))
        if turns[-1]["role"] not in ("user", "tool"):
            raise Malformed(f"`{column}` must end with a turn from `human` (or `user`)")
        return _pair(row, turns)

    return read


def _prompt_and_completion(row: Mapping[str, Any]) -> Example:
    """Only the completion is learned: answers in the prompt were given before."""
    check_label(row)
    reply = messages_of(row, "completion", "assistant")
    prompt = [_context(turn) for turn in _after_history(row, messages_of(row, "prompt", "user"))]
    _check_turn_of_the_model(prompt)
    return _conversation(row, [*prompt, *reply], "completion")


def _context(turn: dict[str, Any]) -> dict[str, Any]:
    return {**turn, "learn": False} if turn["role"] == "assistant" else turn


def _prompt_and_pair(row: Mapping[str, Any]) -> Example:
    return _pair(row, _after_history(row, messages_of(row, "prompt", "user")))


def _shared_beginning(row: Mapping[str, Any]) -> Example:
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


def _document(row: Mapping[str, Any]) -> Example:
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


def _says(column: str, text: str) -> dict[str, str]:
    """A turn of ShareGPT."""
    return {"from": column, "value": text}


QUESTION, ANSWER, WORSE = "What is the capital of France?", "Paris.", "I do not know."
ASKED: Final = [_says("human", QUESTION)]
FORMATS: Final = (
    Format(
        "alpaca",
        "conversation",
        ("instruction", "output"),
        _question("instruction", "input", "output"),
        {"instruction": QUESTION, "input": "", "output": ANSWER},
        ("input", *TALK),
        says="instruction, input, output; for preferences instruction, chosen, rejected",
        title="Alpaca",
    ),
    Format(
        "alpaca",
        "preference",
        ("instruction", "chosen", "rejected"),
        _question_with_pair("instruction", "input"),
        {"instruction": QUESTION, "chosen": ANSWER, "rejected": WORSE},
        ("input", *TALK),
    ),
    Format(
        "sharegpt",
        "conversation",
        ("conversations",),
        _listed("conversations", alternating=True),
        {"conversations": [*ASKED, _says("gpt", ANSWER)]},
        TALK,
        says="conversations with human and gpt turns; for preferences, with chosen and rejected answers",
        title="ShareGPT",
    ),
    Format(
        "sharegpt",
        "preference",
        ("conversations", "chosen", "rejected"),
        _listed_pair("conversations", alternating=True),
        {"conversations": ASKED, "chosen": _says("gpt", ANSWER), "rejected": _says("gpt", WORSE)},
        TALK,
    ),
    Format(
        "messages",
        "preference",
        ("messages", "chosen", "rejected"),
        _listed_pair("messages", alternating=False),
        {
            "messages": [{"role": "user", "content": QUESTION}],
            "chosen": {"role": "assistant", "content": ANSWER},
            "rejected": {"role": "assistant", "content": WORSE},
        },
        TALK,
        says="messages with role and content, as OpenAI writes them",
    ),
    Format(
        "messages",
        "conversation",
        ("messages",),
        _listed("messages", alternating=False),
        {"messages": [{"role": "user", "content": QUESTION}, {"role": "assistant", "content": ANSWER}]},
        TALK,
    ),
    Format(
        "completion",
        "conversation",
        ("prompt", "completion"),
        _prompt_and_completion,
        {"prompt": QUESTION, "completion": ANSWER},
        TALK,
        says="prompt and completion",
    ),
    Format(
        "preference",
        "preference",
        ("prompt", "chosen", "rejected"),
        _prompt_and_pair,
        {"prompt": QUESTION, "chosen": ANSWER, "rejected": WORSE},
        TALK,
        says="prompt, chosen, rejected",
    ),
    Format(
        "preference",
        "preference",
        ("chosen", "rejected"),
        _shared_beginning,
        {
            "chosen": [{"role": "user", "content": QUESTION}, {"role": "assistant", "content": ANSWER}],
            "rejected": [{"role": "user", "content": QUESTION}, {"role": "assistant", "content": WORSE}],
        },
        TALK,
    ),
    Format(
        "dolly",
        "conversation",
        ("instruction", "response"),
        _question("instruction", "context", "response"),
        {"instruction": QUESTION, "context": "", "response": ANSWER},
        ("context", *TALK),
        says="instruction, context, response",
        title="Dolly",
    ),
    Format(
        "qa",
        "conversation",
        ("question", "answer"),
        _question("question", "context", "answer"),
        {"question": QUESTION, "answer": ANSWER},
        ("context", *TALK),
        says="question and answer",
    ),
    Format(
        "qa",
        "preference",
        ("question", "chosen", "rejected"),
        _question_with_pair("question", "context"),
        {"question": QUESTION, "chosen": ANSWER, "rejected": WORSE},
        ("context", *TALK),
    ),
    Format("corpus", "corpus", ("text",), _document, {"text": "Paris is the capital of France."}, says="text"),
)
"""Every format."""
NAMES: Final = tuple(dict.fromkeys(each.name for each in FORMATS))
"""The values of ``data_format`` beside ``auto``."""
KNOWN_COLUMNS: Final = frozenset(column for each in FORMATS for column in each.used)
"""Every column that some format uses."""
READ_COLUMNS: Final = KNOWN_COLUMNS | frozenset((*UNUSABLE, *MARKS, "label"))
"""The columns that are read from files that hold columns."""


def formats_of(trainer: str, name: str = "auto") -> tuple[Format, ...]:
    """The formats that a trainer learns from, or those of them that ``data_format`` names."""
    kind = KINDS[trainer]
    return tuple(each for each in FORMATS if each.kind == kind and name in ("auto", each.name))


def fitting(row: Any, formats: tuple[Format, ...]) -> list[Format]:
    """The formats whose columns a row has; one that asks for less than another is left out."""
    fit = [each for each in formats if each.fits(row)]
    return [each for each in fit if not any(set(each.columns) < set(other.columns) for other in fit)]


def ignored_columns(row: Mapping[str, Any], format_: Format) -> Iterator[str]:
    """The columns of a row that this format does not use, and the keys of its turns that mean nothing here."""
    used = format_.used
    yield from [str(column) for column in row if column not in used and not _read(row, column, format_)]
    for column in format_.columns:
        yield from [f"{column}[].{key}" for key in unused_keys(row.get(column))]


def _read(row: Mapping[str, Any], column: Any, format_: Format) -> bool:
    return format_.kind == "conversation" and marks(row, column, label=format_.name in LABELED)
