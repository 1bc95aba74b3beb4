"""The models of the GPU's jobs: true shapes, random weights, the tests' own tokenizer."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from tests.end_to_end.tiny import make_tokenizer

LLAMA_1B: Final[dict[str, Any]] = {
    "model_type": "llama",
    "hidden_size": 2048,
    "intermediate_size": 8192,
    "num_hidden_layers": 16,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "head_dim": 64,
    "vocab_size": 128256,
    "tie_word_embeddings": True,
    "max_position_embeddings": 131072,
}
SHAPES: Final[dict[str, dict[str, Any]]] = {
    "tiny": {
        "model_type": "llama",
        "hidden_size": 128,
        "intermediate_size": 384,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "num_key_value_heads": 1,
        "vocab_size": 512,
        "max_position_embeddings": 2048,
    },
    "tiny qwen3": {
        "model_type": "qwen3",
        "hidden_size": 128,
        "intermediate_size": 384,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "num_key_value_heads": 1,
        "head_dim": 64,
        "vocab_size": 512,
    },
    "135m": {
        "model_type": "llama",
        "hidden_size": 576,
        "intermediate_size": 1536,
        "num_hidden_layers": 30,
        "num_attention_heads": 9,
        "num_key_value_heads": 3,
        "vocab_size": 49152,
        "tie_word_embeddings": True,
        "max_position_embeddings": 8192,
    },
    "1b": LLAMA_1B,
    "8b": {
        **LLAMA_1B,
        "hidden_size": 4096,
        "intermediate_size": 14336,
        "num_hidden_layers": 32,
        "head_dim": 128,
        "tie_word_embeddings": False,
    },
    "qwen3 4b": {
        "model_type": "qwen3",
        "hidden_size": 2560,
        "intermediate_size": 9728,
        "num_hidden_layers": 36,
        "num_attention_heads": 32,
        "num_key_value_heads": 8,
        "head_dim": 128,
        "vocab_size": 151936,
        "tie_word_embeddings": True,
        "max_position_embeddings": 40960,
    },
}
"""``config.json`` of SmolLM2-135M, Llama-3.2-1B, Llama-3.1-8B and Qwen3-4B, as published, and of two tiny models."""


def make_model(folder: Path, name: str) -> Path:
    """A model of this shape in bfloat16, its weights drawn on the GPU where there is one; a folder that has one stays.

    The weights of a tiny model are in float32: tests compare its numbers.
    """
    if (folder / "tokenizer.json").exists():
        return folder
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    tokenizer = make_tokenizer()
    ids = {"bos_token_id": 0, "eos_token_id": tokenizer.eos_token_id, "pad_token_id": tokenizer.pad_token_id}
    values = {key: value for key, value in SHAPES[name].items() if key != "model_type"}
    config = AutoConfig.for_model(SHAPES[name]["model_type"], **values, **ids)
    torch.manual_seed(0)
    with torch.device("cuda" if torch.cuda.is_available() else "cpu"):
        dtype = torch.float32 if name.startswith("tiny") else torch.bfloat16
        AutoModelForCausalLM.from_config(config, dtype=dtype).save_pretrained(folder)
    tokenizer.model_max_length = values.get("max_position_embeddings", 2048)
    tokenizer.save_pretrained(folder)
    return folder
