"""The libraries agree with the rules that speak of them: they refuse what hpc refuses, and train what it lets pass."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from hpc.check import check
from hpc.source import parse

pytestmark = pytest.mark.train
QUIET: dict[str, Any] = {
    "use_cpu": True,
    "bf16": False,
    "report_to": [],
    "save_strategy": "no",
    "logging_steps": 1,
    "max_steps": 1,
    "per_device_train_batch_size": 2,
    "gradient_checkpointing": False,
    "disable_tqdm": True,
}


def parts() -> tuple[Any, Any]:
    """A model and a tokenizer of a few words."""
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    words = {word: i for i, word in enumerate(["<pad>", "<eos>", "<unk>", "a", "b", "c"])}
    tokenizer = Tokenizer(models.WordLevel(words, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    special = {"pad_token": "<pad>", "eos_token": "<eos>", "bos_token": "<eos>", "unk_token": "<unk>"}
    size = LlamaConfig(
        vocab_size=len(words),
        hidden_size=16,
        intermediate_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        max_position_embeddings=64,
    )
    return LlamaForCausalLM(size), PreTrainedTokenizerFast(tokenizer_object=tokenizer, **special)


def supervised(folder: Path, modules: list[str], length: int) -> Any:
    from datasets import Dataset
    from peft import LoraConfig
    from trl import SFTConfig, SFTTrainer

    model, tokenizer = parts()
    return SFTTrainer(
        model=model,
        args=SFTConfig(output_dir=str(folder), max_length=length, **QUIET),
        train_dataset=Dataset.from_dict({"text": ["a b c a b"] * 4}),
        processing_class=tokenizer,
        peft_config=LoraConfig(target_modules=modules),
    )


def codes(text: str) -> list[str]:
    return [d.code for d in check(parse(text, "json", "train.json")).diagnostics]


def test_an_adapter_on_the_head_is_refused_by_both(tmp_path: Path) -> None:
    assert codes('{"target_modules": "lm_head"}') == ["HPC303"]
    with pytest.raises(ValueError, match="lm_head"):
        supervised(tmp_path, ["lm_head"], 16)


def test_orpo_trains_an_adapter_on_the_head(tmp_path: Path) -> None:
    from datasets import Dataset
    from peft import LoraConfig
    from trl.experimental.orpo import ORPOConfig, ORPOTrainer

    assert codes('{"trainer": "dpo", "pref_loss": "orpo", "target_modules": "lm_head"}') == []
    model, tokenizer = parts()
    trainer = ORPOTrainer(
        model=model,
        args=ORPOConfig(output_dir=str(tmp_path), max_length=16, learning_rate=0.1, **QUIET),
        train_dataset=Dataset.from_dict({"prompt": ["a"] * 4, "chosen": [" b c"] * 4, "rejected": [" c b"] * 4}),
        processing_class=tokenizer,
        peft_config=LoraConfig(target_modules=["lm_head"]),
    )
    trainer.train()
    (after,) = (p for name, p in trainer.model.named_parameters() if "lora_B" in name)
    assert after.abs().sum() > 0


def test_one_token_teaches_nothing_and_two_do(tmp_path: Path) -> None:
    assert codes('{"max_sequence_length": 1}') == ["HPC407"]
    norms = []
    for length in (1, 2):
        trainer = supervised(tmp_path, ["q_proj", "v_proj"], length)
        trainer.train()
        norms.append(trainer.state.log_history[0]["grad_norm"])
    assert norms[0] == 0
    assert norms[1] > 0
    assert math.isfinite(norms[1])
