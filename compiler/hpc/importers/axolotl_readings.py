"""What Axolotl's arguments become where more than their value decides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from hpc.importers import mixtures, shared
from hpc.importers.shared import lose, mapped, resolved
from hpc.importers.table import ForeignJob, Outcome
from hpc.importers.tool_values import UnknownValueError, number, switch, word, words

FORMATS: Final = {
    "alpaca": "alpaca",
    "sharegpt": "sharegpt",
    "chat_template": "auto",
    "completion": "corpus",
    "pretrain": "corpus",
}
# Names of columns that hpc knows, too.
COLUMNS: Final = {
    "field_messages": ("messages", "conversations"),
    "field": ("text",),
    "field_chosen": ("chosen",),
    "field_rejected": ("rejected",),
    "field_system": ("system",),
    "field_instruction": ("instruction", "prompt"),
    "field_input": ("input",),
    "field_output": ("output", "completion"),
    "field_tools": ("tools",),
    "message_field_role": ("role", "from"),
    "message_field_content": ("content", "value"),
    "message_property_mappings": ({"role": "role", "content": "content"}, {"role": "from", "content": "value"}),
}
# How answers are learned, and hpc does so, too.
LEARNED: Final = {
    "roles_to_train": (["assistant"], ["gpt"], ["assistant", "gpt"], ["gpt", "assistant"]),
    "train_on_eos": ("turn",),
    "train_on_eot": ("turn",),
}
BITSANDBYTES: Final = {
    "llm_int8_has_fp16_weight": False,
    "bnb_4bit_quant_type": "nf4",
    "bnb_4bit_use_double_quant": True,
}
NO_PREFERENCE: Final = (None, False, "", "none")
SCHEDULERS: Final = ("cosine", "linear", "constant", "constant_with_warmup")


def precision(job: ForeignJob) -> Outcome:
    """bf16 may be auto; bfloat16 and float16 keep the weights in 16 bits."""
    if job.on("bfloat16") or job.on("float16") or str(job["bf16"]) == "full":
        return lose("hpc keeps float32 weights in full training", "use bf16: true")
    if job["bf16"] is None and job["fp16"] is None:
        return mapped(mixed_precision="none")
    return shared.precision(job)


def adapter(job: ForeignJob) -> Outcome:
    """Qlora is LoRA on a base in 4 bits; no adapter is full training."""
    name = job["adapter"]
    bits = "int8" if job.on("load_in_8bit") else "int4" if job.on("load_in_4bit") or name == "qlora" else "none"
    if name in (None, ""):
        return mapped(training_type="full")
    if word(name) not in ("lora", "qlora"):
        return lose(f"hpc has no adapter {name}")
    return mapped(training_type="lora", quantization_bit=bits)


def own_config(job: ForeignJob) -> Outcome:
    """A model is loaded with its own config, also where the source names it twice."""
    if job["base_model_config"] in (None, "", job["base_model"]):
        return Outcome("no_effect", why="it is the model's own config.json")
    return lose("hpc loads the model with its own config.json", "write it there")


def bitsandbytes(job: ForeignJob) -> Outcome:
    """Axolotl's own settings of bitsandbytes are hpc's."""
    given = job["bnb_config_kwargs"]
    if isinstance(given, Mapping) and all(value in (None, BITSANDBYTES.get(key)) for key, value in given.items()):
        return Outcome("implied", why="hpc quantizes in this way: int4 is nf4, int8 is LLM.int8")
    return lose("hpc quantizes with bitsandbytes only: int4 is nf4, int8 is LLM.int8")


def targets(job: ForeignJob) -> Outcome:
    """All linear layers, or the names that are written."""
    if job.on("lora_target_linear"):
        return mapped(target_modules="all-linear")
    value = job["lora_target_modules"]
    return mapped() if value is None else mapped(target_modules=shared.modules(value))


def trainer(job: ForeignJob) -> Outcome:
    """Without `rl` it is supervised fine-tuning, or pre-training of plain text."""
    name = job["rl"]
    if name in NO_PREFERENCE:
        return mapped(trainer="pt" if _types(job) & {"completion", "pretrain"} or job["pretraining_dataset"] else "sft")
    loss = shared.loss_of(word(name))
    if loss is None:
        return lose(f"hpc does no {name}", "use the trainer sft, pt or dpo")
    return mapped(trainer="dpo", pref_loss=loss)


def beta(job: ForeignJob) -> Outcome:
    """ORPO calls it alpha."""
    value = job.first(("rl_beta", "dpo_beta", "orpo_alpha"))
    return mapped() if value is None else mapped(pref_beta=number(value))


def supervised(job: ForeignJob) -> Outcome:
    """With SimPO it is added unless `cpo_alpha` says otherwise."""
    value = job.first(("rpo_alpha", "cpo_alpha"))
    if value is None and job["rl"] == "simpo":
        value = 1.0
    return mapped() if value is None else mapped(pref_ftx=number(value))


def dpo_loss(job: ForeignJob) -> Outcome:
    """One loss that hpc has."""
    value = job["dpo_loss_type"]
    names = value if isinstance(value, list) else [value] if value else []
    if not names:
        return mapped()
    known = len(names) == 1 and names[0] in shared.VARIANTS
    return mapped(pref_loss=names[0]) if known else lose(f"hpc has no preference loss {', '.join(map(str, names))}")


def _entries(job: ForeignJob, key: str) -> list[Any]:
    value = job[key]
    return value if isinstance(value, list) else [value] if isinstance(value, Mapping) else []


def _types(job: ForeignJob) -> set[str]:
    return {str(entry.get("type")).split(".")[0] for entry in _entries(job, "datasets") if isinstance(entry, Mapping)}


def datasets(job: ForeignJob, key: str, name: str) -> Outcome:
    """Paths, and the format that goes with their type."""
    if job[key] in (None, []):
        return mapped()
    entries = _entries(job, key)
    if not entries or not all(isinstance(entry, Mapping) for entry in entries):
        raise UnknownValueError(job[key])
    formats = {FORMATS.get(str(entry.get("type")).split(".")[0], "") for entry in entries}
    only = next(iter(formats)) if name == "train_data" and len(formats) == 1 else ""
    values = {} if only in ("", "auto") else {"data_format": only}
    return mixtures.read_entries(key, name, entries, _part, **values)


def _part(key: str, value: Any) -> Outcome:
    """What becomes of one setting of a data set."""
    if key in ("path", "data_files", "ds_type"):
        return Outcome("mapped", why="the path of the data")
    if key == "type":
        return _type(value)
    if value in COLUMNS.get(key, ()) or value in (None, False) or (key == "split" and value == "train"):
        return Outcome("implied", why="hpc knows this column, or reads this split")
    if key in ("conversation", "chat_template"):
        return resolved("the model's own chat template is used")
    if value in LEARNED.get(key, ()):
        return Outcome("implied", why="every answer is learned with its end")
    if key in (*LEARNED, "shards", "shards_idx", "input_transform", "message_field_training"):
        return lose("hpc reads every row, and learns every answer with its end")
    if key == "split":
        return resolved(mixtures.SPLIT)
    if key in ("name", "revision", "data_dir"):
        return lose(mixtures.CONFIGURATION)
    return resolved("rename the columns that hpc does not know: check with `hpc data`")


def _type(value: Any) -> Outcome:
    """The format that goes with a type; texts are joined into blocks."""
    name = value.split(".")[0] if isinstance(value, str) else ""
    if name == "completion":
        return resolved("hpc joins texts into blocks of `max_sequence_length`; Axolotl keeps each text apart")
    if name in FORMATS:
        return Outcome("mapped", why="hpc finds the format by the columns")
    return resolved("hpc finds the format by the columns: check it with `hpc data`")


def validation(job: ForeignJob) -> Outcome:
    """A share or a number of rows that is kept for evaluation."""
    off = job.first(("eval_strategy", "evaluation_strategy")) in ("no", False)
    off = off or (job.says("evals_per_epoch") and number(job["evals_per_epoch"]) == 0)
    return shared.held_out(number(job["val_set_size"] or 0), evaluates=not off)


def evaluation(job: ForeignJob) -> Outcome:
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
        return shared.intervals("eval_steps", job["eval_steps"], eval_strategy="steps")
    when = job.first(("eval_strategy", "evaluation_strategy"))
    return mapped(eval_strategy="epoch" if when is None else shared.strategy(when))


def saving(job: ForeignJob) -> Outcome:
    """Each epoch, where nothing else is written."""
    if job.says("saves_per_epoch"):
        times = number(job["saves_per_epoch"])
        if times in (0, 1):
            return mapped(checkpoint_strategy="epoch" if times else "no")
        return resolved(f"{times:g} checkpoints an epoch: write `checkpoint_steps`", checkpoint_strategy="steps")
    if job.says("save_steps"):
        return shared.intervals("checkpoint_steps", job["save_steps"], checkpoint_strategy="steps")
    when = job.given.get("save_strategy")
    return mapped(checkpoint_strategy="epoch" if when is None else shared.strategy(when))


def warmup(job: ForeignJob) -> Outcome:
    """3 % of the steps, at most 100, where nothing is written."""
    if job.says("warmup_steps") or job.says("warmup_ratio"):
        return shared.warmup(job)
    return mapped(lr_warmup_ratio=0.03)


def scheduler(job: ForeignJob) -> Outcome:
    """Cosine where nothing is written, with a floor where one is."""
    name = word(job["lr_scheduler"] or "cosine")
    if name not in SCHEDULERS:
        return lose(f"hpc has no schedule {name}", "use linear, cosine or constant")
    values: dict[str, Any] = {"lr_scheduler_type": shared.SCHEDULERS[name]}
    if job["cosine_min_lr_ratio"]:
        values["lr_min_ratio"] = number(job["cosine_min_lr_ratio"])
    return Outcome("mapped", values)


def optimizer(job: ForeignJob) -> Outcome:
    """Axolotl's names are those of transformers."""
    name = word(job["optimizer"] or "adamw_torch_fused")
    if name in shared.OPTIMIZERS:
        return mapped(optimizer=shared.OPTIMIZERS[name])
    return lose(f"hpc has no optimizer {name}", "use adamw, or another optimizer of hpc")


def attention(job: ForeignJob) -> Outcome:
    """FlashAttention 2; the others compute the same."""
    if job.on("flash_attention"):
        return mapped(flash_attention_v2=True)
    return mapped(flash_attention_v2=bool(shared.attention(job["attn_implementation"])))


def watchdog(job: ForeignJob) -> Outcome:
    """It ends the training at a loss above a threshold."""
    if not job["loss_watchdog_threshold"]:
        return Outcome("no_effect", why="without a threshold nothing is watched")
    return resolved("hpc does not stop at a high loss, only at NaN or infinity: watch the loss")


def logging(job: ForeignJob) -> Outcome:
    """Steps between two logs; a share of the steps needs their number."""
    return mapped() if job["logging_steps"] is None else shared.intervals("logging_steps", job["logging_steps"])


def trackers(job: ForeignJob) -> Outcome:
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


def liger(job: ForeignJob) -> Outcome:
    """Any of Liger's kernels."""
    kernels = ("liger_rope", "liger_rms_norm", "liger_layer_norm", "liger_swiglu", "liger_glu_activation")
    return mapped(liger_kernel=any(job.on(kernel) for kernel in kernels))


def resume(job: ForeignJob) -> Outcome:
    """The newest checkpoint where there is one."""
    if job.on("auto_resume_from_checkpoints") and not job.says("resume_from_checkpoint"):
        return mapped(resume_from_checkpoint=True)
    return shared.resume(job)


def micro_batches(job: ForeignJob) -> Outcome:
    """Accumulation is written, or follows from the total batch."""
    if job.says("batch_size") and not job.says("gradient_accumulation_steps"):
        return mapped(gradient_accumulation_steps=number(job["batch_size"]) / number(job["micro_batch_size"]))
    return mapped(gradient_accumulation_steps=number(job["gradient_accumulation_steps"] or 1))


def packing(job: ForeignJob) -> Outcome:
    """Packed conversations are kept apart; the blocks of hpc's pre-training are not."""
    if not job.on("sample_packing"):
        return mapped(packing=False)
    if not job["pretraining_dataset"]:
        return mapped(packing=True)
    if job.on("pretrain_multipack_attn"):
        return lose("packed texts are kept apart here; the blocks of hpc's pre-training cross them")
    return Outcome("implied", why="pre-training packs texts into blocks")


def plugins(job: ForeignJob) -> Outcome:
    """Axolotl's own do what their keys say; what others do is not known."""
    value = job["plugins"]
    names = [str(name) for name in value] if isinstance(value, list) else words(value) if value else []
    others = [name for name in names if not name.startswith("axolotl.integrations.")]
    if others:
        return lose(f"hpc cannot know what {', '.join(others)} does")
    if any("densemixer" in name for name in names):
        return lose("hpc keeps the gradients of the router as they are")
    return Outcome("no_effect", why="each plugin's own keys say what it does")


def tokenizer(job: ForeignJob) -> Outcome:
    """The model's own tokenizer, or another one."""
    if job["tokenizer_config"] in (None, job["base_model"]):
        return Outcome("no_effect", why="it is the model's own tokenizer")
    return lose("hpc loads the model's own tokenizer", "copy the tokenizer's files into the model's folder")


def longer(job: ForeignJob) -> Outcome:
    """Rows beyond the length."""
    if job["excess_length_strategy"] == "truncate":
        return Outcome("implied", why="hpc cuts longer rows")
    return resolved("hpc cuts longer rows: `hpc data` says how many there are; take them out")


def legacy(_job: ForeignJob) -> Outcome:
    """How a SentencePiece tokenizer treats the text behind a special token."""
    return resolved("hpc loads the tokenizer as it is saved: write `legacy` into its tokenizer_config.json")


def checkpointing(job: ForeignJob) -> Outcome:
    """Off where nothing is written; offload moves the activations to the host."""
    value, offload = job["gradient_checkpointing"], job["activation_offloading"]
    if value in ("offload", "unsloth") or offload in (True, "legacy", "hidden_states"):
        return mapped(disable_gradient_checkpointing=False, unsloth_gradient_checkpointing=True)
    return mapped(disable_gradient_checkpointing=not switch(value))


def unfrozen(job: ForeignJob) -> Outcome:
    """Hpc trains all parameters, or an adapter."""
    return lose("hpc freezes no layers") if job["unfrozen_parameters"] else Outcome("no_effect", why="it is off")


def chat_template(job: ForeignJob) -> Outcome:
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


def epochs(job: ForeignJob) -> Outcome:
    """Whole epochs; a part of one needs the number of rows."""
    given = {**job.given, "num_train_epochs": job["num_epochs"]}
    return shared.epochs(ForeignJob(given, job.defaults, job.folder))


def number_or_none(value: Any) -> float | None:
    """A number, where one is written."""
    return None if value in (None, "", False) else number(value)
