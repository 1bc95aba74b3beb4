"""The models of the GPU's jobs: true shapes, random weights, the tests' own tokenizer."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from tests.end_to_end.tiny import make_tokenizer
from tests.shapes import LLAMA_1B, LLAMA_8B, QWEN3_4B, SMOLLM2_135M

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
    "135m": SMOLLM2_135M,
    "1b": LLAMA_1B,
    "8b": LLAMA_8B,
    "qwen3 4b": QWEN3_4B,
}
"""Two tiny models, and SmolLM2-135M, Llama-3.2-1B, Llama-3.1-8B and Qwen3-4B as published."""


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
