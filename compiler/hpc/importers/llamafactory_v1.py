"""LLaMA-Factory v1, whose configs have plugins: `peft_config`, `dist_config`, `quant_config`, `kernel_config`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from hpc.importers import mixtures, shared
from hpc.importers.deepspeed_file import read_deepspeed
from hpc.importers.llamafactory import attention
from hpc.importers.nearby import read_values
from hpc.importers.prompt_templates import read_template
from hpc.importers.shared import lose, mapped, resolved
from hpc.importers.table import ForeignJob, Outcome, Table, combine, convert, copy, implied_as, no_effect
from hpc.importers.tool import Tool
from hpc.importers.tool_values import UnknownValueError, is_placeholder, number


def plugin(job: ForeignJob, key: str) -> tuple[str, Mapping[str, Any]]:
    """The name and the settings of a plugin; no name where there is none.

    Raises:
        UnknownValueError: a placeholder stands for it.
    """
    value = job[key]
    if value in (None, "", {}):
        return "", {}
    if not isinstance(value, Mapping):
        raise UnknownValueError(value)
    return str(value.get("name", "")), {name: each for name, each in value.items() if name != "name"}


def datasets(job: ForeignJob, key: str, name: str) -> Outcome:
    """A path, an id, or a file that lists the data sets by name.

    Raises:
        UnknownValueError: a placeholder stands for it.
    """
    value = job[key]
    if value is None:
        return mapped()
    if isinstance(value, list):
        return mixtures.read_entries(key, name, value, _setting)
    if not isinstance(value, str) or is_placeholder(value):
        raise UnknownValueError(value)
    if not value.endswith((".yaml", ".yml")):
        return mapped(**{name: value})
    entries = _listed(job.folder, value)
    if entries is None:
        return resolved(f"{value}, which lists the data sets, was not found: write their paths", **{name: value})
    return mixtures.read_entries(key, name, entries, _setting)


def _listed(folder: Path, name: str) -> list[Any] | None:
    """The data sets that a file lists; None where it is not here."""
    values = read_values(name, folder)
    return None if values is None else list(values.values())


def _setting(key: str, value: Any) -> Outcome:
    """What becomes of one setting of a data set."""
    if key == "path":
        return Outcome("mapped", why="the path of the data")
    if key == "weight":
        return mixtures.weight(value)
    if key in ("source", "converter") or (key == "split" and value == "train"):
        return Outcome("implied", why="hpc finds the format by the columns, and reads train")
    if key == "split":
        return resolved(mixtures.SPLIT)
    if key == "size":
        return resolved("write the number of rows: `max_samples`")
    return lose(f"hpc has no setting {key} of a data set")


def adapter(job: ForeignJob) -> Outcome:
    """LoRA, or all parameters without a plugin."""
    name, settings = plugin(job, "peft_config")
    if not name:
        return mapped(training_type="full")
    if name != "lora":
        return lose(f"hpc has no {name} training")
    known = {"r": "lora_rank", "lora_alpha": "lora_alpha", "lora_dropout": "lora_dropout"}
    values: dict[str, Any] = {known[key]: value for key, value in settings.items() if key in known}
    if targets := settings.get("target_modules"):
        values["target_modules"] = shared.modules(targets)
    others = sorted(settings.keys() - {*known, "target_modules", "export_dir"})
    if others:
        return lose(f"hpc's adapter has no {', '.join(others)}")
    return Outcome("mapped", {"training_type": "lora", **values})


def distribution(job: ForeignJob) -> Outcome:
    """DeepSpeed by its file; FSDP2 shards what ZeRO-3 shards."""
    name, settings = plugin(job, "dist_config")
    if not name:
        return mapped()
    if settings.get("dcp_path"):
        return lose("hpc starts from a model in the format of transformers", "convert the checkpoint")
    if name == "deepspeed":
        return read_deepspeed(settings.get("config_file", "deepspeed"), job.folder)
    if name == "fsdp2":
        return mapped(distributed_backend="deepspeed", zero_stage=3)
    return lose(f"hpc does not distribute with {name}", "use ddp or deepspeed")


def initialization(job: ForeignJob) -> Outcome:
    """Where the model is before its weights are loaded."""
    name, _ = plugin(job, "init_config")
    if name in ("", "init_on_default", "init_on_meta", "init_on_rank0"):
        return Outcome("implied", why="hpc places the weights itself")
    return lose("hpc loads the weights that the model has")


def quantization(job: ForeignJob) -> Outcome:
    """Bitsandbytes in 4 or 8 bits."""
    name, settings = plugin(job, "quant_config")
    if not name:
        return mapped()
    bits = settings.get("quantization_bit", 4)
    if name not in ("bnb", "auto") or bits not in (4, 8):
        return lose(f"hpc quantizes with bitsandbytes in 4 or 8 bits only, not {name}")
    return mapped(quantization_bit=f"int{bits}")


def kernels(job: ForeignJob) -> Outcome:
    """Kernels compute the same."""
    name, settings = plugin(job, "kernel_config")
    liger = "liger" in f"{name} {settings.get('include_kernels', '')}".lower()
    return mapped(liger_kernel=True) if liger else Outcome("no_effect", why="kernels compute the same")


def accumulation(job: ForeignJob) -> Outcome:
    """The global batch divided by the micro batch, on one device."""
    if not job.says("global_batch_size"):
        return mapped(gradient_accumulation_steps=1)
    steps = number(job["global_batch_size"]) / number(job["micro_batch_size"])
    why = "divide it by the number of devices, too: write `gradient_accumulation_steps`"
    return resolved(why, gradient_accumulation_steps=steps)


def model_class(job: ForeignJob) -> Outcome:
    """Language models."""
    name = str(job["model_class"] or "llm")
    return Outcome("implied", why="a causal language model") if name == "llm" else lose(f"hpc trains no {name}")


def saving(job: ForeignJob) -> Outcome:
    """Steps, or epochs; no checkpoint where nothing is written."""
    if job.says("save_steps"):
        return shared.intervals("checkpoint_steps", job["save_steps"], checkpoint_strategy="steps")
    if job.says("save_epochs") and number(job["save_epochs"]) != 1:
        return resolved("write `checkpoint_steps`", checkpoint_strategy="steps")
    return mapped(checkpoint_strategy="epoch" if job.says("save_epochs") else "no")


def settings_of(key: str, field: str, default: str) -> Any:
    """A plugin of which hpc has the name only."""

    def read(job: ForeignJob) -> Outcome:
        name, settings = plugin(job, key)
        if settings:
            return lose(f"hpc has no settings for {name}: {', '.join(settings)}")
        return Outcome("mapped", {field: name or default})

    return read


def precision(job: ForeignJob) -> Outcome:
    """bf16 where nothing is written."""
    return shared.precision(ForeignJob({**job.given, "fp16": False}, job.defaults, job.folder))


TABLE: Final[Table] = (
    copy("model", "model"),
    combine(("template",), (), read_template, "hpc uses the model's own chat template", "resolved"),
    combine(("model_class",), (), model_class, "a causal language model", "implied"),
    combine(
        ("train_dataset",),
        ("train_data",),
        lambda job: datasets(job, "train_dataset", "train_data"),
        "a path, an id, or a file that lists them",
    ),
    combine(
        ("eval_dataset",),
        ("eval_data",),
        lambda job: datasets(job, "eval_dataset", "eval_data"),
        "a path, an id, or a file that lists them",
    ),
    copy("output_dir", "output_dir"),
    copy("micro_batch_size", "batch_size"),
    combine(
        ("global_batch_size",),
        ("gradient_accumulation_steps",),
        accumulation,
        "the global batch divided by the micro batch",
    ),
    copy("cutoff_len", "max_sequence_length"),
    copy("learning_rate", "learning_rate"),
    combine(("num_train_epochs",), ("epochs",), shared.epochs, "whole epochs"),
    combine(("max_steps",), ("max_steps",), shared.max_steps, "they win over the epochs"),
    copy("max_grad_norm", "max_grad_norm"),
    combine(("bf16",), ("mixed_precision",), precision, "bf16 or none"),
    convert("flash_attn", "flash_attention_v2", attention, "FlashAttention 2 or SDPA"),
    convert(
        "enable_activation_checkpointing",
        "disable_gradient_checkpointing",
        lambda value: not shared.switched(value),
        "the opposite of hpc's switch",
    ),
    combine(
        ("peft_config",),
        ("training_type", "lora_rank", "lora_alpha", "lora_dropout", "target_modules"),
        adapter,
        "LoRA, or all parameters without it",
    ),
    combine(
        ("dist_config",),
        ("distributed_backend", "zero_stage", "offload"),
        distribution,
        "FSDP2 shards what ZeRO-3 shards",
    ),
    combine(("quant_config",), ("quantization_bit",), quantization, "bitsandbytes"),
    combine(("kernel_config",), ("liger_kernel",), kernels, "Liger's kernels"),
    combine(("optim_config",), ("optimizer",), settings_of("optim_config", "optimizer", "adamw"), "its name"),
    combine(
        ("lr_scheduler_config",),
        ("lr_scheduler_type",),
        settings_of("lr_scheduler_config", "lr_scheduler_type", "constant"),
        "its name",
    ),
    copy("seed", "seed"),
    convert("full_determinism", "full_determinism", shared.switched, ""),
    combine(("resume_from_checkpoint",), ("resume_from_checkpoint",), shared.resume, "auto is the newest checkpoint"),
    combine(
        ("save_steps", "save_epochs"), ("checkpoint_strategy", "checkpoint_steps"), saving, "when a checkpoint is saved"
    ),
    combine(("save_total_limit",), ("number_of_checkpoints",), shared.limit, "how many are kept"),
    copy("logging_steps", "logging_steps"),
    implied_as(
        "batching_strategy",
        "normal",
        "padding_free",
        why="a batch has so many rows",
        unless="hpc's batches have the same number of rows",
    ),
    no_effect("trust_remote_code", "Trust remote code from Hugging Face."),
    no_effect("batching_workers", "Number of workers for batching."),
    no_effect("save_ckpt_as_hf", "Save intermediate checkpoints in HuggingFace format instead of distributed format."),
    no_effect("sample_backend", "Sampling backend, default to 'hf'."),
    no_effect("max_new_tokens", "Maximum number of new tokens to generate."),
    combine(("init_config",), (), initialization, "hpc places the weights itself", "implied"),
)

TOOL: Final = Tool(
    "llamafactory-v1",
    "LLaMA-Factory v1",
    TABLE,
    signature=(
        frozenset(("model", "model_class")),
        frozenset(("model", "train_dataset", "dist_config")),
        frozenset(("model", "train_dataset", "peft_config")),
        frozenset(("model", "train_dataset", "kernel_config")),
        frozenset(("model", "train_dataset", "micro_batch_size")),
    ),
    overridden={"num_train_epochs": 3, "max_steps": None},
    always={"merge_adapter": False, "optimizer": "adamw"},
)
