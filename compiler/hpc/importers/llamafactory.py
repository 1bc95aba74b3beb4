"""LLaMA-Factory, the configs of `llamafactory-cli train`.

The sentences of arguments without effect are those of its own documentation.
"""

from __future__ import annotations

from typing import Any, Final

from hpc.importers import huggingface, shared
from hpc.importers.dataset_info import read_datasets
from hpc.importers.llamafactory_idle import IDLE
from hpc.importers.nearby import find
from hpc.importers.prompt_templates import read_template
from hpc.importers.shared import lose, mapped, resolved
from hpc.importers.table import (
    ForeignJob,
    Outcome,
    Table,
    combine,
    convert,
    copy,
    implied,
    implied_as,
    lost,
    part_of,
)
from hpc.importers.tool import Tool, extend
from hpc.importers.tool_values import number, switch, word
from hpc_disk.losses import LOSSES

STAGES: Final = {"sft": "sft", "pt": "pt", "dpo": "dpo"}
NOT_DONE: Final = {
    "rm": "hpc trains no reward models",
    "ppo": "hpc does no reinforcement learning",
    "kto": "hpc's KTO learns from pairs, not from single answers with a label",
}


def stage(job: ForeignJob) -> Outcome:
    """The trainer."""
    name = word(job["stage"])
    if name in STAGES:
        return mapped(trainer=STAGES[name])
    return lose(NOT_DONE.get(name, f"hpc has no trainer {name}"), "use the trainer sft, pt or dpo")


def finetuning_type(job: ForeignJob) -> Outcome:
    """LoRA or all parameters."""
    name = word(job["finetuning_type"])
    return mapped(training_type=name) if name in ("lora", "full") else lose(f"hpc has no {name} training")


def precision(job: ForeignJob) -> Outcome:
    """As in transformers; pure bf16 keeps the weights in 16 bits."""
    return lose("hpc keeps float32 weights in full training") if job.on("pure_bf16") else shared.precision(job)


def preference(job: ForeignJob) -> Outcome:
    """The losses that hpc has."""
    name = word(job["pref_loss"])
    return mapped(pref_loss=name) if name in LOSSES else lose(f"hpc has no preference loss {name}")


def quantization(job: ForeignJob) -> Outcome:
    """Bitsandbytes in 4 or 8 bits."""
    if job["quantization_bit"] in (None, "", "none"):
        return mapped(quantization_bit="none")
    method = str(job["quantization_method"] or "bnb").lower()
    bits = number(job["quantization_bit"])
    if method not in ("bnb", "bitsandbytes", "text") or bits not in (4, 8):
        return lose(f"hpc quantizes with bitsandbytes in 4 or 8 bits only, not {method} in {bits:g}")
    if bits == 4 and str(job["quantization_type"]) == "fp4":
        return lose("hpc quantizes to nf4, not to fp4")
    return mapped(quantization_bit=f"int{bits:g}")


def attention(value: Any) -> bool:
    """fa2 is FlashAttention 2; auto and sdpa are PyTorch's own."""
    return bool(shared.attention(value))


def packing(job: ForeignJob) -> Outcome:
    """Pre-training is packed anyway; packed conversations must not see each other."""
    wanted = job["packing"]
    if job["stage"] == "pt":
        if wanted is not None and not switch(wanted):
            return lose("hpc packs texts in pre-training")
        return Outcome("implied", why="pre-training packs texts into blocks")
    if job.on("neat_packing"):
        return mapped(packing=True)
    if wanted is not None and switch(wanted):
        return lose("packed conversations see each other here; hpc's do not", "write `packing: true`: kept apart")
    return mapped()


def validation(job: ForeignJob) -> Outcome:
    """A share or a number of rows that is kept for evaluation."""
    when = shared.strategy(job.first(("eval_strategy", "evaluation_strategy")))
    return shared.held_out(number(job["val_size"] or 0), evaluates=when != "no")


def evaluation(job: ForeignJob) -> Outcome:
    """Only where there is something to evaluate on."""
    if not job.says("eval_dataset") and not job.says("val_size"):
        return Outcome("no_effect", why="without evaluation data LLaMA-Factory does not evaluate")
    return shared.evaluation(job)


def checkpointing(job: ForeignJob) -> Outcome:
    """LLaMA-Factory checkpoints unless it is disabled; transformers' own switch changes nothing."""
    off = job.on("disable_gradient_checkpointing")
    offloads = job.on("use_unsloth_gc")
    return mapped(disable_gradient_checkpointing=off, **({"unsloth_gradient_checkpointing": True} if offloads else {}))


def alpha(job: ForeignJob) -> Outcome:
    """Twice the rank where it is not written."""
    value = job["lora_alpha"]
    return mapped(lora_alpha=number(value) if value is not None else 2 * int(number(job["lora_rank"])))


def tool_format(job: ForeignJob) -> Outcome:
    """How the tools of a conversation are written."""
    if job["tool_format"] is None:
        return Outcome("no_effect", why="the template decides")
    return resolved("the model's own chat template writes the tools: compare with `hpc data`")


def tokenized(job: ForeignJob) -> Outcome:
    """Rows that were prepared before are read in place of the data."""
    path = job["tokenized_path"]
    if path and find(str(path), job.folder, kinds=("file", "folder")):
        return lose(f"the rows are read from {path}: hpc reads the data itself", "check that it holds the same rows")
    return Outcome("implied", why="hpc keeps prepared rows in its own cache")


def trains(job: ForeignJob) -> Outcome:
    """A config that only evaluates or predicts is no training."""
    if job.says("do_train") and not job.on("do_train"):
        return lose("this job does not train a model, and hpc only trains")
    return Outcome("implied", why="`hpc run` trains")


OWN: Final[Table] = (
    combine(("stage",), ("trainer",), stage, "sft, pt and dpo are hpc's"),
    combine(("do_train",), (), trains, "`hpc run` trains", "implied"),
    copy("model_name_or_path", "model"),
    combine(("template",), (), read_template, "hpc uses the model's own chat template", "resolved"),
    combine(
        ("dataset", "dataset_dir"),
        ("train_data", "data_format"),
        lambda job: read_datasets(job, "dataset", "train_data"),
        "a name is looked up in dataset_info.json",
    ),
    combine(
        ("eval_dataset",),
        ("eval_data",),
        lambda job: read_datasets(job, "eval_dataset", "eval_data"),
        "a name is looked up in dataset_info.json",
    ),
    combine(("val_size",), ("eval_split",), validation, "a share below 1, a number of rows above"),
    combine(
        ("eval_strategy", "evaluation_strategy", "eval_steps"),
        ("eval_strategy", "eval_steps"),
        evaluation,
        "when the model is evaluated",
    ),
    convert("max_samples", "max_samples", number, "of each data set"),
    copy("cutoff_len", "max_sequence_length"),
    combine(("packing", "neat_packing"), ("packing",), packing, "packed conversations are kept apart"),
    convert("default_system", "system_prompt", shared.text, "for conversations without a system turn"),
    combine(("finetuning_type",), ("training_type",), finetuning_type, "lora or full"),
    copy("lora_rank", "lora_rank"),
    combine(("lora_alpha",), ("lora_alpha",), alpha, "twice the rank where it is not written"),
    combine(
        ("lora_dropout",),
        ("lora_dropout",),
        shared.dropout(lambda job: job["stage"] == "dpo"),
        "its trainer of preferences switches all dropout off",
    ),
    convert("lora_target", "target_modules", shared.modules, "all is all-linear"),
    convert("additional_target", "modules_to_save", shared.named_modules, "trained and saved as a whole"),
    huggingface.VARIANT,
    combine(
        ("quantization_bit", "quantization_method", "quantization_type"),
        ("quantization_bit",),
        quantization,
        "bitsandbytes: int4 is nf4",
    ),
    implied("double_quantization", "int4 quantizes its constants, too", unless="hpc quantizes the constants, too"),
    combine(("bf16", "fp16", "pure_bf16"), ("mixed_precision",), precision, "bf16, fp16 or none"),
    convert("flash_attn", "flash_attention_v2", attention, "fa2 is FlashAttention 2; the others are computed by SDPA"),
    convert("enable_liger_kernel", "liger_kernel", shared.switched, "the same kernels", "use_liger_kernel"),
    combine(
        ("disable_gradient_checkpointing", "use_unsloth_gc", "gradient_checkpointing", "activation_checkpointing"),
        ("disable_gradient_checkpointing", "unsloth_gradient_checkpointing"),
        checkpointing,
        "on unless it is disabled",
    ),
    combine(("pref_loss",), ("pref_loss",), preference, f"hpc has {', '.join(LOSSES)}"),
    copy("pref_beta", "pref_beta", "dpo_beta"),
    copy("pref_ftx", "pref_ftx", "dpo_ftx"),
    copy("dpo_label_smoothing", "dpo_label_smoothing"),
    copy("simpo_gamma", "simpo_gamma"),
    convert("early_stopping_steps", "early_stopping_patience", number, "evaluations without a better loss"),
    combine(("seed",), ("seed",), lambda job: mapped(seed=number(job["seed"])), "the seed"),
    implied("ignore_pad_token_for_loss", "padding is never learned", unless="hpc does not learn padding"),
    implied_as(
        "mix_strategy",
        "concat",
        why="the rows of all data sets, once each, in random order",
        unless="hpc takes each row of all data sets once",
    ),
    implied("preprocessing_batch_size", "all texts are joined, and none is cut off"),
    combine(("tool_format",), (), tool_format, "hpc uses the model's own chat template", "resolved"),
    combine(("tokenized_path",), (), tokenized, "hpc keeps prepared rows in its own cache", "implied"),
    implied("disable_shuffling", "rows are shuffled in every epoch", unless="hpc shuffles the rows", on=False),
    implied("enable_thinking", "the model's own chat template decides"),
    implied("preserve_thinking", "the model's own chat template decides"),
    implied("split_special_tokens", "special tokens stay whole", unless="hpc keeps special tokens whole", on=False),
    implied("train_on_prompt", "only answers are learned", unless="hpc learns answers only", on=False),
    implied("mask_history", "every answer is learned", unless="hpc learns every answer of a conversation", on=False),
    *IDLE,
    lost("adapter_name_or_path", "create_new_adapter", why="hpc starts from a base model", instead="merge the adapter"),
    lost("model_revision", why="hpc loads the newest revision", instead="download that revision and name its folder"),
    lost(
        "resize_vocab",
        "add_tokens",
        "add_special_tokens",
        "new_special_tokens_config",
        why="hpc adds no tokens",
        instead="add them to the tokenizer and the model before training",
    ),
    part_of(("add_tokens", "add_special_tokens"), "init_special_tokens", why="hpc adds no tokens"),
    lost("rope_scaling", why="hpc does not change the positions of a model", instead="write it into its config.json"),
    lost("shift_attn", "mixture_of_depths", why="hpc trains the model's own architecture"),
    lost("use_unsloth", "use_kt", "use_mca", "use_hyper_parallel", why="hpc trains with transformers and TRL only"),
    part_of(
        ("use_kt", "use_hyper_parallel"),
        "kt_weight_path",
        "kt_expert_checkpoint_path",
        "kt_use_lora_experts",
        "kt_lora_expert_num",
        "kt_lora_expert_intermediate_size",
        "hyper_parallel_args",
        why="hpc trains with transformers and TRL only",
    ),
    lost("moe_aux_loss_coef", why="hpc adds no loss of the router"),
    lost("upcast_layernorm", "upcast_lmhead_output", why="hpc keeps the number formats of the model's layers"),
    lost("train_from_scratch", why="hpc trains a model that exists"),
    lost("streaming", why="hpc counts the rows", instead="leave it out: rows are read lazily"),
    part_of(("streaming",), "buffer_size", why="hpc shuffles all rows"),
    lost("interleave_probs", why="hpc does not draw from data sets by chance", instead="write weights in `train_data`"),
    part_of(
        ("freeze_language_model",),
        "freeze_trainable_layers",
        "freeze_trainable_modules",
        "freeze_extra_modules",
        why="hpc freezes no layers",
    ),
    lost("freeze_language_model", why="hpc freezes no layers"),
    lost("loraplus_lr_ratio", why="hpc has one learning rate"),
    part_of(("loraplus_lr_ratio",), "loraplus_lr_embedding", why="hpc has one learning rate"),
    lost("pissa_init", why="hpc starts adapters at zero"),
    part_of(("pissa_init",), "pissa_iter", "pissa_convert", why="hpc starts adapters at zero"),
    part_of(("oft_rank",), "oft_rank", "oft_block_size", "oft_target", "module_dropout", why="hpc has no OFT adapters"),
    lost("pref_bco_weight", "ld_alpha", why="hpc's preference losses have no such term"),
    lost("kto_chosen_weight", "kto_rejected_weight", why="hpc weighs both answers the same"),
    part_of(
        ("reward_model",),
        "ppo_buffer_size",
        "ppo_epochs",
        "ppo_score_norm",
        "ppo_target",
        "ppo_whiten_rewards",
        "reward_model_adapters",
        "reward_model_quantization_bit",
        "reward_model_type",
        why="hpc does no reinforcement learning",
    ),
    lost("reward_model", why="hpc does no reinforcement learning"),
    lost("ref_model", "ref_model_adapters", "ref_model_quantization_bit", why="the reference is the base model"),
    lost("use_galore", "use_apollo", "use_badam", "use_adam_mini", "use_muon", why="hpc has no such optimizer"),
    part_of(
        ("use_galore", "use_apollo", "use_badam"),
        *("galore_target", "galore_rank", "galore_update_interval", "galore_scale", "galore_proj_type"),
        *("galore_layerwise", "apollo_target", "apollo_rank", "apollo_update_interval", "apollo_scale", "apollo_proj"),
        *("apollo_proj_type", "apollo_scale_type", "apollo_layerwise", "apollo_scale_front", "badam_mode"),
        *("badam_start_block", "badam_switch_mode", "badam_switch_interval", "badam_update_ratio"),
        *("badam_mask_mode", "badam_verbose"),
        why="hpc has no such optimizer",
    ),
    lost("use_dft_loss", "use_asft_loss", "use_eaft_loss", why="hpc's supervised loss is the plain one"),
    part_of(("use_asft_loss", "use_eaft_loss"), "asft_alpha", "eaft_alpha", why="hpc's loss is the plain one"),
    lost("use_llama_pro", why="hpc adds no blocks to a model"),
    lost("fp8", why="hpc trains in bf16, fp16 or float32"),
    part_of(("fp8",), "fp8_backend", "fp8_enable_fsdp_float8_all_gather", why="hpc trains in bf16, fp16 or float32"),
)

TOOL: Final = Tool(
    "llamafactory",
    "LLaMA-Factory",
    extend(OWN, huggingface.TABLE),
    signature=(
        frozenset(("model_name_or_path", "stage")),
        frozenset(("model_name_or_path", "finetuning_type")),
        frozenset(("model_name_or_path", "template")),
        frozenset(("stage", "finetuning_type")),
        frozenset(("stage", "dataset", "template")),
        frozenset(("cutoff_len", "template", "dataset")),
        frozenset(("dataset", "template", "output_dir", "per_device_train_batch_size")),
    ),
    overridden={"lora_target": "all", "seed": 42, "save_strategy": "steps"},
    always={"merge_adapter": False},
    idle_commands=frozenset(("api", "chat", "eval", "export", "webchat", "webui", "env", "version")),
)
