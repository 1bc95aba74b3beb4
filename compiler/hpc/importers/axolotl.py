"""Axolotl, the configs of `axolotl train`.

The sentences of arguments without effect are those of its own documentation, where it has one.
"""

from __future__ import annotations

from typing import Final

from hpc.importers import huggingface, shared
from hpc.importers.axolotl_idle import IDLE
from hpc.importers.axolotl_lost import LOST
from hpc.importers.axolotl_readings import (
    NO_PREFERENCE,
    adapter,
    attention,
    beta,
    chat_template,
    checkpointing,
    datasets,
    dpo_loss,
    epochs,
    evaluation,
    legacy,
    liger,
    logging,
    longer,
    micro_batches,
    number_or_none,
    optimizer,
    packing,
    plugins,
    precision,
    resume,
    saving,
    scheduler,
    supervised,
    targets,
    tokenizer,
    trackers,
    trainer,
    unfrozen,
    validation,
    warmup,
    watchdog,
)
from hpc.importers.special_tokens import read_special_tokens
from hpc.importers.table import Table, combine, convert, copy, implied, part_of
from hpc.importers.tool import Note, Tool, extend
from hpc.importers.tool_values import number

OWN: Final[Table] = (
    copy("base_model", "model"),
    combine(("rl",), ("trainer", "pref_loss"), trainer, "sft, pt and dpo are hpc's"),
    combine(
        ("datasets",),
        ("train_data", "data_format"),
        lambda job: datasets(job, "datasets", "train_data"),
        "paths, and the format of their type",
    ),
    combine(
        ("pretraining_dataset",),
        ("train_data", "data_format"),
        lambda job: datasets(job, "pretraining_dataset", "train_data"),
        "paths of plain text",
    ),
    combine(
        ("test_datasets",), ("eval_data",), lambda job: datasets(job, "test_datasets", "eval_data"), "paths of data"
    ),
    combine(("val_set_size",), ("eval_split",), validation, "a share below 1, a number of rows above"),
    copy("output_dir", "output_dir"),
    copy("sequence_len", "max_sequence_length"),
    copy("micro_batch_size", "batch_size"),
    combine(
        ("gradient_accumulation_steps", "batch_size"),
        ("gradient_accumulation_steps",),
        micro_batches,
        "written, or the total batch divided by the micro batch",
    ),
    combine(("num_epochs",), ("epochs",), lambda job: epochs(job), "whole epochs"),
    combine(("max_steps",), ("max_steps",), shared.max_steps, "they win over the epochs"),
    copy("learning_rate", "learning_rate"),
    copy("weight_decay", "weight_decay"),
    copy("max_grad_norm", "max_grad_norm"),
    combine(("optimizer",), ("optimizer",), optimizer, "fused and paged AdamW make the same update"),
    combine(
        ("lr_scheduler", "cosine_min_lr_ratio"),
        ("lr_scheduler_type", "lr_min_ratio"),
        scheduler,
        "hpc's constant warms up, too",
    ),
    combine(
        ("warmup_steps", "warmup_ratio"),
        ("lr_warmup_steps", "lr_warmup_ratio"),
        warmup,
        "3 % of the steps where nothing is written",
    ),
    combine(("bf16", "fp16", "bfloat16", "float16"), ("mixed_precision",), precision, "bf16, fp16 or none"),
    combine(
        ("adapter", "load_in_4bit", "load_in_8bit"),
        ("training_type", "quantization_bit"),
        adapter,
        "qlora is LoRA on a base in 4 bits",
    ),
    copy("lora_r", "lora_rank"),
    copy("lora_alpha", "lora_alpha"),
    combine(
        ("lora_dropout",),
        ("lora_dropout",),
        shared.dropout(lambda job: job["rl"] not in NO_PREFERENCE),
        "its trainers of preferences switch all dropout off",
    ),
    combine(
        ("lora_target_linear", "lora_target_modules"),
        ("target_modules",),
        targets,
        "all linear layers, or the names that are written",
    ),
    convert("lora_modules_to_save", "modules_to_save", shared.named_modules, "trained and saved as a whole"),
    combine(
        ("peft_use_dora", "peft_use_rslora"),
        ("lora_variant",),
        shared.variant("peft_use_dora", "peft_use_rslora"),
        "DoRA or rsLoRA",
    ),
    combine(
        ("sample_packing", "pretrain_multipack_attn"), ("packing",), packing, "packed conversations are kept apart"
    ),
    convert("group_by_length", "group_by_length", shared.switched, "rows of similar length together"),
    combine(
        ("gradient_checkpointing", "activation_offloading"),
        ("disable_gradient_checkpointing", "unsloth_gradient_checkpointing"),
        checkpointing,
        "the opposite of hpc's switch",
    ),
    combine(
        ("flash_attention", "attn_implementation"),
        ("flash_attention_v2",),
        attention,
        "FlashAttention 2; the others compute the same",
    ),
    combine(
        ("eval_strategy", "evaluation_strategy", "eval_steps", "evals_per_epoch"),
        ("eval_strategy", "eval_steps"),
        evaluation,
        "when the model is evaluated",
    ),
    combine(
        ("save_strategy", "save_steps", "saves_per_epoch"),
        ("checkpoint_strategy", "checkpoint_steps"),
        saving,
        "when a checkpoint is saved",
    ),
    convert("save_total_limit", "number_of_checkpoints", number, "how many are kept"),
    copy("save_only_model", "save_only_model"),
    huggingface.BEST,
    convert("early_stopping_patience", "early_stopping_patience", number_or_none, "evaluations without a better loss"),
    combine(
        ("loss_watchdog_threshold", "loss_watchdog_patience"),
        (),
        watchdog,
        "hpc stops only at a loss that is not a number",
        "resolved",
    ),
    combine(("logging_steps",), ("logging_steps",), logging, "steps between two logs"),
    combine(
        ("wandb_project", "use_wandb", "use_mlflow", "mlflow_tracking_uri", "use_tensorboard"),
        ("report_to",),
        trackers,
        "Weights & Biases where a project is named",
    ),
    huggingface.DEEPSPEED,
    huggingface.FSDP,
    part_of(("fsdp",), "fsdp_version", "fsdp_final_state_dict_type", why="hpc shards with DeepSpeed"),
    copy("seed", "seed"),
    combine(
        ("liger_rope", "liger_rms_norm", "liger_layer_norm", "liger_swiglu", "liger_glu_activation"),
        ("liger_kernel",),
        liger,
        "any of Liger's kernels",
    ),
    combine(
        ("resume_from_checkpoint", "auto_resume_from_checkpoints"),
        ("resume_from_checkpoint",),
        resume,
        "true is the newest checkpoint in the output folder",
    ),
    combine(("rl_beta", "dpo_beta", "orpo_alpha"), ("pref_beta",), beta, "ORPO calls it alpha"),
    combine(("dpo_loss_type",), ("pref_loss",), dpo_loss, "one loss that hpc has"),
    copy("simpo_gamma", "simpo_gamma"),
    combine(("rpo_alpha", "cpo_alpha"), ("pref_ftx",), supervised, "the weight of the supervised loss", single=True),
    copy("dpo_label_smoothing", "dpo_label_smoothing"),
    combine(
        ("chat_template", "chat_template_jinja"),
        ("chat_template",),
        chat_template,
        "hpc uses the model's own chat template",
        "resolved",
    ),
    copy("default_system_message", "system_prompt"),
    combine(("special_tokens",), (), read_special_tokens, "equal to the tokenizer's, nothing changes", "no_effect"),
    combine(("unfrozen_parameters",), (), unfrozen, "hpc freezes no layers", "lost"),
    implied("train_on_inputs", "only answers are learned", unless="hpc learns answers only", on=False),
    implied("shuffle_merged_datasets", "all rows are shuffled together", unless="hpc shuffles all rows"),
    implied("shuffle_before_merging_datasets", "all rows are shuffled together"),
    combine(("excess_length_strategy",), (), longer, "hpc cuts longer rows", "implied"),
    implied("save_safetensors", "weights are saved as safetensors", "safe_serialization"),
    implied("gradient_checkpointing_kwargs", "hpc chooses the right kind of checkpointing"),
    implied("skip_prepare_dataset", "hpc prepares the rows itself"),
    implied("xformers_attention", "it computes the same attention", "sdp_attention", "eager_attention"),
    implied("flex_attention", "it computes the same attention", "flash_optimum"),
    implied("peft_autocast_adapter_dtype", "adapters are trained in float32", unless="hpc trains adapters in float32"),
    implied(
        "sample_packing_bin_size",
        "hpc counts the packs, and how many conversations fit",
        "sample_packing_group_size",
        "sample_packing_eff_est",
        "total_num_tokens",
    ),
    combine(("plugins",), (), plugins, "each plugin's own keys say what it does", "no_effect"),
    combine(("tokenizer_config",), (), tokenizer, "hpc loads the model's own tokenizer", "no_effect"),
    combine(("tokenizer_legacy",), (), legacy, "hpc loads the tokenizer as it is saved", "resolved"),
    *IDLE,
    *LOST,
)

TOOL: Final = Tool(
    "axolotl",
    "Axolotl",
    extend(OWN, huggingface.TABLE),
    signature=(
        frozenset(("base_model", "datasets")),
        frozenset(("base_model", "micro_batch_size")),
        frozenset(("base_model", "sequence_len")),
        frozenset(("micro_batch_size", "num_epochs")),
        frozenset(("base_model", "adapter")),
        frozenset(("base_model", "pretraining_dataset")),
    ),
    overridden={
        "max_grad_norm": 1.0,
        "save_total_limit": 4,
        "seed": 42,
        "gradient_accumulation_steps": 1,
        "weight_decay": 0.0,
        "lr_scheduler": "cosine",
        "optimizer": "adamw_torch_fused",
        "logging_steps": None,
        "dense_mixer": False,
    },
    always={"merge_adapter": False},
    notes=(
        Note(
            "Axolotl drops rows longer than `sequence_len`; hpc cuts them.",
            unless=("excess_length_strategy",),
        ),
        Note(
            "Axolotl rounds the steps of the warm-up down, to at most 100 by default; hpc rounds them up.",
            unless=("warmup_steps",),
        ),
        Note("On several GPUs Axolotl averages the loss of each; hpc averages over the tokens of all."),
    ),
    idle_commands=frozenset(
        (
            "inference",
            "merge-lora",
            "merge_lora",
            "merge-sharded-fsdp-weights",
            "evaluate",
            "preprocess",
            "quantize",
            "vllm-serve",
            "lm-eval",
            "fetch",
        )
    ),
)
