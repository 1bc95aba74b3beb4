"""Families of models that not every supported release of transformers can load; ``make versions`` compares them."""

from __future__ import annotations

from typing import Final


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


SINCE: Final = {
    "4.57": _names(
        """
        apertus blt cohere2_vision deepseek_v2 deepseek_vl deepseek_vl_hybrid doge ernie4_5 ernie4_5_moe
        evolla exaone4 flex_olmo florence2 glm4_moe glm4v_moe gpt_oss hunyuan_v1_dense hunyuan_v1_moe
        kosmos-2.5 lfm2 lfm2_vl longcat_flash ministral modernbert-decoder olmo3 ovis2 perception_lm
        qwen3_next qwen3_vl qwen3_vl_moe seed_oss vaultgemma xlstm
        """
    ),
    "5.3": _names(
        """
        afmoe cwm ernie4_5_vl_moe exaone_moe fast_vlm glm46v glm4_moe_lite glm_moe_dsa glm_ocr jais2
        lfm2_moe lighton_ocr minimax_m2 ministral3 nanochat nemotron_h olmo_hybrid paddleocr_vl qwen3_5
        qwen3_5_moe qwen3_5_moe_text qwen3_5_text solar_open t5gemma2 video_llama_3 youtu
        """
    ),
    "5.7": _names(
        """
        gemma4 gemma4_text hy_v3 laguna minicpmv4_6 mistral4 pi0 pp_chart2table qianfan_ocr
        qwen2_5_omni_thinker qwen3_omni_moe_thinker
        """
    ),
    "5.12": _names(
        """
        cohere2_moe cosmos3_omni deepseek_ocr2 deepseek_v32 deepseek_v4 diffusion_gemma exaone4_5
        gemma4_assistant gemma4_unified gemma4_unified_assistant gemma4_unified_text glmga granite4_vision
        hrm_text hyperclovax mellum minimax_m3_vl minimax_m3_vl_text pp_formulanet
        """
    ),
    "5.23": _names(
        """
        axk1 axk2 bailing_hybrid beam cohere_compass cohere_compass_text cosmos3_edge dots3_note
        dots3_note_text flint glm5_next granite_docling granite_swa granitemoe_swa hunyuan_vl hy_v4
        hyperclovax_vision_v2 inkling2 inkling2_text inkling_mm_model inkling_text internlm3 iquestcoder
        kimi_k25 kimi_linear kolibri1 lfm3 lfm3_vl mimo_v2_flash minicpm3 minicpm_ocr minicpmv4_7
        mistral_large4 molmo2 moss_transcribe_diarize muse_glimmer muse_spark nemotron_h_omni qwen4_exp
        qwen4_exp_text step3p7 unlimited_ocr zaya
        """
    ),
}
"""Release of transformers → the families, by ``model_type``, that it has and the pair before it does not."""

BALANCED: Final = _names(
    """
    deepseek_v4 doge ernie4_5_moe ernie4_5_vl_moe flex_olmo flint glm4v_moe glm5_next gpt_oss granitemoe
    granitemoe_swa granitemoehybrid granitemoeshared jamba laguna llama4 llama4_text mellum minimax
    minimax_m2 minimax_m3_vl minimax_m3_vl_text mixtral olmoe phimoe qwen2_moe qwen3_5_moe
    qwen3_5_moe_text qwen3_moe qwen3_next qwen3_omni_moe_thinker qwen3_vl_moe qwen4_exp qwen4_exp_text
    """
)
"""The families whose loss balances the load of their experts, unless their config.json sets its weight to 0."""

BALANCED_SINCE: Final = {"5.23": _names("glm4v_moe qwen3_vl_moe")}
"""Release of transformers → those of them for which the pair before it has no such loss."""
