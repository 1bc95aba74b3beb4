"""Families of models, by the ``model_type`` of their config.json. A test compares them with the libraries."""

from __future__ import annotations

from typing import Final


def _names(text: str) -> list[str]:
    return text.split()


TRANSFORMERS: Final = frozenset(
    _names(
        """
    afmoe apertus arcee aria aria_text axk1 axk2 aya_vision bailing_hybrid bamba bart beam bert
    bert-generation big_bird bigbird_pegasus biogpt bitnet blenderbot blenderbot-small blip blip-2 bloom blt
    camembert chameleon codegen cohere cohere2 cohere2_moe cohere2_vision cohere_compass cohere_compass_text
    cosmos3_edge cosmos3_omni cpmant ctrl cwm data2vec-text dbrx deepseek_ocr2 deepseek_v2 deepseek_v3
    deepseek_v32 deepseek_v4 deepseek_vl deepseek_vl_hybrid diffllama diffusion_gemma doge dots1 dots3_note
    dots3_note_text electra emu3 ernie ernie4_5 ernie4_5_moe ernie4_5_vl_moe evolla exaone4 exaone4_5
    exaone_moe falcon falcon_h1 falcon_mamba fast_vlm flex_olmo flint florence2 fuyu gemma gemma2 gemma3
    gemma3_text gemma3n gemma3n_text gemma4 gemma4_assistant gemma4_text gemma4_unified
    gemma4_unified_assistant gemma4_unified_text git glm glm4 glm46v glm4_moe glm4_moe_lite glm4v glm4v_moe
    glm5_next glm_moe_dsa glm_ocr glmga got_ocr2 gpt-sw3 gpt2 gpt_bigcode gpt_neo gpt_neox gpt_neox_japanese
    gpt_oss gptj granite granite4_vision granite_docling granite_swa granitemoe granitemoe_swa
    granitemoehybrid granitemoeshared helium hrm_text hunyuan_v1_dense hunyuan_v1_moe hunyuan_vl hy_v3 hy_v4
    hyperclovax hyperclovax_vision_v2 idefics idefics2 idefics3 inkling2 inkling2_text inkling_mm_model
    inkling_text instructblip instructblipvideo internlm3 internvl iquestcoder jais2 jamba janus jetmoe
    kimi_k25 kimi_linear kolibri1 kosmos-2 kosmos-2.5 laguna lfm2 lfm2_moe lfm2_vl lfm3 lfm3_vl lighton_ocr llama llama4
    llama4_text llava llava_next llava_next_video llava_onevision longcat_flash mamba mamba2 marian mbart
    megatron-bert mellum mimo_v2_flash minicpm3 minicpm_ocr minicpmv4_6 minicpmv4_7 minimax minimax_m2
    minimax_m3_vl minimax_m3_vl_text ministral ministral3 mistral mistral3 mistral4 mistral_large4 mixtral
    mllama modernbert-decoder molmo2 moshi moss_transcribe_diarize mpt muse_glimmer muse_spark musicgen
    musicgen_melody mvp nanochat nemotron nemotron_h nemotron_h_omni olmo olmo2 olmo3 olmo_hybrid olmoe
    openai-gpt opt ovis2 paddleocr_vl paligemma pegasus perception_lm persimmon phi phi3 phi4_multimodal
    phimoe pi0 pix2struct plbart pp_chart2table pp_formulanet prophetnet qianfan_ocr qwen2
    qwen2_5_omni_thinker qwen2_5_vl qwen2_moe qwen2_vl qwen3 qwen3_5 qwen3_5_moe qwen3_5_moe_text qwen3_5_text
    qwen3_moe qwen3_next qwen3_omni_moe_thinker qwen3_vl qwen3_vl_moe qwen4_exp qwen4_exp_text recurrent_gemma
    reformer rembert roberta roberta-prelayernorm roc_bert roformer rwkv seed_oss shieldgemma2 smollm3 smolvlm
    solar_open stablelm starcoder2 step3p7 t5gemma2 trocr udop unlimited_ocr vaultgemma video_llama_3
    video_llava vipllava vision-encoder-decoder whisper xglm xlm xlm-roberta xlm-roberta-xl xlnet xlstm xmod
    youtu zamba zamba2 zaya
    """
    )
)
"""The types that transformers 5.23 loads as a model that continues a text."""

LEARNED_POSITIONS: Final = frozenset(
    _names(
        """
    bart bert big_bird bigbird_pegasus biogpt blenderbot blenderbot-small camembert codegen ctrl data2vec-text
    electra ernie git gpt-sw3 gpt2 gpt_bigcode gpt_neo gptj mbart megatron-bert mpt mvp openai-gpt opt plbart
    rembert roberta roberta-prelayernorm roc_bert trocr whisper xlm xlm-roberta xlm-roberta-xl xmod
    """
    )
)
"""The types with a table of positions: a position beyond its end stops the run."""

MIXTRAL: Final = {"gate_up_proj": ("w1", "w3"), "down_proj": ("w2",)}
QWEN_MOE: Final = {"gate_up_proj": ("gate_proj", "up_proj"), "down_proj": ("down_proj",)}
FUSED: Final = {
    **dict.fromkeys(("minimax", "minimax_m2", "mixtral"), MIXTRAL),
    **dict.fromkeys(
        _names(
            """
    afmoe beam cohere2_moe deepseek_v2 deepseek_v3 deepseek_v32 dots1 ernie4_5_moe exaone_moe flex_olmo
    glm4_moe glm4_moe_lite glm4v_moe glm_moe_dsa hunyuan_v1_moe longcat_flash mellum olmoe qwen2_moe qwen3_moe
    qwen3_next qwen3_omni_moe qwen3_omni_moe_text qwen3_omni_moe_thinker solar_open
    """
        ),
        QWEN_MOE,
    ),
}
"""Mixtures of experts → the parameter that holds all experts of a layer → the matrices that the files have instead."""

DENSE: Final = frozenset(_names("gemma gemma2 granite llama mistral olmo2 qwen2 qwen3 smollm3"))
"""The types whose layers all have the matrices of Llama: query, key and value apart, and a gated MLP."""

DIRECT: Final = {
    **dict.fromkeys(("falcon_mamba", "mamba"), ("conv1d", "dt_proj", "out_proj", "x_proj")),
    **dict.fromkeys(_names("bamba falcon_h1 granitemoehybrid mamba2 nemotron_h zamba2"), ("conv1d", "out_proj")),
    "jamba": ("conv1d", "dt_proj"),
}
"""Types with Mamba layers → modules whose weights are read directly, at least by the kernels for a GPU.

PEFT refuses an adapter on them or it is never trained, and bitsandbytes would leave packed bytes there.
"""

INFERENCE: Final = frozenset(
    _names("auto-round bitnet fbgemm_fp8 fouroversix fp_quant higgs metal mxfp4 nvfp4 quark spqr vptq")
)
"""Methods of quantization (``quant_method``) whose models transformers 5.23 loads, but cannot train adapters on."""

TRIED: Final = frozenset(
    _names(
        """
    bloom cohere2 deepseek_v3 falcon gemma gemma2 gemma3 gemma3_text glm4 gpt2 gpt_neox gpt_oss gptj granite
    lfm2 llama llava mamba mistral mistral3 mixtral olmo2 opt phi phi3 qwen2 qwen2_5_vl qwen3 qwen3_5 qwen3_5_text
    qwen3_moe qwen3_vl smollm3 smolvlm stablelm starcoder2
    """
    )
)
"""The types that `make families` trains (see docs/reference/models.md)."""
