"""What a tokenizer lacks for training: a chat template, a padding token."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hpc_runner.errors import say

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

DEFAULT_TEMPLATE = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] }}"
    "{% if message['role'] == 'assistant' %}{{ eos_token }}{% else %}{{ '<|im_end|>' }}{% endif %}{{ '\n' }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
"""ChatML, for a tokenizer that has no template of its own. An answer ends with the tokenizer's own end of sequence, so
that the model learns to stop; the marks are plain text, so that the vocabulary stays what it is."""


def ensure_template(tokenizer: PreTrainedTokenizerBase) -> None:
    """Give the tokenizer a chat template when it has none, and say so. It begins as the tokenizer begins a text."""
    if tokenizer.chat_template is None:
        start = tokenizer.bos_token_id
        begins = start is not None and tokenizer("a", verbose=False)["input_ids"][:1] == [start]
        tokenizer.chat_template = ("{{ bos_token }}" if begins else "") + DEFAULT_TEMPLATE
        say("note: the tokenizer has no chat template; the plain ChatML one is used and saved with the model")


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
