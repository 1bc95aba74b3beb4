"""Axolotl, the configs of `axolotl train`.

The sentences of arguments without effect are those of its own documentation, where it has one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from hpc.importers import huggingface, readers
from hpc.importers.readers import lose, mapped, resolved
from hpc.importers.special_tokens import read_special_tokens
from hpc.importers.table import Job, Outcome, Table, combine, convert, copy, implied, lost, no_effect, part_of
from hpc.importers.tool import Tool, extend
from hpc.importers.values import UnknownValueError, number, switch, word

FORMATS: Final = {
    "alpaca": "alpaca",
    "sharegpt": "sharegpt",
    "chat_template": "auto",
    "completion": "corpus",
    "pretrain": "corpus",
}
# Names of columns that hpc knows, too.
COLUMNS: Final = {"field_messages": ("messages", "conversations"), "field": ("text",)}
SCHEDULERS: Final = ("cosine", "linear", "constant", "constant_with_warmup")


def precision(job: Job) -> Outcome:
    """bf16 may be auto; bfloat16 and float16 keep the weights in 16 bits."""
    if job.on("bfloat16") or job.on("float16") or str(job["bf16"]) == "full":
        return lose("hpc keeps float32 weights in full training", "use bf16: true")
    if job["bf16"] is None and job["fp16"] is None:
        return mapped(mixed_precision="none")
    return readers.precision(job)


def adapter(job: Job) -> Outcome:
    """Qlora is LoRA on a base in 4 bits; no adapter is full training."""
    name = job["adapter"]
    bits = "int8" if job.on("load_in_8bit") else "int4" if job.on("load_in_4bit") or name == "qlora" else "none"
    if name in (None, ""):
        return mapped(training_type="full")
    if word(name) not in ("lora", "qlora"):
        return lose(f"hpc has no adapter {name}")
    return mapped(training_type="lora", quantization_bit=bits)


def targets(job: Job) -> Outcome:
    """All linear layers, or the names that are written."""
    if job.on("lora_target_linear"):
        return mapped(target_modules="all-linear")
    value = job["lora_target_modules"]
    return mapped() if value is None else mapped(target_modules=readers.modules(value))


def trainer(job: Job) -> Outcome:
    """Without `rl` it is supervised fine-tuning, or pre-training of plain text."""
    name = job["rl"]
    if name in (None, False, "", "none"):
        return mapped(trainer="pt" if _types(job) & {"completion", "pretrain"} or job["pretraining_dataset"] else "sft")
    loss = readers.loss_of(word(name))
    return (
        mapped(trainer="dpo", pref_loss=loss) if loss else lose(f"hpc does no {name}", "use the trainer sft, pt or dpo")
    )


def beta(job: Job) -> Outcome:
    """ORPO calls it alpha."""
    value = job.first(("rl_beta", "dpo_beta", "orpo_alpha"))
    return mapped() if value is None else mapped(pref_beta=number(value))


def dpo_loss(job: Job) -> Outcome:
    """One loss that hpc has."""
    value = job["dpo_loss_type"]
    names = value if isinstance(value, list) else [value] if value else []
    if not names:
        return mapped()
    known = len(names) == 1 and names[0] in readers.VARIANTS
    return mapped(pref_loss=names[0]) if known else lose(f"hpc has no preference loss {', '.join(map(str, names))}")


def _entries(job: Job, key: str) -> list[Any]:
    value = job[key]
    return value if isinstance(value, list) else [value] if isinstance(value, Mapping) else []


def _types(job: Job) -> set[str]:
    return {str(entry.get("type")).split(".")[0] for entry in _entries(job, "datasets") if isinstance(entry, Mapping)}


def datasets(job: Job, key: str, name: str) -> Outcome:
    """Paths, and the format that goes with their type."""
    if job[key] in (None, []):
        return mapped()
    entries = _entries(job, key)
    if not entries or not all(isinstance(entry, Mapping) for entry in entries):
        raise UnknownValueError(job[key])
    paths = [str(_path(entry)) for entry in entries]
    formats = {FORMATS.get(str(entry.get("type")).split(".")[0], "") for entry in entries}
    values: dict[str, Any] = {name: paths[0] if len(paths) == 1 else paths}
    if name == "train_data" and len(formats) == 1 and not {"", "auto"} & formats:
        values["data_format"] = formats.pop()
    parts = {f"{key}.{i}.{k}": _part(k, v) for i, entry in enumerate(entries) for k, v in entry.items()}
    hard = [f"{place}: {part.why}" for place, part in parts.items() if part.state == "lost"]
    soft = [f"{place}: {part.why}" for place, part in parts.items() if part.state == "resolved"]
    state: Any = "lost" if hard else "resolved" if soft else "mapped"
    return Outcome(state, {} if hard else values, "; ".join(hard or soft), parts=parts)


def _path(entry: Mapping[str, Any]) -> Any:
    """The files of a local format (`path: json`), else the path itself."""
    files = entry.get("data_files")
    if entry.get("path") in ("json", "csv", "parquet", "text") and files:
        return files[0] if isinstance(files, list) and len(files) == 1 else files
    return entry.get("path")


def _part(key: str, value: Any) -> Outcome:
    """What becomes of one setting of a data set."""
    if key in ("path", "data_files", "ds_type"):
        return Outcome("mapped", why="the path of the data")
    if key == "type":
        known = isinstance(value, str) and value.split(".")[0] in FORMATS
        why = "" if known else "hpc finds the format by the columns: check it with `hpc data`"
        return Outcome("mapped" if known else "resolved", why=why)
    if value in COLUMNS.get(key, ()) or value in (None, False) or (key == "split" and value == "train"):
        return Outcome("implied", why="hpc knows this column, or reads this split")
    if key in ("conversation", "chat_template"):
        return Outcome("resolved", why="the model's own chat template is used")
    if key in ("shards", "shards_idx", "input_transform", "roles_to_train", "train_on_eos", "train_on_eot"):
        return Outcome("lost", why="hpc reads every row, and learns every answer with its end")
    return Outcome("resolved", why="rename the columns that hpc does not know: check with `hpc data`")


def validation(job: Job) -> Outcome:
    """A share or a number of rows that is kept for evaluation."""
    size = number(job["val_set_size"] or 0)
    return mapped(eval_split=size) if size > 0 else mapped()


def evaluation(job: Job) -> Outcome:
    """Without data for it there is none."""
    if not job["test_datasets"] and not (job.says("val_set_size") and job["val_set_size"] not in (0, 0.0)):
        return Outcome("no_effect", why="without evaluation data Axolotl does not evaluate")
    if job.first(("eval_strategy", "evaluation_strategy")) in ("no", False):
        return mapped(eval_strategy="no")
    if job.says("evals_per_epoch"):
        times = number(job["evals_per_epoch"])
        if times == 1:
            return mapped(eval_strategy="epoch")
        if times == 0:
            return mapped(eval_strategy="no")
        return resolved(f"{times:g} evaluations an epoch: write `eval_steps`", eval_strategy="steps")
    if job.says("eval_steps"):
        return readers.intervals("eval_steps", job["eval_steps"], eval_strategy="steps")
    when = job.first(("eval_strategy", "evaluation_strategy"))
    return mapped(eval_strategy="epoch" if when is None else readers.strategy(when))


def saving(job: Job) -> Outcome:
    """Each epoch, where nothing else is written."""
    if job.says("saves_per_epoch"):
        times = number(job["saves_per_epoch"])
        if times in (0, 1):
            return mapped(checkpoint_strategy="epoch" if times else "no")
        return resolved(f"{times:g} checkpoints an epoch: write `checkpoint_steps`", checkpoint_strategy="steps")
    if job.says("save_steps"):
        return readers.intervals("checkpoint_steps", job["save_steps"], checkpoint_strategy="steps")
    when = job.given.get("save_strategy")
    return mapped(checkpoint_strategy="epoch" if when is None else readers.strategy(when))


def warmup(job: Job) -> Outcome:
    """3 % of the steps, at most 100, where nothing is written."""
    if job.says("warmup_steps") or job.says("warmup_ratio"):
        return readers.warmup(job)
    return mapped(lr_warmup_ratio=0.03)


def scheduler(job: Job) -> Outcome:
    """Cosine where nothing is written, with a floor where one is."""
    name = word(job["lr_scheduler"] or "cosine")
    if name not in SCHEDULERS:
        return lose(f"hpc has no schedule {name}", "use linear, cosine or constant")
    values: dict[str, Any] = {"lr_scheduler_type": readers.SCHEDULERS[name]}
    if job["cosine_min_lr_ratio"]:
        values["lr_min_ratio"] = number(job["cosine_min_lr_ratio"])
    return Outcome("mapped", values)


def optimizer(job: Job) -> Outcome:
    """Axolotl's names are those of transformers."""
    name = word(job["optimizer"] or "adamw_torch_fused")
    if name in readers.OPTIMIZERS:
        return mapped(optimizer=readers.OPTIMIZERS[name])
    return lose(f"hpc has no optimizer {name}", "use adamw, or another optimizer of hpc")


def attention(job: Job) -> Outcome:
    """FlashAttention 2; the others compute the same."""
    if job.on("flash_attention"):
        return mapped(flash_attention_v2=True)
    return mapped(flash_attention_v2=bool(readers.attention(job["attn_implementation"])))


def logging(job: Job) -> Outcome:
    """Steps between two logs; a share of the steps needs their number."""
    return mapped() if job["logging_steps"] is None else readers.intervals("logging_steps", job["logging_steps"])


def trackers(job: Job) -> Outcome:
    """Weights & Biases where a project is named, MLflow and TensorBoard where they are switched on."""
    found = [
        name
        for name, wanted in (
            ("mlflow", job.on("use_mlflow") or job.says("mlflow_tracking_uri")),
            ("wandb", job.says("wandb_project") or job.on("use_wandb")),
            ("tensorboard", job.on("use_tensorboard")),
        )
        if wanted
    ]
    return mapped(report_to=found)


def liger(job: Job) -> Outcome:
    """Any of Liger's kernels."""
    kernels = ("liger_rope", "liger_rms_norm", "liger_layer_norm", "liger_swiglu", "liger_glu_activation")
    return mapped(liger_kernel=any(job.on(kernel) for kernel in kernels))


def resume(job: Job) -> Outcome:
    """The newest checkpoint where there is one."""
    if job.on("auto_resume_from_checkpoints") and not job.says("resume_from_checkpoint"):
        return mapped(resume_from_checkpoint=True)
    return readers.resume(job)


def micro_batches(job: Job) -> Outcome:
    """Accumulation is written, or follows from the total batch."""
    if job.says("batch_size") and not job.says("gradient_accumulation_steps"):
        return mapped(gradient_accumulation_steps=number(job["batch_size"]) / number(job["micro_batch_size"]))
    return mapped(gradient_accumulation_steps=number(job["gradient_accumulation_steps"] or 1))


def checkpointing(job: Job) -> Outcome:
    """Off where nothing is written; offload moves the activations to the host."""
    value, offload = job["gradient_checkpointing"], job["activation_offloading"]
    if value in ("offload", "unsloth") or offload in (True, "legacy", "hidden_states"):
        return mapped(disable_gradient_checkpointing=False, unsloth_gradient_checkpointing=True)
    return mapped(disable_gradient_checkpointing=not switch(value))


def unfrozen(job: Job) -> Outcome:
    """Hpc trains all parameters, or an adapter."""
    return lose("hpc freezes no layers") if job["unfrozen_parameters"] else Outcome("no_effect", why="it is off")


def chat_template(job: Job) -> Outcome:
    """The tokenizer's own template is hpc's; a file is named."""
    name = job["chat_template"]
    if name is None and not job["chat_template_jinja"]:
        return mapped()
    if job["chat_template_jinja"]:
        text = str(job["chat_template_jinja"])
        if text.endswith(".jinja"):
            return mapped(chat_template=text)
        return resolved("write the template into a file and name it: `chat_template`")
    if str(name).startswith("tokenizer_default"):
        return Outcome("implied", why="hpc uses the model's own chat template")
    return resolved(f"the model's own chat template takes the place of {name}; a base model has none: `chat_template`")


def epochs(job: Job) -> Outcome:
    """Whole epochs; a part of one needs the number of rows."""
    given = {**job.given, "num_train_epochs": job["num_epochs"]}
    return readers.epochs(Job(given, job.defaults, job.folder))


def number_or_none(value: Any) -> float | None:
    """A number, where one is written."""
    return None if value in (None, "", False) else number(value)


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
    combine(("max_steps",), ("max_steps",), readers.max_steps, "they win over the epochs"),
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
    copy("lora_dropout", "lora_dropout"),
    combine(
        ("lora_target_linear", "lora_target_modules"),
        ("target_modules",),
        targets,
        "all linear layers, or the names that are written",
    ),
    convert("lora_modules_to_save", "modules_to_save", readers.named_modules, "trained and saved as a whole"),
    combine(
        ("peft_use_dora", "peft_use_rslora"),
        ("lora_variant",),
        readers.variant("peft_use_dora", "peft_use_rslora"),
        "DoRA or rsLoRA",
    ),
    convert("sample_packing", "packing", readers.switched, "packed conversations are kept apart"),
    convert("group_by_length", "group_by_length", readers.switched, "rows of similar length together"),
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
    combine(
        ("load_best_model_at_end", "metric_for_best_model", "greater_is_better"),
        ("save_best_checkpoint",),
        readers.best,
        "the best checkpoint has the lowest evaluation loss",
    ),
    convert("early_stopping_patience", "early_stopping_patience", number_or_none, "evaluations without a better loss"),
    combine(("logging_steps",), ("logging_steps",), logging, "steps between two logs"),
    combine(
        ("wandb_project", "use_wandb", "use_mlflow", "mlflow_tracking_uri", "use_tensorboard"),
        ("report_to",),
        trackers,
        "Weights & Biases where a project is named",
    ),
    combine(
        ("deepspeed",),
        ("distributed_backend", "zero_stage", "offload"),
        readers.deepspeed,
        "the ZeRO stage of the named file",
    ),
    combine(
        ("fsdp", "fsdp_config"),
        ("distributed_backend", "zero_stage"),
        readers.fsdp,
        "FSDP shards parameters, gradients and optimizer state among the devices, as ZeRO-3 does",
    ),
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
    convert("rpo_alpha", "pref_ftx", number_or_none, "the weight of the supervised loss", "cpo_alpha"),
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
    implied("excess_length_strategy", "hpc cuts longer rows; `hpc data` says how many"),
    implied("save_safetensors", "weights are saved as safetensors", "safe_serialization"),
    implied("gradient_checkpointing_kwargs", "hpc chooses the right kind of checkpointing"),
    implied("skip_prepare_dataset", "hpc prepares the rows itself"),
    implied("xformers_attention", "it computes the same attention", "sdp_attention", "eager_attention"),
    implied("flex_attention", "it computes the same attention", "sage_attention", "flash_optimum", "s2_attention"),
    no_effect("loss_watchdog_threshold", "High loss value, indicating the learning has broken down …"),
    no_effect("loss_watchdog_patience", "Number of high-loss steps in a row before the trainer aborts …"),
    no_effect(
        "eval_table_size",
        "It prints rows of an evaluation.",
        "eval_table_max_new_tokens",
        "eval_max_new_tokens",
        "dpo_generate_during_eval",
        "do_bench_eval",
        "bench_dataset",
        "bench_split",
        "lm_eval_tasks",
        "lm_eval_batch_size",
        "lm_eval_post_train",
        "lm_eval_model",
    ),
    no_effect(
        "is_preprocess",
        "Axolotl writes it itself.",
        "preprocess_iterable",
        "total_supervised_tokens",
        "axolotl_config_path",
        "device",
        "world_size",
        "ddp",
        "debug",
    ),
    no_effect(
        "gradio_title",
        "It serves the trained model.",
        "gradio_share",
        "gradio_server_name",
        "gradio_server_port",
        "gradio_max_new_tokens",
        "gradio_temperature",
    ),
    no_effect(
        "cut_cross_entropy",
        "A kernel that computes the same loss with less memory.",
        "flash_attn_rms_norm",
        "use_scattermoe",
        "use_sonicmoe",
        "expert_backend",
        "moe_grouped_backend",
        "moe_dequant_chunk_size",
        "moe_bnb_fast",
        "dense_mixer",
        "flex_attn_compile_kwargs",
        "autotune_cache_path",
        "autotune_profiles",
        "autotune_neighborhood",
        "dpo_use_logits_to_keep",
        "dpo_padding_free",
        "use_dsv4_kernels",
        "use_glm_dsa_kernels",
        "liger_cross_entropy",
        "liger_fused_linear_cross_entropy",
        "liger_rms_norm_gated",
        "liger_use_token_scaling",
    ),
    no_effect("model_type", "The class that loads the model: hpc asks the model's config.json.", "is_multimodal"),
    no_effect("lora_fan_in_fan_out", "PEFT sets it by the layer that it finds."),
    no_effect("wandb_watch", "It is Weights & Biases' own setting.", "use_trackio"),
    no_effect("use_ray", "It starts the processes.", "coreweave", "hatchery", "cloud"),
    no_effect("merge_lora", "It merges after training: `merge_adapter`.", "save_compressed"),
    no_effect("pretrain_multipack_buffer_size", "How many rows are packed at a time."),
    no_effect("plugins", "Each plugin's own keys say what it does."),
    no_effect("torchdistx_path", "The path of a package."),
    no_effect("strict", "Allow overwrite yml config using from cli"),
    no_effect(
        "resize_token_embeddings_to_32x", "Resize the model embeddings when new tokens are added to multiples of 32."
    ),
    no_effect(
        "dataset_prepared_path", "Axolotl attempts to save the dataset as an arrow after packing the data together so …"
    ),
    no_effect("dataset_shard_num", "Num shards for whole dataset"),
    no_effect("dataset_shard_idx", "Index of shard to use for whole dataset"),
    no_effect("num_dataset_shards_to_save", "Number of shards to save the prepared dataset"),
    no_effect("dataset_processes", "The maximum number of processes to use while preprocessing your input dataset."),
    no_effect("dataset_num_proc", "The maximum number of processes to use while preprocessing your input dataset."),
    no_effect("dataset_keep_in_memory", "Keep dataset in memory while preprocessing."),
    no_effect("push_dataset_to_hub", "Push prepared dataset to hub - repo_org/repo_name"),
    no_effect("hf_use_auth_token", "Whether to use hf `use_auth_token` for loading datasets."),
    no_effect("device_map", "Passed through to transformers when loading the model when launched without accelerate."),
    no_effect("local_rank", "Don't mess with this, it's here for accelerate and torchrun"),
    no_effect("gc_steps", "Deprecated. Run garbage collection every `gc_steps` steps."),
    no_effect("gc_collect_steps", "Steps between Python `gc.collect()` calls."),
    no_effect(
        "do_causal_lm_eval", "Whether to run causal language model evaluation for metrics in `eval_causal_lm_metrics`"
    ),
    no_effect("eval_causal_lm_metrics", "HF evaluate metrics used during evaluation."),
    no_effect("eval_sample_packing", "Set to 'false' if getting errors during eval with sample_packing on"),
    no_effect("eval_sequence_len", "The maximum length of an input for evaluation."),
    no_effect("eval_batch_size", "per gpu micro batch size for evals, defaults to value of micro_batch_size"),
    no_effect("pad_to_sequence_len", "Pad inputs so each step uses constant sized buffers."),
    no_effect("pad_to_multiple_of", "Pad each batch to a multiple of this value."),
    no_effect(
        "fa_varlen_kwargs_in_collator",
        "With sample_packing and flash attention, precompute the varlen metadata (cu_seq_lens …",
    ),
    no_effect("sample_packing_group_size", "The number of samples packed at a time."),
    no_effect("sample_packing_bin_size", "The number of samples which can be packed into one sequence."),
    no_effect("sample_packing_mp_start_method", "The multiprocessing start method to use for packing."),
    no_effect("pretrain_multipack_attn", "whether to prevent cross attention for packed sequences during pretraining"),
    no_effect(
        "flash_attn_cross_entropy", "Whether to use flash-attention cross entropy implementation - advanced use only"
    ),
    no_effect("flash_attn_fuse_mlp", "Whether to fuse part of the MLP into a single operation"),
    no_effect(
        "fused_attn_kernel", "Replace ``q_norm + apply_rotary_pos_emb`` (and the matching k path) with a single fused …"
    ),
    no_effect(
        "lora_mlp_kernel", "Apply custom LoRA autograd functions and activation function Triton kernels for speed and …"
    ),
    no_effect(
        "lora_qkv_kernel", "Apply custom LoRA autograd functions and activation function Triton kernels for speed and …"
    ),
    no_effect(
        "lora_o_kernel", "Apply custom LoRA autograd functions and activation function Triton kernels for speed and …"
    ),
    no_effect("lora_embedding_kernel", "Apply custom LoRA autograd function for embedding layers."),
    no_effect("chunked_cross_entropy", "Whether to use chunked cross entropy loss for memory efficiency"),
    no_effect("chunked_cross_entropy_num_chunks", "Number of chunks to use for chunked cross entropy loss"),
    no_effect("tiled_mlp", "Whether to use ALST tiled mlp for memory efficient long context"),
    no_effect("tiled_mlp_num_shards", "Number of shards to use for ALST tiled mlp."),
    no_effect("tiled_mlp_use_original_mlp", "Whether to use original mlp for ALST tiled mlp."),
    no_effect("deepcompile", "Whether to use deepcompile for faster training with deepspeed"),
    no_effect("torch_compile", "Whether to use torch.compile and which backend to use."),
    no_effect("torch_compile_backend", "Backend to use for torch.compile"),
    no_effect("torch_compile_mode", "Compilation mode for `torch.compile()`."),
    no_effect(
        "torch_compile_regional",
        "With torch_compile, compile each repeated decoder block separately (accelerate's regional …",
    ),
    no_effect(
        "torch_compile_options", "Mapping of allowlisted torch._inductor.config flags to set before torch.compile runs."
    ),
    no_effect("max_memory", "Defines the max memory usage per gpu on the system."),
    no_effect(
        "gpu_memory_limit", "Limit the memory for all available GPUs to this amount (if an integer, expressed in …"
    ),
    no_effect("low_cpu_mem_usage", "Whether to use low_cpu_mem_usage"),
    no_effect(
        "lora_on_cpu", "Do the LoRA/PEFT loading on CPU -- this is required if the base model is so large it takes …"
    ),
    no_effect("qlora_sharded_model_loading", "Load QLoRA weights in sharded format for FSDP."),
    no_effect("experimental_skip_move_to_device", "Don't move the model to the device before sharding."),
    no_effect("total_num_tokens", "Total number of tokens - internal use"),
    no_effect(
        "sample_packing_eff_est", "You can set these packing optimizations AFTER starting a training at least once."
    ),
    no_effect("is_falcon_derived_model", "Internal use only - Used to identify which the model is based on"),
    no_effect("is_llama_derived_model", "Internal use only - Used to identify which the model is based on"),
    no_effect("is_mistral_derived_model", "Internal use only - Used to identify which the model is based on."),
    no_effect("is_qwen_derived_model", "Internal use only - Used to identify which the model is based on"),
    no_effect(
        "sync_profiler_steps", "Debugging aid, separate from profiler_steps (the torch profiler timeline): count …"
    ),
    no_effect("sync_profiler_start_step", "Optimizer step at which the sync profiler starts (after warm-up)."),
    no_effect(
        "profiler_steps", "Enable the pytorch profiler to capture the first N steps of training to the output_dir."
    ),
    no_effect("profiler_steps_start", "Which step to start the profiler at."),
    no_effect("include_tokens_per_second", "bool of whether to report tokens per second at the end of training."),
    no_effect("include_tkps", "bool of whether to report tokens per second per-gpu during training by measuring …"),
    no_effect("generate_samples", "Enable sample generation during training for monitoring"),
    no_effect("num_generation_samples", "Number of samples to generate at each interval"),
    no_effect("generation_max_new_tokens", "Maximum new tokens to generate per sample"),
    no_effect("generation_temperature", "Temperature for sample generation (0.0 = greedy)"),
    no_effect("generation_top_p", "Nucleus sampling parameter for generation"),
    no_effect("generation_top_k", "Top-k sampling parameter for generation"),
    no_effect("generation_prompt_ratio", "Ratio of input to use as prompt (0.0-1.0)"),
    no_effect("generation_do_sample", "Whether to use sampling (vs greedy decoding)"),
    no_effect("use_comet", "Enable or disable Comet integration."),
    no_effect("comet_api_key", "API key for Comet."),
    no_effect("comet_workspace", "Workspace name in Comet."),
    no_effect("comet_project_name", "Project name in Comet."),
    no_effect("comet_experiment_key", "Identifier for the experiment."),
    no_effect("comet_mode", 'Create a new experiment ("create") or log to an existing one ("get").'),
    no_effect("comet_online", "Set to True to log data to Comet server, or False for offline storage."),
    no_effect(
        "comet_experiment_config", "Dictionary for additional configuration settings, see the doc for more details."
    ),
    no_effect(
        "cut_cross_entropy_accum_c_fp32",
        "Accumulate the classifier (lm_head) gradient in fp32 for better numerical stability at the …",
    ),
    no_effect(
        "cut_cross_entropy_c_grad_chunk_size",
        "Bound the fp32 classifier-gradient accumulator to this many vocabulary rows (a positive …",
    ),
    no_effect("use_kernels", "Use custom kernels, e.g."),
    no_effect("liger_kernel_impl", "Selects an alternative liger kernel backend via the LIGER_KERNEL_IMPL env var …"),
    no_effect("mlflow_experiment_name", "Your experiment name"),
    no_effect("mlflow_run_name", "Your run name"),
    no_effect(
        "hf_mlflow_log_artifacts", "set to true to copy each saved checkpoint on each save to mlflow artifact registry"
    ),
    no_effect("trackio_project_name", "Your trackio project name"),
    no_effect("trackio_run_name", "Set the name of your trackio run"),
    no_effect("wandb_name", "Set the name of your wandb run"),
    no_effect("wandb_run_id", "Set the ID of your wandb run"),
    no_effect(
        "wandb_mode", '"offline" to save run metadata locally and not sync to the server, "disabled" to turn off …'
    ),
    no_effect("wandb_entity", "A wandb Team name if using a Team"),
    no_effect(
        "wandb_log_model", '"checkpoint" to log model to wandb Artifacts every `save_steps` or "end" to log only at …'
    ),
    no_effect("use_otel_metrics", "Enable OpenTelemetry metrics collection and Prometheus export"),
    no_effect("otel_metrics_host", "Host to bind the OpenTelemetry metrics server to"),
    no_effect("otel_metrics_port", "Port for the Prometheus metrics HTTP server"),
    no_effect("ray_run_name", "The training results will be saved at `saves/ray_run_name`."),
    no_effect("ray_num_workers", "The number of workers for Ray training."),
    no_effect("resources_per_worker", "The resources per worker for Ray training."),
    no_effect("tokenizer_use_fast", "use_fast option for tokenizer loading from_pretrained, default to True"),
    no_effect("tokenizer_legacy", "Whether to use the legacy tokenizer setting, defaults to True"),
    no_effect("tokenizer_save_jinja_files", "Whether to save jinja files for tokenizer, transformers default is True"),
    no_effect("processor_type", "transformers processor class"),
    no_effect(
        "processor_kwargs", "kwargs forwarded to the processor's from_pretrained(), overriding processor config (e.g."
    ),
    no_effect("image_size", "The size of the image to resize to."),
    no_effect("image_resize_algorithm", "The resampling algorithm to use for image resizing."),
    no_effect("trust_remote_code", "Trust remote code for untrusted source"),
    no_effect("tokenizer_type", "Corresponding tokenizer for the model AutoTokenizer is a good choice"),
    no_effect(
        "tokenizer_config", "Optional tokenizer configuration path in case you want to use a different tokenizer than …"
    ),
    no_effect("save_first_step", "Whether to checkpoint a model after the first step of training."),
    no_effect("dynamic_checkpoint", "Configuration for dynamic checkpointing (trigger by file or signal)."),
    no_effect("export", "Configuration for `axolotl export` (GGUF conversion)"),
    no_effect("merge_method", "Optional LoRA merge method."),
    no_effect("peft_autocast_adapter_dtype", "Whether to upcast the LoRA adapter to fp32."),
    no_effect("tf32", "bool to use CUDA tf32 or 'auto' for automatic detection - require >=ampere"),
    no_effect("ddp_timeout", "Advanced DDP Arguments - timeout"),
    no_effect("ddp_bucket_cap_mb", "Advanced DDP Arguments - bucket cap in MB"),
    no_effect("ddp_broadcast_buffers", "Advanced DDP Arguments - broadcast buffers"),
    no_effect(
        "ddp_find_unused_parameters",
        "When using distributed training, the value of the flag `find_unused_parameters` passed to …",
    ),
    no_effect("dataloader_num_workers", "Number of subprocesses to use for data loading (PyTorch only)."),
    no_effect("dataloader_prefetch_factor", "Number of batches loaded in advance by each worker."),
    no_effect("dataloader_pin_memory", "Whether you want to pin memory in data loaders or not."),
    no_effect("experts_implementation", "Which experts implementation to use for MoE models,"),
    no_effect(
        "gemma4_hybrid_attn_impl",
        "Use hybrid attention for Gemma 4: flash_attention_2 for sliding window layers and sdpa for …",
    ),
    no_effect(
        "large_head_attention",
        "Generic capability for attention layers with head_dim > 256 (which flash/cuDNN SDPA can't …",
    ),
    no_effect("flash_attn_d512", "Deprecated: use `large_head_attention: auto`."),
    no_effect("sdpa_varlen", "With sample packing + attn_implementation=sdpa, route packed rows through …"),
    no_effect("dpo_use_liger_kernel", "Whether to use Liger kernel for DPO loss."),
    no_effect("precompute_ref_log_probs", "Precompute reference model log probabilities for DPO"),
    no_effect(
        "eval_accumulation_steps",
        "Number of predictions steps to accumulate the output tensors for, before moving the …",
    ),
    no_effect("eval_on_start", "Run an evaluation before the first training step."),
    lost(
        "lora_model_dir",
        why="hpc starts from a base model",
        instead="merge the adapter and name the result",
    ),
    lost(
        "tokens",
        "added_tokens_overrides",
        "fix_untrained_tokens",
        "mean_resizing_embeddings",
        "shrink_embeddings",
        "embeddings_skip_upcast",
        why="hpc adds no tokens",
        instead="add them to the tokenizer and the model before training",
    ),
    lost(
        "reinit_weights",
        "relora",
        "relora_prune_ratio",
        "relora_prune_method",
        "relora_cpu_offload",
        "jagged_restart_steps",
        "jagged_restart_warmup_steps",
        "jagged_restart_anneal_steps",
        why="hpc does not restart weights or schedules",
    ),
    lost(
        "trainer_cls",
        why="hpc has trainers of its own",
    ),
    no_effect("vllm", "It generates for reinforcement learning, which `rl` names."),
    lost(
        "trl",
        "ebft",
        "reward_model",
        "process_reward_model",
        "center_rewards_coefficient",
        "num_labels",
        "kto_desirable_weight",
        "kto_undesirable_weight",
        why="hpc does no reinforcement learning and trains no reward models",
    ),
    lost(
        "qat",
        "quantization",
        "gptq",
        "bnb_config_kwargs",
        "model_quantization_config",
        "model_quantization_config_kwargs",
        "use_onebitllms",
        "quantize_moe_experts",
        "nonexpert_quantization",
        "nf4_backend",
        "dsv4_fp8_nonexpert_mode",
        "dsv4_fp8_lora_kernel",
        "dsv4_shared_mlp_lora_kernel",
        "dsv4_bf16_all",
        "dsv4_fp4_grouped_mode",
        "gemma4_fp8_nonexpert",
        "gemma4_nf4_nonexpert",
        "nvfp4_merge_aware",
        "nvfp4_merge_aware_start_step",
        why="hpc quantizes with bitsandbytes only: int4 is nf4, int8 is LLM.int8",
    ),
    lost(
        "dpo_use_weighting",
        "dpo_ld_alpha",
        "dpo_loss_weights",
        "dpo_norm_loss",
        why="hpc's preference losses have no such term",
    ),
    lost(
        "dataset_exact_deduplication",
        why="hpc keeps equal rows; `hpc data` counts them",
    ),
    lost(
        "streaming",
        "streaming_multipack_buffer_size",
        why="hpc counts the rows",
    ),
    lost(
        "float32",
        why="hpc keeps the number formats of the model",
    ),
    lost(
        "fp8",
        "fp8_config",
        "fp8_enable_fsdp_float8_all_gather",
        why="hpc trains in bf16, fp16 or float32",
    ),
    lost(
        "selective_checkpointing",
        "layer_offloading",
        "ple_cpu_offload",
        why="hpc checkpoints every layer",
    ),
    lost(
        "freeze_mm_modules",
        why="hpc trains on text",
    ),
    lost(
        "min_sample_len",
        "max_prompt_len",
        why="hpc drops no rows by their length",
    ),
    lost(
        "balance_labels",
        "label_balance_window_optim_steps",
        "curriculum_sampling",
        "sample_packing_sequentially",
        "multipack_real_batches",
        "pretraining_sample_concatenation",
        why="hpc takes the rows at random",
    ),
    lost(
        "batch_flattening",
        why="hpc packs with `packing`",
        instead="write packing: true",
    ),
    lost(
        "use_pose",
        "pose_split_on_token_ids",
        "pose_max_context_len",
        "pose_num_chunks",
        "rope_scaling",
        "scaling_softmax",
        "scaling_softmax_factor",
        "scaling_softmax_bias",
        why="hpc trains the model's own architecture and positions",
    ),
    lost(
        "use_eaft",
        "eaft_alpha",
        "eaft_k",
        "use_dft",
        why="hpc's supervised loss is the plain one",
    ),
    lost(
        "llama4_linearized_experts",
        why="hpc trains the model's own layers",
    ),
    lost(
        "fp32_norms",
        "fp32_norm_classes",
        why="hpc keeps the number formats of the model's layers",
    ),
    lost(
        "dp_shard_size",
        "dp_replicate_size",
        "sequence_parallel_degree",
        "context_parallel_size",
        "heads_k_stride",
        "ring_attn_func",
        "tensor_parallel_size",
        "context_parallel",
        "expert_parallel_size",
        "expert_parallel_backend",
        "expert_parallel_num_nvl_bytes",
        "expert_parallel_num_rdma_bytes",
        "expert_parallel_token_capacity",
        "expert_parallel_fallback_on_unsupported",
        "expert_parallel_save_dispatch",
        "expert_parallel_dispatch_chunks",
        why="hpc shares a job by data parallelism and ZeRO only",
    ),
    lost(
        "chat_template_kwargs",
        "eot_tokens",
        "role_boundaries",
        why="the model's own chat template decides",
    ),
    lost(
        "recipe",
        "llmcompressor",
        why="hpc does not compress models",
    ),
    lost(
        "max_packed_sequence_len",
        why="hpc packs up to `max_sequence_length`",
    ),
    lost(
        "noisy_embedding_alpha",
        "neftune_noise_alpha",
        why="hpc adds no noise to the embeddings",
    ),
    lost(
        "diffusion_lm",
        "diffusion",
        "diffusion_decision",
        why="hpc trains language models that predict the next token",
    ),
    lost(
        "grokfast_alpha",
        "grokfast_lamb",
        why="hpc does not filter gradients",
    ),
    lost(
        "embedding_lr",
        "embedding_lr_scale",
        "loraplus_lr_ratio",
        "loraplus_lr_embedding",
        "lr_groups",
        why="hpc has one learning rate",
    ),
    lost(
        "lr_quadratic_warmup",
        "cosine_constant_lr_ratio",
        "lr_div_factor",
        "lr_scheduler_kwargs",
        why="hpc's schedules take no arguments but `lr_min_ratio`",
    ),
    lost(
        "adam_beta1",
        "adam_beta2",
        "adam_epsilon",
        "adam_epsilon2",
        "adam_beta3",
        why="hpc's AdamW has the usual values: beta1 0.9, beta2 0.999 and epsilon 1e-8",
    ),
    lost(
        "optim_args",
        "optim_target_modules",
        why="hpc's optimizers take no further arguments",
    ),
    lost(
        "dion_lr",
        "dion_momentum",
        "dion_rank_fraction",
        "dion_rank_multiple_of",
        "qgalore_rank",
        "qgalore_update_proj_gap",
        "qgalore_scale",
        "qgalore_proj_type",
        "qgalore_proj_quant",
        "qgalore_proj_bits",
        "qgalore_proj_group_size",
        "qgalore_cos_threshold",
        "qgalore_gamma_proj",
        "qgalore_queue_size",
        why="hpc has no such optimizer",
    ),
    lost(
        "kd_trainer",
        "kd_ce_alpha",
        "kd_alpha",
        "kd_temperature",
        "kd_beta",
        "kd_normalize_topk",
        "kd_online_server_base_url",
        "kd_online_topk",
        "kd_online_server",
        "kd_online_timeout",
        "kd_temperature_min",
        why="hpc does not distill",
    ),
    lost(
        "lisa_n_layers",
        "lisa_step_interval",
        "lisa_layers_attribute",
        "spectrum_top_fraction",
        "spectrum_model_name",
        why="hpc freezes no layers",
    ),
    lost(
        "lora_target_parameters",
        "lora_rank_pattern",
        "lora_alpha_pattern",
        "peft_layers_to_transform",
        "peft_layers_pattern",
        "peft",
        "peft_layer_replication",
        "peft_init_lora_weights",
        "peft_trainable_token_indices",
        "peft_ensure_weight_tying",
        "lora_fp32_gradients",
        why="hpc's adapters are the same in every layer",
    ),
    lost(
        "mixlora_num_experts",
        "mixlora_top_k",
        "mixlora_router_aux_loss_coef",
        "mixlora_router_init_range",
        "mixlora_jitter_noise",
        "mixlora_expert_lora_r",
        "mixlora_expert_lora_alpha",
        "mixlora_expert_lora_dropout",
        "mora",
        why="hpc's adapter is LoRA",
    ),
    lost(
        "base_model_config",
        "cls_model_config",
        "model_config",
        "model_kwargs",
        "tokenizer_use_mistral_common",
        why="hpc loads the model with its own config.json",
        instead="write it there",
    ),
    lost(
        "model_revision",
        why="hpc loads the newest revision",
        instead="download that revision and name its folder",
    ),
    lost(
        "nemo_gym_enabled",
        "nemo_gym_dir",
        "nemo_gym_auto_clone",
        "nemo_gym_config_paths",
        "nemo_gym_head_port",
        "nemo_gym_server_timeout",
        "nemo_gym_verify_timeout",
        "nemo_gym_run_timeout",
        "nemo_gym_datasets",
        "nemo_gym_auto_start",
        "nemo_gym_model_name",
        "nemo_gym_multi_turn",
        "nemo_gym_max_turns",
        why="hpc does no reinforcement learning",
    ),
    lost(
        "dataloader_drop_last",
        why="hpc learns from every row",
    ),
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
    },
    always={"merge_adapter": False},
    notes=(
        "Axolotl drops rows longer than `sequence_len`, unless `excess_length_strategy` says otherwise; hpc cuts them.",
    ),
)
