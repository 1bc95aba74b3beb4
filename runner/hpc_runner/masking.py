"""Tokens and labels: which tokens a row has, and which of them are learned.

SFT learns every assistant turn and nothing else. The tokens of a turn are those between the chat template of the turns
before it, with a generation prompt, and the chat template of the turns up to it. So the definition needs no generation
markers in the template, and what is learned is what the model must produce in use: the answer and the end of the turn.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from hpc_disk.turns import Example
from hpc_runner.errors import RunnerError, say

if TYPE_CHECKING:
    from datasets import Dataset
    from transformers import PreTrainedTokenizerBase

IGNORED = -100
"""The label that the loss leaves out."""

DEFAULT_TEMPLATE = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] }}"
    "{% if message['role'] == 'assistant' %}{{ eos_token }}{% else %}{{ '<|im_end|>' }}{% endif %}{{ '\n' }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
"""ChatML, for a tokenizer that has no template of its own. An answer ends with the tokenizer's own end of sequence, so
that the model learns to stop; the marks are plain text, so that the vocabulary stays what it is."""

Messages = list[dict[str, str]]
Tokens = dict[str, list[int]]


def ensure_template(tokenizer: PreTrainedTokenizerBase) -> None:
    """Give the tokenizer a chat template when it has none, and say so."""
    if tokenizer.chat_template is None:
        tokenizer.chat_template = ("{{ bos_token }}" if _begins_with_bos(tokenizer) else "") + DEFAULT_TEMPLATE
        say("note: the tokenizer has no chat template; the plain ChatML one is used and saved with the model")


def _begins_with_bos(tokenizer: PreTrainedTokenizerBase) -> bool:
    """Whether the tokenizer begins every text with its own token, as those of Gemma, Llama 2 and Mistral do."""
    first = tokenizer.bos_token_id
    return first is not None and tokenizer("a", verbose=False)["input_ids"][:1] == [first]


def ensure_pad_token(tokenizer: PreTrainedTokenizerBase) -> None:
    """Choose a padding token that is not the end of sequence, where the vocabulary has one to spare."""
    if tokenizer.pad_token is not None and tokenizer.pad_token != tokenizer.eos_token:
        return
    vocabulary = tokenizer.get_vocab()
    spare = ("<|pad|>", "<pad>", "[PAD]", "<|finetune_right_pad_id|>", "<|endoftext|>", "<unk>")
    for token in (*spare, tokenizer.unk_token):
        if token and token in vocabulary and token != tokenizer.eos_token:
            tokenizer.pad_token = token
            return
    tokenizer.pad_token = tokenizer.eos_token


def conversations(examples: list[Example], tokenizer: PreTrainedTokenizerBase, max_length: int) -> Dataset:
    """Turn ``messages`` into ``input_ids`` and ``labels`` of at most ``max_length`` tokens.

    Raises:
        RunnerError: HPC824 where no row has a token to learn from.
    """
    rows = [row for example in examples for row in tokenize_turns(tokenizer, example["messages"])]
    kept = [_cut(row, max_length) for row in rows]
    return _learnable(kept, max_length)


def tokenize_turns(tokenizer: PreTrainedTokenizerBase, messages: Messages) -> Iterator[Tokens]:
    """One row for the conversation, with all its assistant turns learned.

    Some templates render earlier turns differently once others follow (they drop the reasoning, for example). Then no
    single row shows each answer as the model must give it, and each assistant turn becomes a row of its own.
    """
    answers = [index for index, message in enumerate(messages) if message["role"] == "assistant"]
    whole = _render(tokenizer, messages)
    if all(whole.startswith(_render(tokenizer, messages[: index + 1])) for index in answers):
        yield _learn(tokenizer, messages, answers)
    else:
        for index in answers:
            yield _learn(tokenizer, messages[: index + 1], [index])


def _learn(tokenizer: PreTrainedTokenizerBase, messages: Messages, answers: list[int]) -> Tokens:
    ids = _encode(tokenizer, _render(tokenizer, messages))
    labels = [IGNORED] * len(ids)
    for index in answers:
        before = _encode(tokenizer, _render(tokenizer, messages[:index], prompt=True))
        after = _encode(tokenizer, _render(tokenizer, messages[: index + 1]))
        start, end = _common(before, ids), _common(after, ids)
        labels[start:end] = ids[start:end]
    return {"input_ids": ids, "labels": labels}


def documents(examples: list[Example], tokenizer: PreTrainedTokenizerBase) -> Dataset:
    """Turn ``text`` into ``input_ids``, each document ended by the end of sequence; the trainer packs them."""
    from datasets import Dataset

    end = tokenizer.eos_token_id
    if end is None:
        raise RunnerError("HPC824", "the tokenizer has no end-of-sequence token, so documents cannot be told apart")
    encoded = (tokenizer(text, verbose=False)["input_ids"] for text in (example["text"] for example in examples))
    return Dataset.from_list([{"input_ids": ids if ids[-1:] == [end] else [*ids, end]} for ids in encoded])


def preferences(examples: list[Example], tokenizer: PreTrainedTokenizerBase, max_length: int) -> Dataset:
    """Leave out the rows whose prompt alone fills ``max_length``: no token of an answer would be left to compare.

    DPO and KTO do the same by themselves; ORPO and SimPO would divide by the length of an empty answer.
    """
    from datasets import Dataset

    kept = [row for row in examples if _prompt_length(tokenizer, row["prompt"]) < max_length]
    _tell_dropped(len(examples) - len(kept), len(examples), max_length)
    return Dataset.from_list(kept)


def _prompt_length(tokenizer: PreTrainedTokenizerBase, prompt: Messages) -> int:
    return len(_encode(tokenizer, _render(tokenizer, prompt, prompt=True)))


def _learnable(rows: list[Tokens], max_length: int) -> Dataset:
    from datasets import Dataset

    kept = [row for row in rows if any(label != IGNORED for label in row["labels"][1:])]
    _tell_dropped(len(rows) - len(kept), len(rows), max_length)
    return Dataset.from_list(kept)


def _tell_dropped(dropped: int, total: int, max_length: int) -> None:
    if dropped == total:
        raise RunnerError(
            "HPC824",
            f"no row has a token to learn from within {max_length} tokens",
            "raise max_sequence_length",
        )
    if dropped:
        say(f"warning: {dropped} of {total} rows have no answer within {max_length} tokens and are left out")


def _cut(row: Tokens, max_length: int) -> Tokens:
    return {key: values[:max_length] for key, values in row.items()}


def _render(tokenizer: PreTrainedTokenizerBase, messages: Messages, *, prompt: bool = False) -> str:
    try:
        text: Any = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=prompt)
    except Exception as error:
        raise RunnerError(
            "HPC825",
            f"the model's chat template refuses a conversation: {error}",
            "templates differ in the roles that they know; a system turn is often the reason",
        ) from error
    return str(text)


def _encode(tokenizer: PreTrainedTokenizerBase, text: str) -> list[int]:
    ids: list[int] = tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"]
    return ids


def _common(left: list[int], right: list[int]) -> int:
    """The length of the common beginning."""
    limit = min(len(left), len(right))
    return next((i for i in range(limit) if left[i] != right[i]), limit)
