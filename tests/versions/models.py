"""The tiny models that every release trains, written by the oldest one, which the others all read.

``python -m tests.versions.models FOLDER``, run with that release, writes both into FOLDER.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def models(folder: Path, python: Path) -> None:
    """Write the models with this interpreter, if they are not there."""
    if not (folder / "mixture" / "model.safetensors").exists():
        environment = {**os.environ, "CUDA_VISIBLE_DEVICES": ""}
        subprocess.run([python, "-m", "tests.versions.models", folder], check=True, cwd=ROOT, env=environment)


def make_mixture(folder: Path) -> None:
    """A Mixtral of two layers with four experts."""
    import torch
    from transformers import MixtralConfig, MixtralForCausalLM

    from tests.end_to_end.tiny import make_tokenizer

    tokenizer = make_tokenizer()
    torch.manual_seed(0)
    config = MixtralConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        num_local_experts=4,
        max_position_embeddings=2048,
        bos_token_id=0,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    MixtralForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)


if __name__ == "__main__":
    from tests.end_to_end.tiny import make_tiny

    make_tiny(Path(sys.argv[1]) / "tiny")
    make_mixture(Path(sys.argv[1]) / "mixture")
