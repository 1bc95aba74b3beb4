"""A random two-layer Llama of hidden size 32 with its own small tokenizer: real files, made in a second."""

from __future__ import annotations

from pathlib import Path
from typing import Any

END = "<|im_end|>"
SPECIAL = ["<|endoftext|>", "<|im_start|>", END, "<|pad|>"]

PLAIN = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
MARKED = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n"
    "{% if message['role'] == 'assistant' %}{% generation %}{{ message['content'] }}<|im_end|>"
    "{% endgeneration %}{{ '\n' }}"
    "{% else %}{{ message['content'] }}<|im_end|>\n{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)

TEXT = [
    "The quick brown fox jumps over the lazy dog. What is the capital of France? Paris, of course.",
    "user assistant system learning rate batch size epochs model question answer tokens training loss",
    "Once upon a time there was a compiler that turned a page of numbers into a trained model.",
    "0 1 2 3 4 5 6 7 8 9 10 100 1000; yes, no: true; false. How many? One, two, three!",
]


def make_tiny(folder: Path, *, template: str | None = PLAIN, seed: int = 0) -> Path:
    """Write the model and its tokenizer into ``folder`` and return it; a folder that has one already is kept.

    Args:
        folder: Where to write.
        template: The chat template: ``PLAIN``, ``MARKED`` (with generation markers), another one, or None.
        seed: Of the random weights.
    """
    if (folder / "model.safetensors").exists():
        return folder
    from transformers import LlamaForCausalLM

    return write_model(folder, LlamaForCausalLM, template=template, seed=seed)


def write_model(folder: Path, kind: Any, *, template: str | None = PLAIN, seed: int = 0, **sizes: Any) -> Path:
    """Write a model of this class with random weights in float32, and the tests' tokenizer.

    ``sizes`` are settings of its ``config.json``; those that are not given are the tiny model's.
    """
    import torch

    tokenizer = make_tokenizer(template)
    torch.manual_seed(seed)
    tiny = {
        "vocab_size": len(tokenizer),
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "max_position_embeddings": 2048,
        "bos_token_id": 0,
        "eos_token_id": tokenizer.eos_token_id,
        "pad_token_id": tokenizer.pad_token_id,
    }
    kind(kind.config_class(**{**tiny, **sizes})).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def make_tokenizer(template: str | None = PLAIN):  # type: ignore[no-untyped-def]
    """A byte-level BPE tokenizer of 512 tokens, trained on the spot; its turn end is also its end of sequence."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    raw = Tokenizer(models.BPE())
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=512, special_tokens=SPECIAL, initial_alphabet=alphabet, show_progress=False
    )
    raw.train_from_iterator(TEXT * 4, trainer)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=raw, bos_token="<|endoftext|>", eos_token=END, pad_token="<|pad|>", model_max_length=2048
    )
    tokenizer.chat_template = template
    return tokenizer
