"""Readings that several tools share: what the arguments of transformers, PEFT and TRL become in hpc."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Any, Final

from hpc.importers.table import ForeignJob, Outcome, Row, combine, says_nothing
from hpc.importers.tool_values import number, switch, word, words
from hpc_disk.losses import LOSSES

OPTIMIZERS: Final = {
    **dict.fromkeys(("adamw_torch", "adamw_torch_fused", "adamw_hf", "adamw", "adamw_apex_fused"), "adamw"),
    **dict.fromkeys(("paged_adamw", "paged_adamw_32bit", "adamw_torch_4bit_off"), "adamw"),
    **dict.fromkeys(("adamw_8bit", "adamw_bnb_8bit"), "adamw_8bit"),
    "paged_adamw_8bit": "paged_adamw_8bit",
    "adafactor": "adafactor",
    "sgd": "sgd",
}
SCHEDULERS: Final = {
    "linear": "linear",
    "cosine": "cosine",
    "cosine_with_min_lr": "cosine",
    "constant": "constant",
    "constant_with_warmup": "constant",
}
VARIANTS: Final = tuple(loss.name for loss in LOSSES.values() if loss.table == "dpo")
"""The losses among which TRL's trainer of DPO has a choice, as its argument `loss_type`."""
KEPT: Final = 1000
"""The number of checkpoints that stands for all of them."""


def loss_of(algorithm: str) -> str | None:
    """The preference loss that other tools name as an algorithm, if hpc has it; "dpo" is the loss of its paper."""
    name = "sigmoid" if algorithm == "dpo" else algorithm
    return name if name in LOSSES else None


def mapped(**values: Any) -> Outcome:
    """These fields, without more words."""
    return Outcome("mapped", values)


def resolved(why: str, **values: Any) -> Outcome:
    """A value that the config alone does not give."""
    return Outcome("resolved", values, why)


def lose(why: str, instead: str = "") -> Outcome:
    """What hpc does not do."""
    return Outcome("lost", {}, why, instead)


def text(value: Any) -> str | None:
    """A text, where one is written."""
    return None if value is None else str(value)


def switched(value: Any) -> bool:
    """A switch as a boolean."""
    return switch(value)


def epochs(job: ForeignJob) -> Outcome:
    """Whole epochs; a part of one needs the number of rows."""
    value = number(job["num_train_epochs"])
    if value >= 1 and float(value).is_integer():
        return mapped(epochs=int(value))
    if value <= 0:
        return lose("without an epoch nothing is trained")
    if job.says("max_steps") and number(job["max_steps"]) > 0:
        return Outcome("no_effect", why="max_steps decides")
    return resolved(f"{value} epochs need the number of rows: write `max_steps`, the steps of {value} epochs")


def max_steps(job: ForeignJob) -> Outcome:
    """Above 0 they win over the epochs."""
    value = number(job["max_steps"] or -1)
    return mapped(max_steps=int(value)) if value > 0 else Outcome("no_effect", why="below 1 the epochs decide")


def warmup(job: ForeignJob) -> Outcome:
    """Steps win over the ratio; a number of steps below 1 is a ratio."""
    steps = number(job["warmup_steps"] or 0)
    ratio = steps if 0 < steps < 1 else number(job["warmup_ratio"] or 0)
    if steps >= 1:
        return mapped(lr_warmup_steps=int(steps))
    return mapped(lr_warmup_ratio=ratio) if ratio else mapped()


def scheduler(job: ForeignJob) -> Outcome:
    """The schedules that hpc has; a floor of the cosine is the least share of the learning rate."""
    name = word(job["lr_scheduler_type"])
    if name not in SCHEDULERS:
        return lose(f"hpc has no schedule {name}", "use linear, cosine or constant")
    kwargs = job["lr_scheduler_kwargs"]
    if not kwargs or kwargs in ("{}",):
        return mapped(lr_scheduler_type=SCHEDULERS[name])
    if not isinstance(kwargs, dict):
        return resolved("arguments of the schedule: write `lr_min_ratio`", lr_scheduler_type=SCHEDULERS[name])
    if name == "cosine_with_min_lr" and kwargs.keys() <= {"min_lr", "min_lr_rate"}:
        floor = kwargs.get("min_lr_rate")
        floor = number(kwargs["min_lr"]) / number(job["learning_rate"]) if floor is None else number(floor)
        return mapped(lr_scheduler_type="cosine", lr_min_ratio=floor)
    return lose("hpc's schedules take no arguments but `lr_min_ratio`")


def optimizer(job: ForeignJob) -> Outcome:
    """The optimizers that hpc has."""
    if job["optim"] is None:
        return mapped(optimizer="adamw")
    name = word(job["optim"]).removeprefix("optimizernames.")
    if name in OPTIMIZERS:
        return mapped(optimizer=OPTIMIZERS[name])
    return lose(f"hpc has no optimizer {name}", "use adamw, or another optimizer of hpc")


def precision(job: ForeignJob) -> Outcome:
    """bf16 wins where both are written."""
    if str(job["bf16"]).lower() in ("auto", "full"):
        return mapped(mixed_precision="bf16")
    return mapped(mixed_precision="bf16" if job.on("bf16") else "fp16" if job.on("fp16") else "none")


def checkpointing(job: ForeignJob) -> Outcome:
    """Hpc names the opposite: `disable_gradient_checkpointing`."""
    value = job.first(("gradient_checkpointing", "activation_checkpointing"))
    if value in ("unsloth", "offload", "offload_disk"):
        return mapped(disable_gradient_checkpointing=False, unsloth_gradient_checkpointing=True)
    return mapped(disable_gradient_checkpointing=not switch(value))


def strategy(value: Any) -> str:
    """no, epoch or steps; YAML reads a plain no as false."""
    return "no" if value is False or value is None else word(value)


def evaluation(job: ForeignJob) -> Outcome:
    """When the model is evaluated. A share of the steps needs their number."""
    when = strategy(job.first(("eval_strategy", "evaluation_strategy")))
    if when == "no":
        return Outcome("mapped", {"eval_strategy": "no"}, "no evaluation")
    if when != "steps" or not job.says("eval_steps"):
        return mapped(eval_strategy=when)
    return intervals("eval_steps", job["eval_steps"], eval_strategy="steps")


def held_out(size: float, *, evaluates: bool) -> Outcome:
    """Rows that are kept out of the training, also where nothing is evaluated on them: hpc then evaluates, too."""
    if size <= 0:
        return mapped()
    if evaluates:
        return mapped(eval_split=size)
    why = "these rows are kept out of the training: hpc does so, and evaluates on them once an epoch"
    return resolved(why, eval_split=size, eval_strategy="epoch")


def saving(job: ForeignJob) -> Outcome:
    """When a checkpoint is saved."""
    when = strategy(job.first(("save_strategy",)))
    if when == "best" and _is_other_metric(job["metric_for_best_model"]):
        return lose(f"the best checkpoint is that with the lowest loss, not the best {job['metric_for_best_model']}")
    if when == "best":
        return mapped(
            save_best_checkpoint=True, checkpoint_strategy=strategy(job.first(("eval_strategy", "evaluation_strategy")))
        )
    if when != "steps":
        return mapped(checkpoint_strategy=when)
    return intervals("checkpoint_steps", job["save_steps"], checkpoint_strategy="steps")


def intervals(name: str, value: Any, **values: Any) -> Outcome:
    """Steps as they are; a number below 1 is a share of all steps, whose number the config does not tell."""
    steps = number(value)
    if steps >= 1:
        return mapped(**values, **{name: int(steps)})
    if steps <= 0:
        return mapped(**values)
    return resolved(f"{steps} is a share of all steps: write `{name}` as a number of steps", **values)


def limit(job: ForeignJob) -> Outcome:
    """How many checkpoints are kept; without a limit, all."""
    value = number(job["save_total_limit"] or 0)
    return mapped(number_of_checkpoints=int(value) if value >= 1 else KEPT)


def best(job: ForeignJob) -> Outcome:
    """By the evaluation loss only."""
    wanted = job.on("load_best_model_at_end")
    metric = job["metric_for_best_model"]
    if wanted and _is_other_metric(metric):
        return lose(f"the best checkpoint is that with the lowest evaluation loss, not the best {metric}")
    return mapped(save_best_checkpoint=wanted)


def _is_other_metric(metric: Any) -> bool:
    return bool(metric) and str(metric) not in ("loss", "eval_loss", "text")


def logging(job: ForeignJob) -> Outcome:
    """Steps between two logs; a share of the steps needs their number."""
    if strategy(job["logging_strategy"]) == "no":
        return mapped(logging_steps=0)
    return intervals("logging_steps", job["logging_steps"])


def trackers(job: ForeignJob) -> Outcome:
    """MLflow, Weights & Biases and TensorBoard; none is an empty list."""
    value = job["report_to"]
    if not job.says("report_to"):
        return mapped()
    if value == [] or value == "":
        return mapped(report_to=[])
    names = [name.lower() for name in words(value)]
    if names == ["all"]:
        return mapped(report_to=["mlflow", "wandb", "tensorboard"])
    known = [name for name in names if name in ("mlflow", "wandb", "tensorboard")]
    others = [name for name in names if name not in (*known, "none")]
    if others:
        return Outcome("mapped", {"report_to": known}, f"hpc does not report to {', '.join(others)}")
    return mapped(report_to=known)


def deepspeed(job: ForeignJob) -> Outcome:
    """The stage of the named file: from the file where it is there, else from its name."""
    from hpc.importers.deepspeed_file import read_deepspeed

    value = job["deepspeed"]
    return mapped() if value in (None, False, "") else read_deepspeed(value, job.folder)


def fsdp(job: ForeignJob) -> Outcome:
    """Full sharding is what ZeRO-3 does."""
    if not job["fsdp"] and (not job["fsdp_config"] or says_nothing(job["fsdp_config"])):
        return mapped()
    shards = str(job["fsdp"]).lower()
    stage = 2 if "shard_grad_op" in shards or "hybrid_shard_zero2" in shards else 3
    return mapped(distributed_backend="deepspeed", zero_stage=stage)


def resume(job: ForeignJob) -> Outcome:
    """true, or a path below the current folder."""
    value = job["resume_from_checkpoint"]
    if value in (None, False, "", "false", "False", "no"):
        return mapped(resume_from_checkpoint=False)
    if value in (True, "true", "True", "auto"):
        return mapped(resume_from_checkpoint=True)
    if not isinstance(value, str) or value.startswith(("/", "~", "$")) or ".." in PurePosixPath(value).parts:
        return resolved("write a path inside the current folder, or true for the newest checkpoint in `output_dir`")
    return resolved("a checkpoint of another tool: hpc resumes from its own", resume_from_checkpoint=False)


def dropout(preference: Callable[[ForeignJob], bool]) -> Callable[[ForeignJob], Outcome]:
    """The adapter's dropout; a trainer of preferences switches all dropout off."""

    def read(job: ForeignJob) -> Outcome:
        if preference(job):
            return Outcome("mapped", {"lora_dropout": 0.0}, "its trainers of preferences switch all dropout off")
        value = job["lora_dropout"]
        return mapped() if value is None else mapped(lora_dropout=float(number(value)))

    return read


def first_evaluation(job: ForeignJob) -> Outcome:
    """Without an early one another checkpoint may be the best."""
    if not number(job["eval_delay"] or 0) or not (job.on("load_best_model_at_end") or job["early_stopping_patience"]):
        return Outcome("no_effect", why="evaluation changes nothing that is trained")
    return lose("hpc evaluates from the start: another checkpoint may be the best")


def sampling(job: ForeignJob) -> Outcome:
    """At random, or rows of similar length together."""
    name = job["train_sampling_strategy"]
    if job.on("group_by_length") or name == "group_by_length":
        return mapped(group_by_length=True)
    if name in (None, "random"):
        return mapped()
    return lose("hpc shuffles the rows in every epoch")


def data_seed(job: ForeignJob) -> Outcome:
    """Hpc has one seed."""
    if job["data_seed"] is None or str(job["data_seed"]) == str(job["seed"]):
        return Outcome("implied", why="the order of the rows follows `seed`")
    return lose("hpc has one seed: the order of the rows follows `seed`", "write it as `seed`")


def modules(value: Any) -> str:
    """Names with commas; every tool's word for all linear layers."""
    names = words(value)
    if any(name.lower().replace("_", "-") in ("all", "all-linear", "linear") for name in names):
        return "all-linear"
    return ",".join(names)


def named_modules(value: Any) -> list[str] | None:
    """Modules that are trained and saved as a whole; none is nothing to say."""
    return None if value in (None, "", []) else words(value)


def variant(dora: str, rslora: str) -> Any:
    """DoRA or rank-stabilized scaling; hpc has one of them at a time."""

    def read(job: ForeignJob) -> Outcome:
        if job.on(dora) and job.on(rslora):
            return lose("hpc trains DoRA or rank-stabilized LoRA, not both together")
        if job.on(dora):
            return mapped(lora_variant="dora")
        return mapped(lora_variant="rslora") if job.on(rslora) else mapped()

    return read


def attention(value: Any) -> bool | None:
    """Whether this name of an attention is FlashAttention 2; the others are computed by SDPA."""
    if value is None:
        return False
    name = word(value).rsplit("/", 1)[-1]
    return name in ("fa2", "flash_attn", "flash_attention_2", "flash-attn2", "flash_attention", "kernels-community")


def dtype(value: Any) -> dict[str, Any]:
    """The precision that goes with a torch dtype."""
    names = {"bfloat16": "bf16", "bf16": "bf16", "float16": "fp16", "fp16": "fp16", "half": "fp16"}
    name = str(value).removeprefix("torch.").lower()
    return {"mixed_precision": names[name]} if name in names else {}


def fast_tokenizer(key: str) -> Row:
    """Which of two implementations makes the tokens."""

    def read(job: ForeignJob) -> Outcome:
        if job[key] is None or job.on(key):
            return Outcome("no_effect", why="hpc loads the fast tokenizer where there is one, too")
        return resolved("hpc loads the tokenizer as transformers does: compare its tokens with `hpc data`")

    return combine((key,), (), read, "hpc loads the fast tokenizer where there is one", "no_effect")
