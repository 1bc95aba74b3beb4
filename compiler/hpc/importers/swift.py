"""ms-swift, the arguments of `swift sft`, `swift pt` and `swift rlhf`.

The sentences of arguments without effect are those of its own documentation.
"""

from __future__ import annotations

from typing import Any, Final

from hpc.importers import huggingface, readers
from hpc.importers.readers import lose, mapped, resolved
from hpc.importers.table import Job, Outcome, Table, combine, convert, copy, implied, lost, no_effect, part_of
from hpc.importers.tool import Tool, extend
from hpc.importers.values import UnknownValueError, is_placeholder, number, switch, word


def adapt(job: Job, command: tuple[str, ...]) -> Job:
    """`swift pt` trains all parameters on plain text, and `swift rlhf` learns preferences."""
    verb = next((word for word in command if word in ("sft", "pt", "rlhf")), "rlhf" if job.says("rlhf_type") else "sft")
    tuner = job.first(("tuner_type", "train_type", "sft_type")) or ("full" if verb == "pt" else "lora")
    size = job["per_device_train_batch_size"]
    batch = int(size) if str(size).isdigit() else 1
    defaults = {
        **job.defaults,
        "verb": verb,
        "tuner_type": tuner,
        "learning_rate": 1e-5 if tuner == "full" else 1e-4,
        "gradient_accumulation_steps": max(1, -(-16 // max(batch * job["devices"], 1))),
    }
    return Job(job.given, defaults, job.folder)


def trainer(job: Job) -> Outcome:
    """sft, pt, or a preference loss."""
    if job["verb"] != "rlhf":
        return mapped(trainer=job["verb"])
    name = word(job["rlhf_type"])
    loss = readers.loss_of(name)
    if loss is None:
        why = "hpc's KTO learns from pairs" if name == "kto" else f"hpc does no {name}"
        return lose(why, "use the trainer sft, pt or dpo")
    return mapped(trainer="dpo", pref_loss=loss)


def tuner(job: Job) -> Outcome:
    """LoRA or all parameters."""
    name = word(job["tuner_type"])
    return mapped(training_type=name) if name in ("lora", "full") else lose(f"hpc has no tuner {name}")


def task(job: Job) -> Outcome:
    """A language model that predicts the next token."""
    value = job["task_type"]
    if value in (None, "causal_lm"):
        return Outcome("implied", why="a causal language model")
    return lose(f"hpc trains language models, not {value}")


def loss_type(job: Job) -> Outcome:
    """A preference loss that hpc has."""
    value = job["loss_type"]
    if value in (None, "", []):
        return mapped()
    if isinstance(value, str) and is_placeholder(value):
        raise UnknownValueError(value)
    if job["verb"] == "rlhf" and value in readers.VARIANTS:
        return mapped(pref_loss=value)
    return lose(f"hpc has no loss {value}")


def beta(job: Job) -> Outcome:
    """0.1 for DPO, 2 for SimPO, where nothing is written."""
    if job["verb"] != "rlhf":
        return Outcome("no_effect", why="it applies only to preferences")
    value = job["beta"]
    return (
        mapped(pref_beta=number(value))
        if value is not None
        else mapped(pref_beta=2 if job["rlhf_type"] == "simpo" else 0.1)
    )


def supervised(job: Job) -> Outcome:
    """The supervised loss beside the preference loss."""
    value = job["rpo_alpha"]
    return mapped() if value is None or job["verb"] != "rlhf" else mapped(pref_ftx=number(value))


def datasets(job: Job, key: str, name: str) -> Outcome:
    """Paths or ids; `#500` at the end takes so many rows of it."""
    value = job[key]
    if value in (None, [], ""):
        return mapped()
    names = value if isinstance(value, list) else [value]
    if any(isinstance(each, str) and each.startswith(("$", "<")) for each in names):
        raise UnknownValueError(value)
    plain = [str(each).split("#")[0].removeprefix("ms::").removeprefix("hf::") for each in names]
    sizes = {str(each).split("#")[1] for each in names if "#" in str(each)}
    if not all(size.isdecimal() and len(size) < 19 for size in sizes):
        raise UnknownValueError(value)
    values: dict[str, Any] = {name: plain[0] if len(plain) == 1 else plain}
    if len(sizes) == 1 and all("#" in str(each) for each in names):
        return Outcome("mapped", {**values, "max_samples": int(sizes.pop())})
    if sizes:
        return Outcome("resolved", values, "`max_samples` is the same for each data set: write it")
    return Outcome("mapped", values)


def validation(job: Job) -> Outcome:
    """A share of rows that is kept for evaluation."""
    share = number(job["split_dataset_ratio"] or 0)
    return mapped(eval_split=share) if share > 0 and not job.says("val_dataset") else mapped()


def evaluation(job: Job) -> Outcome:
    """As the checkpoints are saved, where there is data for it."""
    share = job["split_dataset_ratio"]
    if not job.says("val_dataset") and not (share and not is_placeholder(share) and number(share) > 0):
        return Outcome("no_effect", why="without evaluation data ms-swift does not evaluate")
    when = job.given.get("eval_strategy")
    steps = job.given.get("eval_steps") or job.given.get("save_steps") or 500
    if when is None:
        when = job["save_strategy"] or "steps"
    if readers.strategy(when) != "steps":
        return mapped(eval_strategy=readers.strategy(when))
    return readers.intervals("eval_steps", steps, eval_strategy="steps")


def precision(job: Job) -> Outcome:
    """bf16 and fp16, or what goes with the dtype; bfloat16 where nothing is written."""
    if job["bf16"] is None and job["fp16"] is None:
        return Outcome("mapped", readers.dtype(job["torch_dtype"] or "bfloat16") or {"mixed_precision": "none"})
    return readers.precision(job)


def quantization(job: Job) -> Outcome:
    """Bitsandbytes in 4 or 8 bits."""
    bits = job.first(("quant_bits", "quantization_bit"))
    if bits in (None, "", 0, "0"):
        return mapped()
    method = job["quant_method"]
    if method not in (None, "bnb"):
        return lose(f"hpc quantizes with bitsandbytes only, not {method}")
    return mapped(quantization_bit=f"int{number(bits):g}")


def system(job: Job) -> Outcome:
    """A text, or a file with it."""
    value = job["system"]
    if value is None:
        return mapped()
    if str(value).endswith(".txt"):
        return resolved("write the text of the file: `system_prompt`")
    return mapped(system_prompt=str(value))


def loss_scale(job: Job) -> Outcome:
    """Every answer counts the same."""
    value = job["loss_scale"]
    if value in (None, "default"):
        return Outcome("implied", why="every answer is learned")
    if value == "ignore_empty_think":
        return resolved("hpc learns an empty reasoning, too: take it out of the rows")
    return lose("hpc learns every answer, and only answers", "mark turns in the rows: `loss: false`")


def template(job: Job) -> Outcome:
    """The model's own."""
    value = job["template"]
    if value in (None, "default"):
        return Outcome("implied", why="hpc uses the model's own chat template")
    return resolved(f"the model's own chat template takes the place of {value}; a base model has none: `chat_template`")


def use_chat_template(job: Job) -> Outcome:
    """Hpc renders conversations with the chat template; plain text is pre-training."""
    if switch(job["use_chat_template"]) or job["use_chat_template"] is None:
        return Outcome("implied", why="hpc uses the model's own chat template")
    return lose("hpc renders conversations with a chat template", "use the trainer pt for plain text")


def epochs(job: Job) -> Outcome:
    """max_epochs wins."""
    value = job["max_epochs"] if job["max_epochs"] is not None else job["num_train_epochs"]
    return readers.epochs(Job({**job.given, "num_train_epochs": value}, job.defaults, job.folder))


def accumulation(job: Job) -> Outcome:
    """16 rows a step, where nothing is written."""
    return mapped(gradient_accumulation_steps=number(job["gradient_accumulation_steps"]))


def truncation(job: Job) -> Outcome:
    """Hpc cuts longer rows at their end."""
    value = job["truncation_strategy"]
    if value in (None, "right"):
        return Outcome("implied", why="longer rows are cut at their end")
    if value == "delete":
        return resolved("hpc cuts longer rows; `hpc data` says how many: take them out")
    return lose(f"hpc cuts longer rows at their end, not {value}")


def init_weights(job: Job) -> Outcome:
    """Adapters start at zero."""
    if job["init_weights"] in (None, "true", "True", True):
        return Outcome("implied", why="adapters start at zero")
    return lose("hpc starts adapters at zero")


def weight(value: Any) -> float | None:
    """A number, where one is written."""
    return None if value in (None, "") else number(value)


def modules(value: Any) -> str:
    """All linear layers where none are named."""
    return "all-linear" if value is None else readers.modules(value)


OWN: Final[Table] = (
    combine(("rlhf_type",), ("trainer", "pref_loss"), trainer, "dpo, orpo and simpo are hpc's"),
    combine(("tuner_type", "train_type", "sft_type"), ("training_type",), tuner, "lora or full"),
    copy("model", "model", "model_id_or_path", "model_name_or_path"),
    combine(("task_type",), (), task, "a causal language model", "implied"),
    combine(
        ("dataset",),
        ("train_data", "max_samples"),
        lambda job: datasets(job, "dataset", "train_data"),
        "paths or ids; #500 takes so many rows",
    ),
    combine(("val_dataset",), ("eval_data",), lambda job: datasets(job, "val_dataset", "eval_data"), "paths or ids"),
    combine(("split_dataset_ratio",), ("eval_split",), validation, "a share of the rows"),
    combine(
        ("eval_strategy", "evaluation_strategy", "eval_steps"),
        ("eval_strategy", "eval_steps"),
        evaluation,
        "as the checkpoints are saved, where there is data for it",
    ),
    combine(("num_train_epochs", "max_epochs"), ("epochs",), epochs, "whole epochs"),
    combine(
        ("gradient_accumulation_steps",), ("gradient_accumulation_steps",), accumulation, "16 rows a step by default"
    ),
    copy("max_length", "max_sequence_length"),
    convert("packing", "packing", readers.switched, "packed conversations are kept apart"),
    implied("padding_free", "packs and rows need no padding to train the same"),
    implied("packing_strategy", "packs hold whole conversations"),
    combine(("bf16", "fp16", "torch_dtype"), ("mixed_precision",), precision, "bf16, fp16 or none"),
    combine(("quant_bits", "quantization_bit", "quant_method"), ("quantization_bit",), quantization, "bitsandbytes"),
    implied("bnb_4bit_quant_type", "int4 is nf4"),
    implied("bnb_4bit_use_double_quant", "int4 quantizes its constants, too"),
    convert("attn_impl", "flash_attention_v2", readers.attention, "FlashAttention 2 or SDPA"),
    copy("lora_rank", "lora_rank"),
    copy("lora_alpha", "lora_alpha"),
    copy("lora_dropout", "lora_dropout"),
    convert("target_modules", "target_modules", modules, "all linear layers, or names"),
    convert("modules_to_save", "modules_to_save", readers.named_modules, "trained and saved as a whole"),
    combine(("use_dora", "use_rslora"), ("lora_variant",), readers.variant("use_dora", "use_rslora"), "DoRA or rsLoRA"),
    combine(("loss_type",), ("pref_loss",), loss_type, "a preference loss that hpc has"),
    combine(("beta",), ("pref_beta",), beta, "0.1, and 2 for SimPO, where nothing is written"),
    combine(("rpo_alpha", "cpo_alpha"), ("pref_ftx",), supervised, "the weight of the supervised loss"),
    copy("label_smoothing", "dpo_label_smoothing"),
    copy("simpo_gamma", "simpo_gamma"),
    convert("early_stop_interval", "early_stopping_patience", weight, "evaluations without a better loss"),
    combine(("system",), ("system_prompt",), system, "for conversations without a system turn"),
    combine(("template",), (), template, "hpc uses the model's own chat template", "resolved"),
    combine(("use_chat_template",), (), use_chat_template, "conversations are rendered", "implied"),
    combine(("loss_scale",), (), loss_scale, "every answer counts the same", "implied"),
    combine(("truncation_strategy",), (), truncation, "longer rows are cut at their end", "implied"),
    combine(("init_weights",), (), init_weights, "adapters start at zero", "implied"),
    implied("enable_thinking", "the model's own chat template decides"),
    implied("preserve_thinking", "the model's own chat template decides"),
    implied("add_non_thinking_prefix", "the model's own chat template decides"),
    implied("disable_ignore_empty_think", "every token of an answer counts"),
    implied("is_binary_loss_scale", "a token is learned or not"),
    implied("dataset_shuffle", "rows are shuffled", unless="hpc shuffles the rows"),
    implied("train_dataloader_shuffle", "rows are shuffled", unless="hpc shuffles the rows"),
    implied("val_dataset_shuffle", "the order of evaluation rows decides nothing"),
    implied("tuner_backend", "PEFT trains the adapter", "use_swift_lora"),
    implied("columns", "hpc knows the columns by name", "disable_auto_column_mapping"),
    implied("cached_dataset", "hpc keeps prepared rows in its own cache", "cached_val_dataset"),
    no_effect(
        "temperature", "It is a setting of generation.", "top_k", "top_p", "repetition_penalty", "max_new_tokens"
    ),
    no_effect("structured_outputs_regex", "It is a setting of generation."),
    no_effect("lazy_tokenize", "It says when rows are tokenized.", "eval_metric", "custom_register_path"),
    no_effect("external_plugins", "A list of external plugin .py files to be registered …"),
    no_effect("model_kwargs", "Extra keyword arguments of the model's own code, for pictures."),
    no_effect("load_args", "Whether to load `args.json` from a checkpoint when using `--resume_from_checkpoint` …"),
    no_effect("load_data_args", "If True, will also load data-related arguments from `args.json`."),
    no_effect("packing_num_proc", "Number of processes used for packing, Default is 1."),
    no_effect("use_hf", "Whether to use Hugging Face for downloading/uploading models and datasets."),
    no_effect("ignore_args_error", "Whether to ignore argument errors."),
    no_effect("dataset_num_proc", "The number of processes to use for dataset preprocessing."),
    no_effect("load_from_cache_file", "Whether to load the dataset from cache files."),
    no_effect("model_name", "e.g. ['小黄', 'Xiao Huang']"),
    no_effect("model_author", "e.g. ['魔搭', 'ModelScope']"),
    no_effect("custom_dataset_info", "Path to a custom dataset registration JSON file."),
    no_effect("download_mode", "The dataset download mode."),
    no_effect("stream", "Whether to enable streaming output for model responses."),
    no_effect("stop_words", "A list of extra stop words, in addition to the end-of-sequence token."),
    no_effect("logprobs", "Whether to output log probabilities of the generated tokens."),
    no_effect("top_logprobs", "The number of top log probabilities to return for each token position."),
    no_effect("max_pixels", "The maximum number of pixels (HW) for an input image in a multimodal model."),
    no_effect("norm_bbox", 'Controls how bounding box coordinates (from the "bbox" field in the dataset) are scaled.'),
    no_effect("padding_side", "The side to pad on when `batch_size >= 2` during training."),
    no_effect("template_backend", "The backend to use for templating."),
    no_effect(
        "vit_gradient_checkpointing",
        "A specific gradient checkpointing setting for the Vision Transformer part of the model.",
    ),
    no_effect("freeze_vit", "For multi-modal models only."),
    no_effect("freeze_aligner", "For multi-modal models only."),
    no_effect("freeze_llm", "For multi-modal models only."),
    no_effect("swanlab_token", "The API key for SwanLab."),
    no_effect("swanlab_project", "The SwanLab project, which can be created in advance on the page …"),
    no_effect("swanlab_workspace", "The SwanLab workspace."),
    no_effect("swanlab_exp_name", "The name of the experiment."),
    no_effect(
        "swanlab_notification_method", "The notification method for SwanLab when training completes or errors occur."
    ),
    no_effect("swanlab_webhook_url", "Defaults to None."),
    no_effect("swanlab_secret", "Defaults to None."),
    no_effect("swanlab_sender_email", "The email address of the sender."),
    no_effect("swanlab_receiver_email", "The email address of the receiver."),
    no_effect("swanlab_smtp_server", "The SMTP server address for email notification (e.g., 'smtp.qq.com')."),
    no_effect("swanlab_smtp_port", "The SMTP server port for email notification (e.g., 465)."),
    no_effect("swanlab_email_language", "email messages language."),
    no_effect("swanlab_mode", "The operation mode, either 'cloud' for cloud-based logging or 'local' for local-only …"),
    no_effect(
        "add_version", "Whether to add a versioned subdirectory like '<version>-<timestamp>' to the `output_dir` …"
    ),
    no_effect(
        "create_checkpoint_symlink",
        "Whether to create additional symbolic links for checkpoints, which can be useful for …",
    ),
    no_effect("zero_hpz_partition_size", "A feature of ZeRO++."),
    no_effect(
        "check_model", "If True, checks local model files for corruption or modification and provides a warning."
    ),
    no_effect("acc_strategy", "The strategy for calculating accuracy during training and validation."),
    no_effect(
        "use_logits_to_keep",
        "If enabled, reduces VRAM usage and speeds up training by calculating and storing only the …",
    ),
    no_effect("ds3_gather_for_generation", "In DeepSpeed ZeRO-3, whether to gather model parameters for generation."),
    no_effect("eval_use_evalscope", "Whether to use EvalScope for evaluation during training."),
    no_effect("eval_dataset", "List of evaluation datasets."),
    no_effect("eval_dataset_args", "Evaluation dataset parameters, in JSON format, can be set for multiple datasets."),
    no_effect("eval_limit", "The number of samples to take from each evaluation dataset."),
    no_effect(
        "eval_generation_config",
        "The model's inference configuration for evaluation, provided as a JSON string (e.g. …",
    ),
    no_effect("extra_eval_args", "Additional evaluation arguments, provided as a JSON string."),
    no_effect("use_flash_ckpt", "Whether to enable DLRover Flash Checkpoint."),
    no_effect("safe_serialization", "Whether to use safetensors for serialization."),
    no_effect("max_shard_size", "The maximum size of a single saved shard file."),
    no_effect("enable_channel_loss", "Whether to enable channel loss."),
    no_effect("num_beams", "The number of beams to use for beam search."),
    no_effect("model_type", "?"),
    no_effect(
        "max_memory", "The maximum memory allocation for each device when `device_map` is 'auto' or 'sequential'."
    ),
    no_effect(
        "device_map", "The device map configuration for the model, e.g., 'auto', 'cpu', a JSON string, or a path …"
    ),
    no_effect("local_repo_path", "Path to a local repository for models that require a GitHub repo during"),
    no_effect("bnb_4bit_quant_storage", "The storage type for packing quantized 4-bit parameters in BNB."),
    no_effect("bnb_4bit_compute_dtype", "The compute data type for 4-bit BNB quantization."),
    no_effect("enable_npu_model_patch", "Whether to enable model-related NPU patches."),
    no_effect("strict", "If `True`, raises an error on any problematic data row."),
    no_effect("response_prefix", "A prefix string for the response, e.g., '<think>\\n' for Qwen-32B."),
    lost("adapters", "resume_only_model", why="hpc starts from a base model", instead="merge the adapter"),
    lost("model_revision", why="hpc loads the newest revision", instead="name the folder of that revision"),
    lost("new_special_tokens", why="hpc adds no tokens", instead="add them to the tokenizer before training"),
    lost("num_labels", "problem_type", "mrl_dims", why="hpc trains language models that predict the next token"),
    lost("rope_scaling", "max_model_len", why="hpc does not change the positions of a model"),
    lost("streaming", "shuffle_buffer_size", why="hpc counts the rows", instead="leave it out: rows are read lazily"),
    lost("interleave_prob", why="hpc does not draw from data sets by chance", instead="write weights in `train_data`"),
    part_of(("interleave_prob",), "stopping_strategy", why="hpc does not draw from data sets by chance"),
    lost("packing_length", why="hpc packs up to `max_sequence_length`"),
    lost("agent_template", why="the model's own chat template renders the tools"),
    lost("sequence_parallel_size", "deepspeed_autotp_size", why="hpc shares a job by data parallelism and ZeRO only"),
    lost("freeze_parameters", "freeze_parameters_regex", "freeze_parameters_ratio", why="hpc freezes no parameters"),
    lost("trainable_parameters", "trainable_parameters_regex", why="hpc freezes no parameters"),
    lost("target_regex", "target_parameters", why="hpc adapts linear layers by name"),
    lost("lora_bias", "lora_dtype", why="hpc's adapters have no bias, in the precision of the training"),
    lost("lorap_lr_ratio", "aligner_lr", "vit_lr", why="hpc has one learning rate"),
    lost("optimizer", "callbacks", why="hpc has no such plugin"),
    lost("router_aux_loss_coef", why="hpc adds no loss of the router"),
    lost("enable_dft_loss", why="hpc's supervised loss is the plain one"),
    lost("use_galore", "lisa_activated_layers", why="hpc has no such optimizer"),
    part_of(
        ("use_galore",),
        "galore_cos_threshold",
        "galore_gamma_proj",
        "galore_optim_per_parameter",
        "galore_proj_bits",
        "galore_proj_group_size",
        "galore_proj_quant",
        "galore_proj_type",
        "galore_quantization",
        "galore_queue_size",
        "galore_rank",
        "galore_scale",
        "galore_target_modules",
        "galore_update_proj_gap",
        "galore_with_embedding",
        why="hpc has no such optimizer",
    ),
    part_of(("lisa_activated_layers",), "lisa_step_interval", why="hpc has no such optimizer"),
    lost("reference_free", "ref_adapter_name", "ref_model", "ref_adapters", why="the reference is the base model"),
    part_of(("ref_model",), "ref_model_type", "ref_model_revision", why="the reference is the base model"),
    lost("ld_alpha", "loss_weights", why="hpc's preference losses have no such term"),
    lost("desirable_weight", "undesirable_weight", why="hpc weighs both answers the same"),
    no_effect("discopop_tau", "Temperature of the DiscoPOP loss, which `loss_type` names."),
    lost(
        "decision_drop_instructions", "decision_subsample_options", "decision_state_as_text", why="hpc keeps the rows"
    ),
    lost("decision_shuffle_fields", why="hpc keeps the rows"),
    lost("experts_impl", "init_strategy", "hqq_axis", why="hpc loads the model as it is"),
    part_of(
        ("tuner_type",),
        "adalora_beta1",
        "adalora_beta2",
        "adalora_deltaT",
        "adalora_init_r",
        "adalora_orth_reg_weight",
        "adalora_target_r",
        "adalora_tfinal",
        "adalora_tinit",
        "adapter_act",
        "adapter_length",
        "boft_block_num",
        "boft_block_size",
        "boft_dropout",
        "boft_n_butterfly_factor",
        "fourier_n_frequency",
        "fourier_scaling",
        "llamapro_num_groups",
        "llamapro_num_new_blocks",
        "lora_ga_batch_size",
        "lora_ga_direction",
        "lora_ga_iters",
        "lora_ga_max_length",
        "lora_ga_scale",
        "lora_ga_stable_gamma",
        "reft_args",
        "reft_intervention_type",
        "reft_layer_key",
        "reft_layers",
        "reft_rank",
        "vera_d_initial",
        "vera_dropout",
        "vera_projection_prng_key",
        "vera_rank",
        why="hpc's adapter is LoRA",
    ),
    part_of(
        ("rlhf_type",),
        "center_rewards_coefficient",
        "cliprange",
        "cliprange_value",
        "gamma",
        "gkd_logits_topk",
        "kl_coef",
        "lam",
        "lmbda",
        "local_rollout_forward_batch_size",
        "log_completions",
        "max_completion_length",
        "missing_eos_penalty",
        "num_generations",
        "num_iterations",
        "num_mini_batches",
        "num_ppo_epochs",
        "num_sample_generations",
        "offload_teacher_model",
        "response_length",
        "reward_adapters",
        "reward_funcs",
        "reward_model",
        "reward_model_revision",
        "reward_model_type",
        "reward_template",
        "reward_weights",
        "seq_kd",
        "sft_alpha",
        "teacher_adapters",
        "teacher_deepspeed",
        "teacher_model",
        "teacher_model_revision",
        "teacher_model_server",
        "teacher_model_type",
        "vf_coef",
        "whiten_rewards",
        "use_vllm",
        "vllm_mode",
        "vllm_gpu_memory_utilization",
        "vllm_max_model_len",
        "sleep_level",
        "vllm_tensor_parallel_size",
        "vllm_server_host",
        "vllm_server_port",
        "offload_optimizer",
        "offload_model",
        "overlong_filter",
        "epsilon",
        "epsilon_high",
        "delta",
        "steps_per_generation",
        "move_model_batches",
        "importance_sampling_level",
        "async_generate",
        "multi_turn_scheduler",
        "max_turns",
        "vllm_enable_lora",
        "scale_rewards",
        "advantage_estimator",
        "vllm_server_pass_dataset",
        "kl_in_reward",
        "use_gym_env",
        "log_entropy",
        "top_entropy_quantile",
        "generation_batch_size",
        "reward_model_plugin",
        "dynamic_sample",
        "tau_pos",
        "tau_neg",
        why="hpc does no reinforcement learning, and trains no reward models",
    ),
)

TOOL: Final = Tool(
    "ms-swift",
    "ms-swift",
    extend(OWN, huggingface.TABLE),
    signature=(
        frozenset(("tuner_type", "model")),
        frozenset(("train_type", "model")),
        frozenset(("sft_type", "dataset")),
        frozenset(("rlhf_type", "model")),
        frozenset(("rlhf_type", "dataset")),
        frozenset(("split_dataset_ratio", "dataset")),
        frozenset(("model", "dataset", "num_train_epochs")),
        frozenset(("model", "dataset", "per_device_train_batch_size")),
        frozenset(("model", "dataset", "torch_dtype")),
    ),
    overridden={"seed": 42, "lora_alpha": 32, "weight_decay": 0.1, "lr_scheduler_type": "cosine", "logging_steps": 5},
    always={"merge_adapter": False},
    notes=(
        "without `max_length` ms-swift takes the model's own length: write `max_sequence_length`",
        "ms-swift's AdamW has beta2 0.95 where nothing is written; hpc's has 0.999",
    ),
    adapt=adapt,
)
