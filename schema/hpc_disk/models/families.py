"""Families of models, by the ``model_type`` of their config.json. A test compares them with the libraries."""

from __future__ import annotations

from typing import Final

RELEASE: Final = "transformers 5.23"
"""The release whose families, methods and names these lists are."""


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
"""The types that it loads as a model that continues a text."""

OTHER: Final = frozenset(
    _names(
        """
    aimv2_vision_model albert align altclip audio-spectrogram-transformer audioflamingo3 bark beit bit bros
    canary canine chinese_clip chmv2 clip clip_text_model clipseg cohere_asr colmodernvbert colpali colqwen2
    conditional_detr convbert convnext convnextv2 csm cvt d_fine dab-detr dac data2vec-audio data2vec-vision
    deberta deberta-v2 deformable_detr deimv2 deit depth_anything depth_pro detr dia dinat dinov2
    dinov2_with_registers dinov3_convnext dinov3_vit distilbert donut-swin dpt edgetam edgetam_video
    efficientloftr efficientnet encoder-decoder eomt eomt_dinov3 esm esmc eurobert fastspeech2_conformer
    fastspeech2_conformer_with_hifigan flaubert flava fnet focalnet fsmt fun_asr_nano funnel glmasr glpn
    gradium_phonon_tts granite_speech granite_speech5_ctc granite_speech_plus grounding-dino gte hgnet_v2 hiera
    higgs_audio_v2 higgs_audio_v2_tokenizer hubert ibert ijepa imagegpt jev jina_embeddings_v3
    kyutai_speech_to_text lasr_ctc layoutlm layoutlmv2 layoutlmv3 led levit lightglue lilt longformer longt5
    luke lw_detr lw_detr_vit lxmert m2m_100 markuplm mask2former maskformer maskformer-swin metaclip_2 mlcd
    mlcd_vision_model mm-grounding-dino mobilebert mobilenet_v1 mobilenet_v2 mobilevit mobilevitv2 modernbert
    modernvbert molmo2_text moonshine moonshine_streaming mpnet mra mt5 musicflamingo nemo_speechlm
    nemotron3_5_asr nemotron3_diarization nemotron_asr_streaming neomme neucodec nllb-moe nomic_bert
    nystromformer omdet-turbo oneformer openai_privacy_filter owlv2 owlvit parakeet_ctc parakeet_rnnt
    parakeet_tdt patchtsmixer patchtst pegasus_x perceiver pixio pocket_tts pocket_tts_audio_tokenizer
    poolformer pop2piano pp_doclayout_v2 pp_doclayout_v3 pp_doclayout_v4 pp_lcnet pp_lcnet_v3 pp_lcnet_v4
    pp_ocrv5_mobile_det pp_ocrv5_mobile_rec pp_ocrv5_server_det pp_ocrv5_server_rec pp_ocrv6_medium_det
    pp_ocrv6_small_det pp_ocrv6_small_rec pp_ocrv6_tiny_rec prompt_depth_anything pvt pvt_v2 qwen2_5_omni
    qwen2_audio qwen3_asr qwen3_omni_moe regnet resnet rf_detr rf_detr_dinov2 rt_detr rt_detr_resnet rt_detr_v2
    sam sam2 sam2_video sam3_tracker sam3_video sam_hq sapiens2 seamless_m4t seamless_m4t_v2 segformer sew
    sew-d siglip siglip2 siglip_vision_model slanet slanext speech-encoder-decoder speech_to_text speecht5
    splinter squeezebert superglue superpoint swiftformer swin swin2sr swinv2 switch_transformers t5 t5gemma
    table-transformer tapas textnet timesfm timesfm2_5 timesformer timm_backbone timm_wrapper tipsv2 tipsv2_dpt
    tipsv2_text_model tipsv2_vision_model ultrabert ultravbert umt5 unispeech unispeech-sat upernet
    uvdoc_backbone vibevoice vibevoice_acoustic_tokenizer vibevoice_asr videomae videomt videoprism
    videoprism_vision_model vilt visual_bert vit vit_mae vit_msn vitdet vitmatte vitpose vitpose_backbone vits
    vivit vjepa2 voxtral voxtral_realtime wav2vec2 wav2vec2-bert wav2vec2-conformer wavlm xcodec2 yolos yoso
    zoedepth
    """
    )
)
"""The types that it has for another task: encoders, encoder-decoders, models of images, sound and tables."""

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

COUNT_FROM_PADDING: Final = frozenset(
    _names("camembert data2vec-text roberta roberta-prelayernorm xlm-roberta xlm-roberta-xl xmod")
)
"""Those of them whose first token has the position after that of padding."""

DECODE_IF_SAID: Final = frozenset(
    _names(
        """
    bert bert-generation big_bird camembert data2vec-text electra ernie megatron-bert rembert roberta
    roberta-prelayernorm roc_bert roformer xlm-roberta xlm-roberta-xl xmod
    """
    )
)
"""Encoders, which continue a text only where config.json says ``is_decoder``: else each token sees those after it."""

TWO_PARTS: Final = frozenset(
    _names(
        """
    bart bigbird_pegasus blenderbot blenderbot-small florence2 marian mbart musicgen musicgen_melody mvp pegasus
    pix2struct plbart pp_formulanet prophetnet t5gemma2 udop vision-encoder-decoder whisper
    """
    )
)
"""Encoder-decoders, unless config.json says otherwise."""

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
    _names("auto-round bitnet fbgemm_fp8 fouroversix fp_quant gemma gguf higgs metal mxfp4 nvfp4 quark spqr vptq")
)
"""Methods of quantization (``quant_method``) whose models transformers loads, but cannot train adapters on."""

PACKAGES: Final[dict[str, tuple[str, ...]]] = {
    "aqlm": ("aqlm",),
    "awq": ("gptqmodel",),
    "bitsandbytes": ("bitsandbytes",),
    "compressed-tensors": ("compressed-tensors",),
    "eetq": ("kernels",),
    "fp8": (),
    "gptq": ("optimum", "gptqmodel"),
    "hqq": ("hqq",),
    "mxfp8": (),
    "quanto": ("optimum-quanto",),
    "sinq": ("sinq",),
    "torchao": ("torchao",),
}
"""The other methods → the packages by which transformers loads such a model."""

ACTIVATIONS: Final = frozenset(
    _names(
        """
    gelu gelu_10 gelu_accurate gelu_fast gelu_new gelu_python gelu_python_tanh gelu_pytorch_tanh hardswish laplace
    leaky_relu linear mish prelu quick_gelu relu relu2 relu6 sigmoid silu sqrtsoftplus swish tanh xielu
    """
    )
)
"""The activation functions that transformers knows by a name."""

DTYPES: Final = ("bfloat16", "float16", "float32", "float64", "float8_e4m3fn", "float8_e5m2")
"""Number formats that weights can have, as torch names them."""

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
