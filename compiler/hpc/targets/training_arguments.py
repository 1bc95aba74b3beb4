"""``training_arguments.json``: the keyword arguments of the trainer's argument class.

Keys are those of transformers 5.23 and TRL 1.16. Whatever these libraries would default differently from each
other, or from what the config means, is written out.
"""

from __future__ import annotations

from typing import Final

from hpc.lowering import Row, Table, combine, constant, convert, copy, unused
from hpc.resolve import Config
from hpc_disk.losses import LOSSES
from hpc_schema import fields as f

OPTIMIZERS: Final = {
    "adamw": "adamw_torch",
    "sgd": "sgd",
    "adamw_8bit": "adamw_bnb_8bit",
    "paged_adamw_8bit": "paged_adamw_8bit",
    "adafactor": "adafactor",
}

# ε of TRL's robust loss. Any ε in (0, 0.5) serves to build the conservative loss (see conservative_weights).
ROBUST_EPSILON: Final = 0.25


def clipped_logging_steps(steps: int) -> int:
    """-1 means every step; when no steps are logged the number is not used, but must not be 0."""
    return max(1, steps)


def logging_strategy(steps: int) -> str:
    """0 logging steps means no step logs."""
    return "no" if steps == 0 else "steps"


def warmup(steps: int, ratio: float) -> int | float:
    """Steps take precedence over the ratio; transformers reads a number below 1 as a ratio of all steps."""
    return steps if steps > 0 else (float(ratio) if ratio else 0)


def scheduler(name: str, steps: int, ratio: float, floor: float) -> str:
    """Plain `constant` ignores the warm-up, so with one it is constant_with_warmup; a floor has its own schedules."""
    if name == "constant":
        return "constant_with_warmup" if steps or ratio else name
    return {"linear": "polynomial", "cosine": "cosine_with_min_lr"}[name] if floor else name


def scheduler_arguments(name: str, floor: float, rate: float) -> dict[str, float] | None:
    """The floor as the schedule takes it: a share for the cosine, a learning rate for the straight line."""
    if not floor or name == "constant":
        return None
    return {"min_lr_rate": float(floor)} if name == "cosine" else {"lr_end": floor * rate, "power": 1.0}


def sampling(grouped: bool) -> str:
    """A new order in every epoch; when grouped, rows of similar length are next to each other in it."""
    return "group_by_length" if grouped else "random"


def step_limit(steps: int | None) -> int:
    """-1 means that the number of epochs decides."""
    return steps or -1


def reentrant(training_type: str, backend: str, zero_stage: int, bits: str) -> bool:
    """Reentrant for LoRA under ZeRO-3, where the other kind crashes, and on a base of 8 bits, where it saves little.

    bitsandbytes keeps the inputs of its 8-bit layers out of autograd's sight: only a forward pass without a graph, as
    reentrant checkpointing makes it, lets them go.
    """
    return training_type == "lora" and (bits == "int8" or (backend == "deepspeed" and zero_stage == 3))


def effective_seed(full_determinism: bool, seed: int) -> int:
    """With full determinism the seed is always the schema's default, whatever was written."""
    default = f.seed.default
    assert isinstance(default, int)
    return default if full_determinism else seed


def conservative_losses(loss: str, smoothing: float, ftx: float) -> list[str]:
    """The loss, the robust loss when labels are smoothed, and the supervised loss when it is mixed in."""
    return [loss, *(["robust"] if smoothing else []), *(["sft"] if ftx else [])]


def conservative_weights(smoothing: float, ftx: float) -> list[float]:
    """Label smoothing as a mix of two losses TRL has: (1+2ε)·sigmoid - 2ε·robust(1/4).

    With s(Δ) = -log σ(βΔ), TRL's robust loss at 1/4 is (3/4 s(Δ) - 1/4 s(-Δ)) / (1/2), so
    s(-Δ) = 3 s(Δ) - 2 robust, and the conservative loss (1-ε) s(Δ) + ε s(-Δ) of the cDPO note (Mitchell 2023)
    is (1+2ε) s(Δ) - 2ε robust: exact for every ε in [0, 0.5].
    """
    smoothed = [1 + 2 * smoothing, -2 * smoothing] if smoothing else [1.0]
    return [*smoothed, *([float(ftx)] if ftx else [])]


COMMON: Final[Table] = (
    copy(f.output_dir, "output_dir"),
    copy(f.batch_size, "per_device_train_batch_size"),
    convert(f.batch_size, "per_device_eval_batch_size", int, "evaluation uses the training batch size"),
    copy(f.epochs, "num_train_epochs"),
    convert(f.max_steps, "max_steps", step_limit),
    copy(f.learning_rate, "learning_rate"),
    copy(f.gradient_accumulation_steps, "gradient_accumulation_steps"),
    convert(f.mixed_precision, "bf16", lambda p: p == "bf16", "whether it is bf16"),
    convert(f.mixed_precision, "fp16", lambda p: p == "fp16", "whether it is fp16"),
    convert(f.optimizer, "optim", OPTIMIZERS.__getitem__, "the optimizer's name in transformers"),
    copy(f.weight_decay, "weight_decay"),
    convert(f.max_grad_norm, "max_grad_norm", float, "the same number in every file: 0.0 is off"),
    convert(
        f.disable_gradient_checkpointing,
        "activation_checkpointing",
        lambda off: not off,
        "on unless disabled",
    ),
    combine(
        (f.training_type, f.distributed_backend, f.zero_stage, f.quantization_bit),
        "activation_checkpointing_kwargs.use_reentrant",
        reentrant,
    ),
    constant("ddp_find_unused_parameters", False, "every parameter takes part in every step"),
    combine((f.lr_warmup_steps, f.lr_warmup_ratio), "warmup_steps", warmup),
    combine(
        (f.lr_scheduler_type, f.lr_warmup_steps, f.lr_warmup_ratio, f.lr_min_ratio), "lr_scheduler_type", scheduler
    ),
    combine((f.lr_scheduler_type, f.lr_min_ratio, f.learning_rate), "lr_scheduler_kwargs", scheduler_arguments),
    copy(f.full_determinism, "full_determinism"),
    combine((f.full_determinism, f.seed), "seed", effective_seed),
    combine((f.full_determinism, f.seed), "data_seed", effective_seed),
    copy(f.checkpoint_strategy, "save_strategy"),
    copy(f.checkpoint_steps, "save_steps"),
    copy(f.number_of_checkpoints, "save_total_limit"),
    copy(f.save_only_model, "save_only_model"),
    copy(f.eval_strategy, "eval_strategy"),
    copy(f.eval_steps, "eval_steps"),
    copy(f.save_best_checkpoint, "load_best_model_at_end"),
    constant("metric_for_best_model", "eval_loss", "the best checkpoint has the lowest evaluation loss"),
    constant("greater_is_better", False, "a lower loss is better"),
    convert(f.logging_steps, "logging_strategy", logging_strategy),
    convert(f.logging_steps, "logging_steps", clipped_logging_steps),
    constant("logging_first_step", False, "logs follow logging_steps only"),
    constant("logging_nan_inf_filter", False, "a loss of NaN must be visible"),
    constant("dataloader_drop_last", False, "every example is used"),
    constant("disable_tqdm", True, "the runner shows the progress"),
    copy(f.report_to, "report_to"),
    constant("push_to_hub", False, "nothing leaves the machine"),
    copy(f.max_sequence_length, "max_length"),
    copy(f.liger_kernel, "use_liger_kernel"),
    unused(f.trainer, f.model, f.train_data, f.eval_data, f.data_format, because="set in plan.json"),
    unused(f.nodes, f.devices_per_node, because="handled by the launcher"),
    unused(f.resume_from_checkpoint, because="set in plan.json; the runner finds the checkpoint"),
    unused(f.flash_attention_v2, because="set in plan.json, for loading the model"),
    unused(f.unsloth_gradient_checkpointing, because="set in plan.json, handled by the runner"),
    unused(f.merge_adapter, because="set in plan.json; the runner merges after training"),
    unused(f.lora_alpha, f.lora_dropout, f.lora_rank, f.target_modules, because="set in peft.json"),
    unused(f.lora_variant, f.modules_to_save, because="set in peft.json"),
    unused(f.offload, because="set in deepspeed.json"),
    unused(f.chat_template, because="set in plan.json, for loading the tokenizer"),
    unused(f.max_samples, f.eval_split, f.packing, f.system_prompt, because="set in plan.json, for reading the data"),
    unused(f.early_stopping_patience, because="set in plan.json, handled by the runner"),
    unused(f.target, because="it chooses the releases in whose words the arguments are written"),
)

NO_PREFERENCES: Final = unused(
    f.dpo_label_smoothing,
    f.pref_beta,
    f.pref_ftx,
    f.pref_loss,
    f.simpo_gamma,
    because="used by the trainer dpo only",
)
KEEP_START: Final = constant("truncation_mode", "keep_start", "longer inputs are cut at their end")
PADDED: Final = constant("padding_free", False, "padding-free batches need flash attention")
NO_REFERENCE_SYNC: Final = constant("sync_ref_model", False, "the reference model stays the base model")
LIGER_LAYERS: Final = constant(
    "liger_kernel_config.fused_linear_cross_entropy", False, "kernels of the layers only: TRL rejects the fused loss"
)
SHUFFLED: Final = constant("train_sampling_strategy", "random", "a new order in every epoch")
NOT_GROUPED: Final = unused(f.group_by_length, because="used by the trainer sft only")
IN_ORDER: Final = constant(
    "train_sampling_strategy",
    "sequential",
    "TRL pairs answers within a batch beforehand for KTO, so the runner shuffles once",
)
KNOWN_COLUMNS: Final = constant("remove_unused_columns", True, "the trainer gets only the columns it knows")
ALL_COLUMNS: Final = constant("remove_unused_columns", False, "the trainer's collator needs its own columns")
KEEP_DROPOUT: Final = constant("disable_dropout", False, "TRL would silently turn off lora_dropout")

SFT: Final[Table] = (
    convert(f.group_by_length, "train_sampling_strategy", sampling),
    KNOWN_COLUMNS,
    constant("packing", False, "one conversation per row"),
    constant("loss_type", "nll", "mean over the labeled tokens"),
    constant("shuffle_dataset", False, "the sampler shuffles"),
    constant("assistant_only_loss", False, "the runner has already labeled the tokens"),
    constant("completion_only_loss", False, "the runner has already labeled the tokens"),
    KEEP_START,
    PADDED,
    NO_PREFERENCES,
    LIGER_LAYERS,
)
PT: Final[Table] = (
    SHUFFLED,
    NOT_GROUPED,
    KNOWN_COLUMNS,
    constant("packing", True, "texts are joined and cut into blocks of max_sequence_length"),
    constant("packing_strategy", "wrapped", "plain pre-training: every token is used, blocks cross texts"),
    constant("eval_packing", True, "evaluation measures the same blocks"),
    constant("loss_type", "nll", "mean over all tokens"),
    constant("shuffle_dataset", False, "the sampler shuffles"),
    constant("assistant_only_loss", False, "the runner has already labeled the tokens"),
    constant("completion_only_loss", False, "the runner has already labeled the tokens"),
    KEEP_START,
    PADDED,
    NO_PREFERENCES,
    LIGER_LAYERS,
)
DPO: Final[Table] = (
    SHUFFLED,
    NOT_GROUPED,
    KNOWN_COLUMNS,
    copy(f.pref_beta, "beta"),
    combine((f.pref_loss, f.dpo_label_smoothing, f.pref_ftx), "loss_type", conservative_losses),
    combine((f.dpo_label_smoothing, f.pref_ftx), "loss_weights", conservative_weights),
    constant("label_smoothing", ROBUST_EPSILON, "ε of the robust loss in the mix; no other loss reads it"),
    constant("precompute_ref_log_probs", False, "the reference model is evaluated at every step"),
    constant("use_weighting", False, "every pair has the same weight"),
    NO_REFERENCE_SYNC,
    KEEP_START,
    PADDED,
    KEEP_DROPOUT,
    LIGER_LAYERS,
    unused(f.simpo_gamma, because="used by the SimPO loss only"),
)
KTO: Final[Table] = (
    IN_ORDER,
    NOT_GROUPED,
    KNOWN_COLUMNS,
    NO_REFERENCE_SYNC,
    copy(f.pref_beta, "beta"),
    constant("loss_type", "kto", "the pairs are taken apart"),
    constant("desirable_weight", 1.0, "as many chosen as rejected answers"),
    constant("undesirable_weight", 1.0, "as many chosen as rejected answers"),
    constant("precompute_ref_log_probs", False, "the reference model is evaluated at every step"),
    KEEP_DROPOUT,
    LIGER_LAYERS,
    unused(f.pref_loss, because="it decides which trainer is used"),
    unused(f.dpo_label_smoothing, because="the KTO loss has no label smoothing (HPC205)"),
    unused(f.pref_ftx, because="the KTO loss cannot have a supervised loss added (HPC206)"),
    unused(f.simpo_gamma, because="used by the SimPO loss only"),
)
ORPO: Final[Table] = (
    SHUFFLED,
    NOT_GROUPED,
    ALL_COLUMNS,
    copy(f.pref_beta, "beta"),
    KEEP_DROPOUT,
    LIGER_LAYERS,
    unused(f.pref_loss, because="it decides which trainer is used"),
    unused(f.dpo_label_smoothing, because="the ORPO loss has no label smoothing (HPC205)"),
    unused(f.pref_ftx, because="the ORPO loss already contains the supervised loss (HPC206)"),
    unused(f.simpo_gamma, because="used by the SimPO loss only"),
)
SIMPO: Final[Table] = (
    SHUFFLED,
    NOT_GROUPED,
    ALL_COLUMNS,
    copy(f.pref_beta, "beta"),
    constant("loss_type", "simpo", "length-averaged reward with a margin"),
    copy(f.simpo_gamma, "simpo_gamma"),
    convert(
        f.pref_ftx,
        "cpo_alpha",
        float,
        "the weight of CPO's supervised loss; TRL's default of 1 would add it",
    ),
    copy(f.dpo_label_smoothing, "label_smoothing"),
    constant("alpha", 0.0, "no AlphaPO reward shaping"),
    KEEP_DROPOUT,
    LIGER_LAYERS,
    unused(f.pref_loss, because="it decides which trainer is used"),
)

PREFERENCE: Final = {"dpo": DPO, "kto": KTO, "orpo": ORPO, "simpo": SIMPO}
TABLES: Final[dict[str, Table]] = {
    "sft": COMMON + SFT,
    "pt": COMMON + PT,
    **{f"dpo, {name}": COMMON + PREFERENCE[loss.table] for name, loss in LOSSES.items()},
}


def table(config: Config) -> tuple[Row, ...]:
    """The table of this job's argument class."""
    trainer = config[f.trainer]
    return TABLES[f"dpo, {config[f.pref_loss]}" if trainer == "dpo" else trainer]
