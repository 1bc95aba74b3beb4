"""The data formats: what a row looks like and what is learned from it. To add a format is to add a value to FORMATS."""

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any, Final, Literal, NamedTuple

from hpc_disk.examples import (
    SYSTEM,
    document,
    listed,
    listed_pair,
    prompt_and_completion,
    prompt_and_pair,
    question,
    question_with_pair,
    shared_beginning,
)
from hpc_disk.marks import LABELED, MARKS, UNUSABLE, marks
from hpc_disk.turns import Example, unused_keys

Kind = Literal["conversation", "preference", "corpus"]
KINDS: Final[dict[str, Kind]] = {"sft": "conversation", "pt": "corpus", "dpo": "preference"}
"""What each trainer learns from."""
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
        question("instruction", "input", "output"),
        {"instruction": QUESTION, "input": "", "output": ANSWER},
        ("input", *TALK),
        says="instruction, input, output; for preferences instruction, chosen, rejected",
        title="Alpaca",
    ),
    Format(
        "alpaca",
        "preference",
        ("instruction", "chosen", "rejected"),
        question_with_pair("instruction", "input"),
        {"instruction": QUESTION, "chosen": ANSWER, "rejected": WORSE},
        ("input", *TALK),
    ),
    Format(
        "sharegpt",
        "conversation",
        ("conversations",),
        listed("conversations", alternating=True),
        {"conversations": [*ASKED, _says("gpt", ANSWER)]},
        TALK,
        says="conversations with human and gpt turns; for preferences, with chosen and rejected answers",
        title="ShareGPT",
    ),
    Format(
        "sharegpt",
        "preference",
        ("conversations", "chosen", "rejected"),
        listed_pair("conversations", alternating=True),
        {"conversations": ASKED, "chosen": _says("gpt", ANSWER), "rejected": _says("gpt", WORSE)},
        TALK,
    ),
    Format(
        "messages",
        "preference",
        ("messages", "chosen", "rejected"),
        listed_pair("messages", alternating=False),
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
        listed("messages", alternating=False),
        {"messages": [{"role": "user", "content": QUESTION}, {"role": "assistant", "content": ANSWER}]},
        TALK,
    ),
    Format(
        "completion",
        "conversation",
        ("prompt", "completion"),
        prompt_and_completion,
        {"prompt": QUESTION, "completion": ANSWER},
        TALK,
        says="prompt and completion",
    ),
    Format(
        "preference",
        "preference",
        ("prompt", "chosen", "rejected"),
        prompt_and_pair,
        {"prompt": QUESTION, "chosen": ANSWER, "rejected": WORSE},
        TALK,
        says="prompt, chosen, rejected",
    ),
    Format(
        "preference",
        "preference",
        ("chosen", "rejected"),
        shared_beginning,
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
        question("instruction", "context", "response"),
        {"instruction": QUESTION, "context": "", "response": ANSWER},
        ("context", *TALK),
        says="instruction, context, response",
        title="Dolly",
    ),
    Format(
        "qa",
        "conversation",
        ("question", "answer"),
        question("question", "context", "answer"),
        {"question": QUESTION, "answer": ANSWER},
        ("context", *TALK),
        says="question and answer",
    ),
    Format(
        "qa",
        "preference",
        ("question", "chosen", "rejected"),
        question_with_pair("question", "context"),
        {"question": QUESTION, "chosen": ANSWER, "rejected": WORSE},
        ("context", *TALK),
    ),
    Format("corpus", "corpus", ("text",), document, {"text": "Paris is the capital of France."}, says="text"),
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
