"""ms-swift, the arguments of `swift sft`, `swift pt` and `swift rlhf`.

The sentences of arguments without effect are those of its own documentation.
"""

from __future__ import annotations

from typing import Any, Final

from hpc.importers import huggingface, shared
from hpc.importers.shared import lose, mapped, resolved
from hpc.importers.swift_others import OTHERS
from hpc.importers.table import ForeignJob, Outcome, Table, combine, convert, copy, implied, implied_as
from hpc.importers.tool import Note, Tool, extend
from hpc.importers.tool_values import UnknownValueError, is_placeholder, number, number_or_none, switch, word


def adapt(job: ForeignJob, command: tuple[str, ...]) -> ForeignJob:
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
    return ForeignJob(job.given, defaults, job.folder)


def trainer(job: ForeignJob) -> Outcome:
    """sft, pt, or a preference loss."""
    if job["verb"] != "rlhf":
        return mapped(trainer=job["verb"])
    name = word(job["rlhf_type"])
    loss = shared.loss_of(name)
    if loss is None:
        why = "hpc's KTO learns from pairs" if name == "kto" else f"hpc does no {name}"
        return lose(why, "use the trainer sft, pt or dpo")
    return mapped(trainer="dpo", pref_loss=loss)


def tuner(job: ForeignJob) -> Outcome:
    """LoRA or all parameters."""
    name = word(job["tuner_type"])
    return mapped(training_type=name) if name in ("lora", "full") else lose(f"hpc has no tuner {name}")


def task(job: ForeignJob) -> Outcome:
    """A language model that predicts the next token."""
    value = job["task_type"]
    if value in (None, "causal_lm"):
        return Outcome("implied", why="a causal language model")
    return lose(f"hpc trains language models, not {value}")


def loss_type(job: ForeignJob) -> Outcome:
    """A preference loss that hpc has."""
    value = job["loss_type"]
    if value in (None, "", []):
        return mapped()
    if isinstance(value, str) and is_placeholder(value):
        raise UnknownValueError(value)
    if job["verb"] == "rlhf" and value in shared.VARIANTS:
        return mapped(pref_loss=value)
    return lose(f"hpc has no loss {value}")


def beta(job: ForeignJob) -> Outcome:
    """0.1 for DPO, 2 for SimPO, where nothing is written."""
    if job["verb"] != "rlhf":
        return Outcome("no_effect", why="it applies only to preferences")
    value = job["beta"]
    return (
        mapped(pref_beta=number(value))
        if value is not None
        else mapped(pref_beta=2 if job["rlhf_type"] == "simpo" else 0.1)
    )


def supervised(job: ForeignJob) -> Outcome:
    """The supervised loss beside the preference loss; with SimPO it is on unless `cpo_alpha` says otherwise."""
    if job["verb"] != "rlhf":
        return Outcome("no_effect", why="it applies only to preferences")
    value = job["cpo_alpha"] if job["rlhf_type"] == "simpo" else job["rpo_alpha"]
    return mapped() if value is None else mapped(pref_ftx=number(value))


def datasets(job: ForeignJob, key: str, name: str) -> Outcome:
    """Paths or ids; `#500` at the end takes so many rows of it."""
    value = job[key]
    if value in (None, [], ""):
        return mapped()
    names = value if isinstance(value, list) else [value]
    if any(isinstance(each, str) and each.startswith(("$", "<")) for each in names):
        raise UnknownValueError(value)
    plain = [str(each).split("#")[0].removeprefix("ms::").removeprefix("hf::") for each in names]
    subsets = [path.rpartition(":")[2] for path in plain if ":" in path]
    plain = [path.rpartition(":")[0] or path for path in plain]
    sizes = {str(each).split("#")[1] for each in names if "#" in str(each)}
    if not all(size.isdecimal() and len(size) < 19 for size in sizes):
        raise UnknownValueError(value)
    values: dict[str, Any] = {name: plain[0] if len(plain) == 1 else plain}
    whole = len(sizes) == 1 and all("#" in str(each) for each in names)
    if whole:
        values["max_samples"] = int(next(iter(sizes)))
    why = [f"write the files of these subsets: {', '.join(subsets)}"] if subsets else []
    why += ["`max_samples` is the same for each data set: write it"] if sizes and not whole else []
    return Outcome("resolved", values, "; ".join(why)) if why else Outcome("mapped", values)


def validation(job: ForeignJob) -> Outcome:
    """A share of rows that is kept for evaluation."""
    share = number(job["split_dataset_ratio"] or 0)
    when = job.given.get("eval_strategy") or job.given.get("save_strategy")
    if when in ("no", False):
        return Outcome("no_effect", why="without an evaluation ms-swift keeps no rows for it")
    return mapped(eval_split=share) if share > 0 and not job.says("val_dataset") else mapped()


def evaluation(job: ForeignJob) -> Outcome:
    """As the checkpoints are saved, where there is data for it."""
    share = job["split_dataset_ratio"]
    if not job.says("val_dataset") and not (share and not is_placeholder(share) and number(share) > 0):
        return Outcome("no_effect", why="without evaluation data ms-swift does not evaluate")
    when = job.given.get("eval_strategy")
    steps = job.given.get("eval_steps") or job.given.get("save_steps") or 500
    if when is None:
        when = job["save_strategy"] or "steps"
    if shared.strategy(when) != "steps":
        return mapped(eval_strategy=shared.strategy(when))
    return shared.intervals("eval_steps", steps, eval_strategy="steps")


def precision(job: ForeignJob) -> Outcome:
    """bf16 and fp16, or what goes with the dtype; bfloat16 where nothing is written."""
    if job["bf16"] is None and job["fp16"] is None:
        return Outcome("mapped", shared.dtype(job["torch_dtype"] or "bfloat16") or {"mixed_precision": "none"})
    return shared.precision(job)


def quantization(job: ForeignJob) -> Outcome:
    """Bitsandbytes in 4 or 8 bits."""
    bits = job.first(("quant_bits", "quantization_bit"))
    if bits in (None, "", 0, "0"):
        return mapped()
    method = job["quant_method"]
    if method not in (None, "bnb"):
        return lose(f"hpc quantizes with bitsandbytes only, not {method}")
    return mapped(quantization_bit=f"int{number(bits):g}")


def system(job: ForeignJob) -> Outcome:
    """A text, or a file with it."""
    value = job["system"]
    if value is None:
        return mapped()
    if str(value).endswith(".txt"):
        return resolved("write the text of the file: `system_prompt`")
    return mapped(system_prompt=str(value))


def loss_scale(job: ForeignJob) -> Outcome:
    """Every answer counts the same."""
    value = job["loss_scale"]
    if value in (None, "default"):
        return Outcome("implied", why="every answer is learned")
    if value == "ignore_empty_think":
        return resolved("hpc learns an empty reasoning, too: take it out of the rows")
    return lose("hpc learns every answer, and only answers", "mark turns in the rows: `loss: false`")


def template(job: ForeignJob) -> Outcome:
    """The model's own."""
    value = job["template"]
    if value in (None, "default"):
        return Outcome("implied", why="hpc uses the model's own chat template")
    return resolved(f"the model's own chat template takes the place of {value}; a base model has none: `chat_template`")


def identity(job: ForeignJob) -> Outcome:
    """Names that ms-swift writes into one data set of its own."""
    if "self-cognition" in str(job["dataset"]):
        return resolved("ms-swift writes these names into the rows of self-cognition: write them into the file")
    return Outcome("no_effect", why="they are filled into the self-cognition data only")


def own_code(_job: ForeignJob) -> Outcome:
    """Code or a list of the user's: what it registers acts where another key names it."""
    return resolved("it registers data sets, templates or models of your own: write their files")


def use_chat_template(job: ForeignJob) -> Outcome:
    """Hpc renders conversations with the chat template; plain text is pre-training."""
    if switch(job["use_chat_template"]) or job["use_chat_template"] is None:
        return Outcome("implied", why="hpc uses the model's own chat template")
    return lose("hpc renders conversations with a chat template", "use the trainer pt for plain text")


def epochs(job: ForeignJob) -> Outcome:
    """max_epochs wins."""
    value = job["max_epochs"] if job["max_epochs"] is not None else job["num_train_epochs"]
    return shared.epochs(ForeignJob({**job.given, "num_train_epochs": value}, job.defaults, job.folder))


def accumulation(job: ForeignJob) -> Outcome:
    """16 rows a step, where nothing is written."""
    return mapped(gradient_accumulation_steps=number(job["gradient_accumulation_steps"]))


def truncation(job: ForeignJob) -> Outcome:
    """Hpc cuts longer rows at their end."""
    value = job["truncation_strategy"]
    if value in (None, "right"):
        return Outcome("implied", why="longer rows are cut at their end")
    if value == "delete":
        return resolved("hpc cuts longer rows; `hpc data` says how many: take them out")
    return lose(f"hpc cuts longer rows at their end, not {value}")


def init_weights(job: ForeignJob) -> Outcome:
    """Adapters start at zero."""
    if job["init_weights"] in (None, "true", "True", True):
        return Outcome("implied", why="adapters start at zero")
    return lose("hpc starts adapters at zero")


def modules(value: Any) -> str:
    """All linear layers where none are named."""
    return "all-linear" if value is None else shared.modules(value)


OWN: Final[Table] = (
    combine(("rlhf_type",), ("trainer", "pref_loss"), trainer, "dpo, orpo and simpo are hpc's"),
    combine(("tuner_type", "train_type", "sft_type"), ("training_type",), tuner, "lora or full", single=True),
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
    convert("packing", "packing", shared.switched, "packed conversations are kept apart"),
    implied("padding_free", "packs and rows need no padding to train the same"),
    implied("packing_strategy", "packs hold whole conversations"),
    combine(("bf16", "fp16", "torch_dtype"), ("mixed_precision",), precision, "bf16, fp16 or none"),
    combine(("quant_bits", "quantization_bit", "quant_method"), ("quantization_bit",), quantization, "bitsandbytes"),
    implied_as("bnb_4bit_quant_type", "nf4", why="int4 is nf4", unless="hpc quantizes to nf4"),
    implied(
        "bnb_4bit_use_double_quant", "int4 quantizes its constants, too", unless="hpc quantizes the constants, too"
    ),
    implied("bnb_4bit_compute_dtype", "a quantized base computes in the training's precision"),
    convert("attn_impl", "flash_attention_v2", shared.attention, "FlashAttention 2 or SDPA"),
    copy("lora_rank", "lora_rank"),
    copy("lora_alpha", "lora_alpha"),
    combine(
        ("lora_dropout",),
        ("lora_dropout",),
        shared.dropout(lambda job: job["verb"] == "rlhf"),
        "its trainers of preferences switch all dropout off",
    ),
    convert("target_modules", "target_modules", modules, "all linear layers, or names"),
    convert("modules_to_save", "modules_to_save", shared.named_modules, "trained and saved as a whole"),
    huggingface.VARIANT,
    combine(("loss_type",), ("pref_loss",), loss_type, "a preference loss that hpc has"),
    combine(("beta",), ("pref_beta",), beta, "0.1, and 2 for SimPO, where nothing is written"),
    combine(("rpo_alpha", "cpo_alpha"), ("pref_ftx",), supervised, "the weight of the supervised loss"),
    copy("label_smoothing", "dpo_label_smoothing"),
    copy("simpo_gamma", "simpo_gamma"),
    convert("early_stop_interval", "early_stopping_patience", number_or_none, "evaluations without a better loss"),
    combine(("system",), ("system_prompt",), system, "for conversations without a system turn"),
    combine(("model_name", "model_author"), (), identity, "they are filled into the self-cognition data", "no_effect"),
    combine(
        ("external_plugins", "custom_register_path", "custom_dataset_info"),
        (),
        own_code,
        "what they register is not known here",
        "resolved",
    ),
    implied("strict", "a malformed row is an error, unless `hpc run --skip-bad-rows` is asked for"),
    implied("template_backend", "the model's own chat template renders the rows"),
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
    *OTHERS,
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
        Note(
            "without `max_length` ms-swift takes the model's own length: write `max_sequence_length`",
            unless=("max_length",),
        ),
        Note(
            "ms-swift's AdamW has beta2 0.95 where nothing is written; hpc's has 0.999",
            unless=("adam_beta2", "optim", "optimizer"),
        ),
    ),
    adapt=adapt,
    idle_commands=frozenset(("infer", "deploy", "export", "app", "eval", "sample", "rollout", "web-ui", "merge-lora")),
)
