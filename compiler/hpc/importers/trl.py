"""TRL's argument files and commands, and transformers' TrainingArguments.

The trainer is the script's (`trl dpo`, `dpo.py`), or what the keys tell. The sentences of arguments without
effect are those of TRL's own documentation.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from hpc.importers import huggingface, readers
from hpc.importers.readers import lose, mapped, resolved
from hpc.importers.special_tokens import read_eos
from hpc.importers.table import Job, Outcome, Table, combine, convert, copy, implied, lost, no_effect, part_of
from hpc.importers.tool import Tool, extend
from hpc.importers.values import UnknownValueError, number, words
from hpc_disk.losses import LOSSES

ONLINE: Final = ("reward_funcs", "num_generations", "reward_weights", "reward_model_path", "teacher_model_name_or_path")
PREFERENCE: Final = (
    "beta",
    "loss_type",
    "max_prompt_length",
    "simpo_gamma",
    "gamma_beta_ratio",
    "rpo_alpha",
    "cpo_alpha",
)
SUPERVISED: Final = ("nll", "chunked_nll")
RATES: Final = {"sft": 2e-5, "dpo": 1e-6}


def kind(job: Job, command: tuple[str, ...]) -> str:
    """sft, dpo, or the name of another trainer: by the command, or by keys that only that trainer has."""
    said = " ".join(Path(word).stem.lower() for word in command)
    for name in (
        "grpo",
        "rloo",
        "ppo",
        "reward",
        "online_dpo",
        "gkd",
        "distillation",
        "kto",
        "orpo",
        "cpo",
        "simpo",
        "dpo",
        "sft",
    ):
        if name in said:
            return name
    if any(job.says(key) for key in ONLINE):
        return "grpo"
    loss = job["loss_type"]
    if loss in ("orpo", "simpo"):
        return str(loss)
    if job.says("gamma_beta_ratio"):
        return "simpo"
    preference = any(job.says(key) for key in PREFERENCE) and loss not in SUPERVISED
    return "dpo" if preference else "sft"


def adapt(job: Job, command: tuple[str, ...]) -> Job:
    """The trainer, and its defaults."""
    name = kind(job, command)
    rate = RATES["sft" if name == "sft" else "dpo"] if job.says("model_name_or_path") or command else 5e-5
    defaults = {**job.defaults, "trainer": name, "learning_rate": rate}
    return Job(job.given, defaults, job.folder)


def trainer(job: Job) -> Outcome:
    """What the script trains."""
    name = job["trainer"]
    if name in ("sft", "dpo"):
        return mapped(trainer=name)
    if name in ("orpo", "cpo", "simpo"):
        return mapped(trainer="dpo")
    return lose(f"hpc has no trainer {name}", "use the trainer sft, pt or dpo")


def online(job: Job) -> Outcome:
    """Reinforcement learning."""
    used = any(job.says(key) for key in ONLINE)
    return lose("hpc does no reinforcement learning or distillation") if used else Outcome("no_effect", why="it is off")


def loss(job: Job) -> Outcome:
    """A loss that hpc has; several only as the supervised loss beside it."""
    value = job["loss_type"]
    if value in (None, "") or job["trainer"] == "sft":
        name = job["trainer"] if job["trainer"] in ("orpo", "simpo") else None
        if value not in (None, "", *SUPERVISED):
            return lose(f"hpc's supervised loss is the plain one, not {value}")
        return mapped(pref_loss=name) if name else mapped()
    names = words(value)
    if names == ["sigmoid", "sft"] and job.says("loss_weights"):
        return resolved("write the weight of the supervised loss: `pref_ftx`", pref_loss="sigmoid")
    if len(names) == 1 and names[0] in LOSSES:
        return mapped(pref_loss=names[0])
    return lose(f"hpc has no preference loss {', '.join(names)}", "use one of " + ", ".join(LOSSES))


def gamma(job: Job) -> Outcome:
    """The ratio of gamma to beta, as the SimPO paper writes it."""
    if job.says("gamma_beta_ratio"):
        return mapped(simpo_gamma=number(job["gamma_beta_ratio"]) * number(job["beta"]))
    return mapped(simpo_gamma=number(job["simpo_gamma"])) if job.says("simpo_gamma") else mapped()


def beta(job: Job) -> Outcome:
    """0.1, where nothing is written."""
    value = job.given.get("beta")
    return mapped() if value is None else mapped(pref_beta=number(value))


def precision(job: Job) -> Outcome:
    """TRL trains in bf16 unless fp16 is asked for."""
    if job["bf16"] is None and not job.on("fp16"):
        return mapped(mixed_precision="bf16" if job["trainer"] else "none")
    return readers.precision(job)


def quantization(job: Job) -> Outcome:
    """Bitsandbytes in 4 or 8 bits."""
    return mapped(quantization_bit="int4" if job.on("load_in_4bit") else "int8" if job.on("load_in_8bit") else "none")


def training_type(job: Job) -> Outcome:
    """LoRA where PEFT is asked for."""
    asked = job.on("use_peft") or job.says("lora_r") or job.says("lora_target_modules") or job.says("lora_alpha")
    return mapped(training_type="lora" if asked else "full")


def dataset(job: Job) -> Outcome:
    """A path or an id; a mixture is a list of them."""
    value = job.first(("dataset_name", "dataset", "dataset_mixer", "dataset_mixture", "datasets"))
    if value is None:
        return mapped()
    if isinstance(value, dict) and not value.get("datasets") and value:
        return mapped(train_data=list(value) if len(value) > 1 else next(iter(value)))
    entries = value.get("datasets") if isinstance(value, dict) else value
    if isinstance(entries, list):
        paths = [entry.get("path") or entry.get("id") if isinstance(entry, dict) else entry for entry in entries]
        if all(paths):
            return mapped(train_data=paths[0] if len(paths) == 1 else paths)
    if not isinstance(entries, str) or entries == "text" or entries.startswith(("<", "$")):
        raise UnknownValueError(value)
    return mapped(train_data=entries)


def split(job: Job) -> Outcome:
    """The share of rows that is kept for evaluation."""
    value = job["test_split_size"]
    return mapped(eval_split=number(value)) if value else mapped()


def assistant_only(job: Job) -> Outcome:
    """Hpc learns the assistant's turns."""
    if job.says("assistant_only_loss") and not job.on("assistant_only_loss"):
        return lose("hpc learns the assistant's turns only")
    return Outcome("implied", why="only the assistant's turns are learned")


def completion_only(job: Job) -> Outcome:
    """Hpc learns completions."""
    if job.says("completion_only_loss") and not job.on("completion_only_loss"):
        return lose("hpc learns completions only")
    return Outcome("implied", why="only completions are learned")


def prompt_length(_job: Job) -> Outcome:
    """Older releases of TRL cut prompts apart from answers."""
    return resolved("hpc cuts the whole row at `max_sequence_length`: `hpc data` says whether a prompt is longer")


def template(job: Job) -> Outcome:
    """A file; a name is TRL's own."""
    value = job.first(("chat_template_path", "chat_template"))
    if value is None:
        return mapped()
    if str(value).endswith((".jinja", ".jinja2")):
        return mapped(chat_template=str(value))
    return resolved("write the template into a file and name it: `chat_template`")


def packing_strategy(job: Job) -> Outcome:
    """Hpc fits whole conversations into packs."""
    if job["packing_strategy"] in (None, "bfd", "bfd-requeue", "ffd", "bfd_split") or not job.on("packing"):
        return Outcome("implied", why="packs hold whole conversations")
    return lose("hpc's packs hold whole conversations, not pieces of them")


def dtype(job: Job) -> Outcome:
    """The dtype in which the weights are loaded: hpc loads LoRA bases in the training's own."""
    if job["training_type"] == "full" and readers.dtype(job.first(("dtype", "torch_dtype"))):
        return resolved("hpc keeps float32 weights in full training with ddp")
    return Outcome("implied", why="hpc loads the weights as the training needs them")


def weight(value: Any) -> float | None:
    """A number, where one is written."""
    return None if value in (None, "") else number(value)


def modules(value: Any) -> str:
    """Where none are named, PEFT adapts the query and value projections of most models."""
    return "q_proj,v_proj" if value is None else readers.modules(value)


OWN: Final[Table] = (
    combine(("trainer",), ("trainer",), trainer, "the script's trainer"),
    combine(ONLINE, (), online, "hpc does no reinforcement learning", "lost"),
    copy("model_name_or_path", "model", "model_name", "model"),
    combine(
        ("dataset_name", "dataset", "dataset_mixer", "dataset_mixture", "datasets", "path", "train_file"),
        ("train_data",),
        dataset,
        "a path or an id; a mixture is a list of them",
    ),
    combine(("test_split_size",), ("eval_split",), split, "a share or a number of rows"),
    copy("max_length", "max_sequence_length", "max_seq_length", "block_size"),
    combine(("max_prompt_length",), (), prompt_length, "hpc cuts the whole row", "resolved"),
    convert("packing", "packing", readers.switched, "packed conversations are kept apart"),
    combine(("packing_strategy",), (), packing_strategy, "packs hold whole conversations", "implied"),
    combine(("use_peft",), ("training_type",), training_type, "LoRA where PEFT is asked for"),
    copy("lora_r", "lora_rank", "lora_rank"),
    copy("lora_alpha", "lora_alpha"),
    copy("lora_dropout", "lora_dropout"),
    convert("lora_target_modules", "target_modules", modules, "all linear layers, or names", "target_modules"),
    convert("lora_modules_to_save", "modules_to_save", readers.named_modules, "trained and saved as a whole"),
    combine(("use_dora", "use_rslora"), ("lora_variant",), readers.variant("use_dora", "use_rslora"), "DoRA or rsLoRA"),
    combine(("load_in_4bit", "load_in_8bit"), ("quantization_bit",), quantization, "bitsandbytes"),
    implied("bnb_4bit_quant_type", "int4 is nf4"),
    implied("bnb_4bit_quant_storage", "hpc stores 4-bit weights as the backend needs them"),
    implied("use_bnb_nested_quant", "int4 quantizes its constants, too"),
    combine(("bf16", "fp16"), ("mixed_precision",), precision, "bf16 unless fp16 is asked for"),
    combine(("dtype", "torch_dtype"), (), dtype, "hpc loads the weights as the training needs them", "implied"),
    convert("attn_implementation", "flash_attention_v2", readers.attention, "FlashAttention 2 or SDPA", "attn_impl"),
    combine(("loss_type", "loss_weights"), ("pref_loss",), loss, "the losses that hpc has"),
    combine(("beta",), ("pref_beta",), beta, "0.1 where nothing is written"),
    combine(("simpo_gamma", "gamma_beta_ratio"), ("simpo_gamma",), gamma, "gamma, or its ratio to beta"),
    copy("label_smoothing", "dpo_label_smoothing"),
    convert("rpo_alpha", "pref_ftx", weight, "the weight of the supervised loss", "cpo_alpha"),
    convert("early_stopping_patience", "early_stopping_patience", weight, "evaluations without a better loss"),
    combine(("chat_template_path", "chat_template"), ("chat_template",), template, "a file", "resolved"),
    copy("system_prompt", "system_prompt"),
    combine(("eos_token",), (), read_eos, "equal to the tokenizer's, nothing changes", "no_effect"),
    combine(("assistant_only_loss",), (), assistant_only, "only the assistant's turns are learned", "implied"),
    combine(("completion_only_loss",), (), completion_only, "only completions are learned", "implied"),
    implied("eval_packing", "evaluation is packed as the training is"),
    implied("padding_free", "packs need no padding"),
    implied("truncation_mode", "longer rows are cut at their end"),
    implied("shuffle_dataset", "rows are shuffled in every epoch"),
    implied("disable_dropout", "hpc keeps the dropout that is written"),
    implied("pad_to_multiple_of", "padding is never learned"),
    implied("pad_token", "padding is never learned", "padding_value"),
    implied("dataset_text_field", "hpc finds the columns by their names"),
    implied("columns", "hpc finds the columns by their names"),
    implied("dataset_train_split", "of a folder with splits hpc reads train", "split", "dataset_splits"),
    implied("dataset_test_split", "evaluation data is named: `eval_data`"),
    implied("dataset_kwargs", "hpc prepares the rows itself"),
    implied("lora_task_type", "a causal language model"),
    implied("is_encoder_decoder", "a causal language model"),
    no_effect("trust_remote_code", "Whether to allow for custom models defined on the Hub …"),
    no_effect("precompute_ref_log_probs", "Whether to precompute the reference model log probabilities …"),
    no_effect("precompute_ref_batch_size", "Batch size to use when precomputing reference model log probabilities."),
    no_effect("ignore_bias_buffers", "Debug argument for distributed training."),
    no_effect("generate_during_eval", "Whether to generate and log completions … during evaluation."),
    no_effect("activation_offloading", "Whether to offload the activations to the CPU."),
    no_effect("cast_lm_head_to_fp32", "Whether to cast the language modeling head … to float32 …"),
    no_effect(
        "callbacks",
        "They run beside the training.",
        "benchmarks",
        "hub_model_revision",
        "wandb_project",
        "wandb_entity",
        "wandb_run_group",
        "preprocessing_num_workers",
        "model_author",
    ),
    no_effect("ds3_gather_for_generation", "This setting applies to DeepSpeed ZeRO-3."),
    no_effect("dataset_num_proc", "Number of processes to use for processing the dataset."),
    no_effect("log_multimodal", "Whether to log multimodal content (images, videos, etc.) together with completions."),
    lost(
        "dataset_config",
        "name",
        "data_dir",
        "data_files",
        why="hpc reads a file, a folder or a hub id",
        instead="download it",
    ),
    lost("dataset_prompt_column", "prompt_column", why="hpc knows the columns by name", instead="rename it to prompt"),
    lost("dataset_streaming", "streaming", "fraction", why="hpc reads all rows", instead="use `max_samples`"),
    lost("model_revision", "teacher_model_revision", why="hpc loads the newest revision", instead="name its folder"),
    lost("model_init_kwargs", "teacher_model_init_kwargs", why="hpc loads the model with its own config.json"),
    lost("chat_template_kwargs", why="the model's own chat template decides"),
    lost("lora_target_parameters", why="hpc adapts linear layers only"),
    lost("router_aux_loss_coef", why="hpc adds no loss of the router"),
    lost("sync_ref_model", why="the reference is the base model"),
    part_of(
        ("sync_ref_model",), "ref_model_mixup_alpha", "ref_model_sync_steps", why="the reference is the base model"
    ),
    lost("ld_alpha", "use_weighting", "f_divergence_type", "alpha", why="hpc's preference losses have no such term"),
    part_of(("f_divergence_type",), "f_alpha_divergence_coef", why="hpc has no other divergence"),
    no_effect("discopop_tau", "Temperature of the DiscoPOP loss, which `loss_type` names."),
    lost("desirable_weight", "undesirable_weight", why="hpc weighs both answers the same"),
    lost("center_rewards_coefficient", why="hpc trains no reward models"),
    part_of(
        ONLINE,
        "cache_implementation",
        "delta",
        "entropy_coef",
        "entropy_coef_delta",
        "entropy_coef_max",
        "entropy_coef_min",
        "entropy_target",
        "epsilon",
        "epsilon_high",
        "generation_batch_size",
        "generation_kwargs",
        "importance_sampling_level",
        "lmbda",
        "log_completions",
        "log_completions_hub_repo",
        "log_unique_prompts",
        "mask_truncated_completions",
        "max_completion_length",
        "max_new_tokens",
        "max_tool_calling_iterations",
        "min_p",
        "missing_eos_penalty",
        "multi_objective_aggregation",
        "normalize_advantages",
        "num_completions_to_print",
        "num_generations_eval",
        "num_iterations",
        "off_policy_mask_threshold",
        "repetition_penalty",
        "reward_clip_range",
        "sapo_temperature_neg",
        "sapo_temperature_pos",
        "scale_rewards",
        "seq_kd",
        "steps_per_generation",
        "temperature",
        "top_entropy_quantile",
        "top_k",
        "top_p",
        "transformers_continuous_batching_config",
        "use_adaptive_entropy",
        "use_bias_correction_kl",
        "use_transformers_continuous_batching",
        "use_transformers_paged",
        "use_vllm",
        "vespo_k_neg",
        "vespo_k_pos",
        "vespo_lambda_neg",
        "vespo_lambda_pos",
        "vllm_enable_sleep_mode",
        "vllm_gpu_memory_utilization",
        "vllm_group_port",
        "vllm_importance_sampling_cap",
        "vllm_importance_sampling_clip_max",
        "vllm_importance_sampling_clip_min",
        "vllm_importance_sampling_correction",
        "vllm_importance_sampling_mode",
        "vllm_max_model_length",
        "vllm_mode",
        "vllm_model_impl",
        "vllm_server_base_url",
        "vllm_server_host",
        "vllm_server_port",
        "vllm_server_timeout",
        "vllm_structured_outputs_regex",
        "vllm_tensor_parallel_size",
        "vllm_device",
        "vllm_max_model_len",
        "code_eval_test_batch_size",
        "code_language",
        "code_eval_scoring_mode",
        why="hpc does no reinforcement learning or distillation",
    ),
)

TOOL: Final = Tool(
    "trl",
    "TRL",
    extend(OWN, huggingface.TABLE),
    signature=(
        frozenset(("model_name_or_path", "per_device_train_batch_size")),
        frozenset(("model_name_or_path", "dataset_name")),
        frozenset(("model_name_or_path", "num_train_epochs")),
        frozenset(("model_name_or_path", "learning_rate")),
        frozenset(("per_device_train_batch_size", "num_train_epochs")),
        frozenset(("per_device_train_batch_size", "output_dir")),
        frozenset(("num_train_epochs", "output_dir")),
        frozenset(("use_peft", "lora_r")),
        frozenset(("dataset_mixer",)),
        frozenset(("dataset_mixture",)),
    ),
    overridden={
        "max_length": 1024,
        "beta": 0.1,
        "seed": 42,
        "gradient_accumulation_steps": 1,
        "lora_target_modules": None,
    },
    always={"merge_adapter": False},
    notes=("TRL learns from every token of a conversation unless `assistant_only_loss` is on; hpc from the answers.",),
    adapt=adapt,
)
