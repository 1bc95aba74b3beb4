"""The trainer that the plan names, with its arguments and its data."""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from hpc_runner import packing, trackers
from hpc_runner.adapters import adapter, adapters_in_float32, tell_of_adapters
from hpc_runner.corrected import corrected
from hpc_runner.data import Loaded, embeddings_of, load
from hpc_runner.errors import RunnerError, say
from hpc_runner.labeled import labeled
from hpc_runner.late import LateBound
from hpc_runner.needs import needs_of
from hpc_runner.of_transformers import count_predicted, divide_once, end_short_steps
from hpc_runner.of_trl import balance_experts, keep_lengths, seed
from hpc_runner.plan import Plan
from hpc_runner.tokenized import given_tokens, unpaired

if TYPE_CHECKING:
    from datasets import Dataset
    from transformers import PreTrainedTokenizerBase, Trainer, TrainerCallback, TrainingArguments

KNOWN = frozenset(
    {
        *("trl.SFTTrainer", "trl.SFTConfig", "trl.DPOTrainer", "trl.DPOConfig", "trl.KTOTrainer", "trl.KTOConfig"),
        *("trl.experimental.orpo.ORPOTrainer", "trl.experimental.orpo.ORPOConfig"),
        *("trl.experimental.cpo.CPOTrainer", "trl.experimental.cpo.CPOConfig"),
        *("trl.ORPOTrainer", "trl.ORPOConfig", "trl.CPOTrainer", "trl.CPOConfig"),
    }
)
"""The classes that a plan may name: a compiled folder is data and must not be able to start anything else."""


def resolve(name: str) -> Any:
    """The class of a dotted name.

    Raises:
        RunnerError: HPC801 where the plan names a class that this runner does not know.
    """
    if name not in KNOWN:
        raise RunnerError("HPC801", f"the plan names the unknown class {name}", f"known: {', '.join(sorted(KNOWN))}")
    module, _, attribute = name.rpartition(".")
    with warnings.catch_warnings():
        # ORPO and SimPO live in trl.experimental; hpc is tested with each release that it supports.
        warnings.filterwarnings("ignore", "You are importing from 'trl.experimental'")
        return getattr(importlib.import_module(module), attribute)


def build_arguments(plan: Plan, late: LateBound) -> TrainingArguments:
    """The training arguments: what was compiled, plus what is late-bound.

    Raises:
        RunnerError: HPC801 where the installed library refuses them.
    """
    values = {**plan.arguments, "use_cpu": late.use_cpu, "ddp_backend": late.ddp_backend}
    values["report_to"] = [name for name in plan.arguments.get("report_to", ()) if name != "mlflow"]
    if late.optim is not None:
        values["optim"] = late.optim
    if plan.deepspeed is not None:
        values["deepspeed"] = plan.deepspeed
    try:
        arguments = resolve(plan.trainer.arguments_class)(**values)
    except (TypeError, ValueError) as error:
        raise RunnerError(
            "HPC801",
            f"{plan.trainer.arguments_class} refuses the compiled arguments: {error}",
            "compile again with the hpc that is installed beside these libraries",
        ) from error
    if plan.deepspeed is not None and late.use_cpu:
        import deepspeed

        # On a CPU, DeepSpeed would compile for minutes what only inference uses, and look for Intel's oneCCL.
        deepspeed.ops.__compatible_ops__ = {}
        deepspeed.init_distributed(dist_backend="gloo")
    return arguments


def load_data(plan: Plan, tokenizer: PreTrainedTokenizerBase, seed: int, *, skip_bad_rows: bool) -> Loaded:
    """The training rows and the evaluation rows (or None), as the trainer takes them.

    Raises:
        RunnerError: What is wrong with them.
    """
    needs = needs_of(plan, skip_bad_rows=skip_bad_rows)
    loaded = load(needs, tokenizer, embeddings_of(needs), seed, plan.data.system_prompt)
    train, evaluation, ends = loaded
    if plan.data.packing and plan.data.kind == "conversation":
        limit = plan.data.max_sequence_length
        return Loaded(packing.pack(train, limit), evaluation and packing.pack(evaluation, limit), ends)
    if not plan.data.unpair:
        return loaded
    batch, batch_of_evaluation = (int(plan.arguments[f"per_device_{name}_batch_size"]) for name in ("train", "eval"))
    return Loaded(unpaired(train, seed, batch), evaluation and unpaired(evaluation, seed, batch_of_evaluation), ends)


def build_trainer(
    plan: Plan,
    arguments: TrainingArguments,
    model: Any,
    tokenizer: PreTrainedTokenizerBase,
    data: tuple[Dataset, Dataset | None],
    callbacks: Sequence[TrainerCallback],
) -> Trainer:
    """Put the parts together. DPO's and KTO's reference model is made by TRL itself, from the base model's name."""
    from transformers import PrinterCallback, ProgressCallback

    train, evaluation = data
    if plan.data.packing and plan.model.attention != "flash_attention_2" and not _is_sharded(plan):
        packing.check(model)
    # transformers writes this into config.json, and so into the saved model; TRL's trainers themselves never cache.
    arguments.use_cache = getattr(model.config, "use_cache", None)
    balance_experts(arguments, model)
    seed(arguments)
    trackers.name_the_run(plan, arguments)
    trainer_class = given_tokens(resolve(plan.trainer.class_name))
    trainer = corrected(labeled(trainer_class) if plan.trainer.class_name == "trl.SFTTrainer" else trainer_class)(
        model=model,
        args=arguments,
        train_dataset=train,
        eval_dataset=evaluation,
        processing_class=tokenizer,
        peft_config=adapter(plan, model),
        callbacks=list(callbacks),
        **({"data_collator": packing.collator(model, plan.model.attention)} if plan.data.packing else {}),
    )
    count_predicted(trainer)
    divide_once(trainer)
    end_short_steps(trainer)
    if plan.data.packing:
        keep_lengths(trainer)
    trackers.guard(trainer)
    for replaced in (PrinterCallback, ProgressCallback):
        trainer.remove_callback(replaced)
    if plan.lora is not None:
        tell_of_adapters(trainer.model)
    if plan.deepspeed is None:  # DeepSpeed keeps float32 copies of its own.
        adapters_in_float32(trainer.model)
    return trainer


def _is_sharded(plan: Plan) -> bool:
    """Under ZeRO-3 no process holds a whole layer that it could compute by itself."""
    return plan.deepspeed is not None and plan.deepspeed["zero_optimization"]["stage"] == 3


EIGHT_BITS_FROM = 4096
"""bitsandbytes keeps the optimizer state of smaller tensors in 32 bits."""


def tell_of_eight_bits(arguments: TrainingArguments, model: Any) -> None:
    """Say how much of the trained parameters an 8-bit optimizer reaches: little of small adapters."""
    if "8bit" not in str(getattr(arguments.optim, "value", arguments.optim)):
        return
    sizes = [getattr(p, "ds_numel", p.numel()) for p in model.parameters() if p.requires_grad]
    reached = sum(size for size in sizes if size >= EIGHT_BITS_FROM)
    if reached < sum(sizes):
        share = f"{100 * reached / sum(sizes):.0f} %"
        say(f"warning: the 8-bit optimizer reaches {share} of the trained parameters; smaller tensors keep 32 bits")


def count_parameters(model: Any) -> tuple[int, int]:
    """How many parameters are trained, and of how many."""
    sizes = [(_size(p), p.requires_grad) for p in model.parameters()]
    return sum(n for n, trained in sizes if trained), sum(n for n, _ in sizes)


def _size(parameter: Any) -> int:
    """ZeRO-3 keeps a parameter's true size beside its piece, and bitsandbytes the shape beside packed 4-bit weights."""
    packed = getattr(parameter, "quant_state", None)
    return int(packed.shape.numel()) if packed is not None else int(getattr(parameter, "ds_numel", parameter.numel()))
