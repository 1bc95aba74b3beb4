"""Tiny random models of many families: real classes of transformers, two layers, a tokenizer trained on the spot."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.end_to_end.tiny import TEXT
from tests.families import templates as t
from tests.families.templates import Template, special_tokens

SIZES: dict[str, Any] = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 512,
}
OLD: dict[str, Any] = {"n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": 512}
NO_DROPOUT = {"resid_pdrop": 0, "embd_pdrop": 0, "attn_pdrop": 0}
"""So that the loss of a step can be computed."""
EXPERTS = {"num_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 16}
VISION = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 1, "num_attention_heads": 2}
LINEAR_ATTENTION: dict[str, Any] = {
    **SIZES,
    "head_dim": 16,
    "layer_types": ["linear_attention", "full_attention"],
    "linear_num_value_heads": 2,
    "linear_num_key_heads": 2,
    "linear_key_head_dim": 16,
    "linear_value_head_dim": 16,
}
TOWER = {**{key: VISION[key] for key in ("hidden_size", "intermediate_size")}, "depth": 1, "num_heads": 2}
TOWER |= {"patch_size": 14, "out_hidden_size": 32}
MROPE = {"rope_type": "default", "mrope_section": [1, 1, 2], "rope_theta": 10000.0}
PICTURES = {"image_size": 28, "patch_size": 14}


@dataclass(frozen=True)
class Family:
    """One family: its type in transformers, the sizes of the tiny model, its template.

    ``text`` holds the sizes of the language model where the family also sees. ``beside`` are files that published
    folders of the family have beside the weights.
    """

    type: str
    sizes: dict[str, Any]
    template: Template = t.CHATML
    text: dict[str, Any] | None = None
    beside: tuple[str, ...] = ()
    head: dict[str, Any] = field(default_factory=dict)


def plain(kind: str, template: Template, **sizes: Any) -> Family:
    """A family with the usual names of sizes."""
    return Family(kind, {**SIZES, **sizes}, template)


FAMILIES: dict[str, Family] = {
    "llama": plain("llama", t.LLAMA),
    "qwen2": plain("qwen2", t.QWEN, tie_word_embeddings=True),
    "qwen3": plain("qwen3", t.QWEN3, head_dim=8),
    "qwen3_5": Family("qwen3_5_text", LINEAR_ATTENTION, t.QWEN3_5),
    "mistral": plain("mistral", t.MISTRAL),
    "mixtral": plain("mixtral", t.MISTRAL, num_local_experts=4),
    "qwen3_moe": plain("qwen3_moe", t.QWEN3, head_dim=8, **EXPERTS),
    "deepseek_v3": plain(
        "deepseek_v3",
        t.DEEPSEEK,
        num_key_value_heads=4,
        n_routed_experts=4,
        num_experts_per_tok=2,
        moe_intermediate_size=16,
        n_group=1,
        topk_group=1,
        first_k_dense_replace=1,
        kv_lora_rank=16,
        q_lora_rank=16,
        qk_rope_head_dim=8,
        qk_nope_head_dim=8,
        v_head_dim=8,
    ),
    "gpt_oss": plain("gpt_oss", t.GPT_OSS, head_dim=8, num_local_experts=4, num_experts_per_tok=2),
    "gemma": plain("gemma", t.GEMMA, head_dim=8),
    "gemma2": plain("gemma2", t.GEMMA, head_dim=8),
    "gemma3_text": plain("gemma3_text", t.GEMMA3, head_dim=8),
    "phi": plain("phi", t.CHATML),
    "phi3": plain("phi3", t.PHI3),
    "gpt2": Family("gpt2", {**OLD, **NO_DROPOUT}, t.BASE),
    "gpt_neox": plain("gpt_neox", t.NONE),
    "gptj": Family("gptj", {**OLD, "rotary_dim": 4}, t.CHATML),
    "opt": Family("opt", {**SIZES, "ffn_dim": 64, "word_embed_proj_dim": 32, "dropout": 0}, t.CHATML),
    "bloom": Family("bloom", {"hidden_size": 32, "n_layer": 2, "n_head": 4}, t.CHATML),
    "falcon": plain("falcon", t.CHATML, new_decoder_architecture=True, num_kv_heads=2),
    "granite": plain("granite", t.GRANITE),
    "olmo2": plain("olmo2", t.CHATML),
    "cohere2": plain("cohere2", t.COHERE, head_dim=8, logit_scale=1.0),
    "lfm2": plain("lfm2", t.CHATML, layer_types=["conv", "full_attention"]),
    "starcoder2": plain("starcoder2", t.NONE),
    "smollm3": plain("smollm3", t.CHATML),
    "stablelm": plain("stablelm", t.CHATML),
    "glm4": plain("glm4", t.CHATML, head_dim=8),
    "mamba": Family("mamba", {"hidden_size": 32, "num_hidden_layers": 2, "state_size": 8, "time_step_rank": 4}, t.NONE),
    "gemma3": Family(
        "gemma3",
        {"mm_tokens_per_image": 4, "vision_config": {**VISION, **PICTURES}},
        t.GEMMA3,
        text={**SIZES, "head_dim": 8},
        beside=("preprocessor_config.json", "processor_config.json"),
    ),
    "qwen3_5_vl": Family(
        "qwen3_5",
        {"vision_config": {**TOWER, "num_position_embeddings": 16, "spatial_merge_size": 1}},
        t.QWEN3_5,
        text=LINEAR_ATTENTION,
        beside=("preprocessor_config.json",),
    ),
    "qwen2_5_vl": Family(
        "qwen2_5_vl",
        {"vision_config": {**TOWER, "fullatt_block_indexes": [0]}},
        t.QWEN,
        text={**SIZES, "rope_parameters": MROPE},
        beside=("preprocessor_config.json",),
    ),
    "qwen3_vl": Family(
        "qwen3_vl",
        {"vision_config": {**TOWER, "num_position_embeddings": 16, "deepstack_visual_indexes": [0]}},
        t.QWEN3,
        text={**SIZES, "head_dim": 8, "rope_parameters": MROPE},
        beside=("preprocessor_config.json",),
    ),
    "llava": Family(
        "llava",
        {"vision_config": {**VISION, **PICTURES, "model_type": "clip_vision_model", "projection_dim": 32}},
        t.LLAMA,
        text={**SIZES, "model_type": "llama"},
        beside=("preprocessor_config.json",),
    ),
    "smolvlm": Family(
        "smolvlm", {"vision_config": {**VISION, **PICTURES}}, t.CHATML, text={**SIZES, "model_type": "llama"}
    ),
    "mistral3": Family(
        "mistral3",
        {"vision_config": {**VISION, **PICTURES, "model_type": "pixtral", "head_dim": 16}},
        t.MISTRAL,
        text={**SIZES, "model_type": "mistral", "head_dim": 8},
        beside=("preprocessor_config.json", "processor_config.json"),
    ),
}


def make(name: str, folder: Path) -> Path:
    """Write the tiny model: ``folder/model`` in 32 bits and ``folder/half`` in bfloat16. Returns ``folder``."""
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM, AutoModelForImageTextToText

    family = FAMILIES[name]
    tokenizer = make_tokenizer(family.template)
    ids = {f"{kind}_token_id": getattr(tokenizer, f"{kind}_token_id") for kind in ("bos", "eos", "pad")}
    vocabulary = {"vocab_size": len(tokenizer), **ids}
    settings = {**family.sizes, **vocabulary}
    if family.text is not None:
        settings = {**family.sizes, "text_config": {**family.text, **vocabulary}, **ids}
        settings |= {"image_token_index": 0, "image_token_id": 0, "boi_token_index": 0, "eoi_token_index": 0}
    torch.manual_seed(0)
    auto = AutoModelForCausalLM if family.text is None else AutoModelForImageTextToText
    model = auto.from_config(AutoConfig.for_model(family.type, **settings))
    for part, dtype in (("model", torch.float32), ("half", torch.bfloat16)):
        model.to(dtype).save_pretrained(folder / part)
        tokenizer.save_pretrained(folder / part)
        for file in (*family.beside, "LICENSE"):
            (folder / part / file).write_text("{}")
    return folder


def make_tokenizer(template: Template) -> Any:
    """A byte-level BPE tokenizer with the template's own special tokens."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    raw = Tokenizer(models.BPE())
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = decoders.ByteLevel()
    special = special_tokens(template)
    trainer = trainers.BpeTrainer(
        vocab_size=512,
        special_tokens=special,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    raw.train_from_iterator(TEXT * 4, trainer)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=raw,
        bos_token=template.bos,
        eos_token=template.eos,
        pad_token="<|pad|>",
        additional_special_tokens=[token for token in special if "think" not in token],
    )
    tokenizer.chat_template = template.published()
    return tokenizer
