"""The trainer that the plan names, with its arguments, its data and its adapter."""

from __future__ import annotations

import importlib
import re
import warnings
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

from hpc_runner import packing, trackers
from hpc_runner.corrected import corrected
from hpc_runner.data import Loaded, embeddings_of, load
from hpc_runner.errors import RunnerError, say
from hpc_runner.labeled import labeled
from hpc_runner.late import LateBound
from hpc_runner.model import read_directly, towers
from hpc_runner.needs import needs_of
from hpc_runner.of_peft import adapted_parameters, stored_names
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


SIZES = ("in_features", "num_embeddings", "nf")
"""What linear layers, embeddings and GPT-2's own layers call a size of theirs: the modules that take an adapter."""


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
    from transformers.integrations import MLflowCallback

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
        peft_config=_adapter(plan, model),
        callbacks=list(callbacks),
        **({"data_collator": packing.collate} if plan.data.packing else {}),
    )
    count_predicted(trainer)
    divide_once(trainer)
    end_short_steps(trainer)
    if plan.data.packing:
        keep_lengths(trainer)
    trackers.guard(trainer)
    for replaced in (PrinterCallback, ProgressCallback, MLflowCallback):
        trainer.remove_callback(replaced)
    if plan.lora is not None:
        tell_of_adapters(trainer.model)
    if plan.deepspeed is None:  # DeepSpeed keeps float32 copies of its own.
        _adapters_in_float32(trainer.model)
    return trainer


def _is_sharded(plan: Plan) -> bool:
    """Under ZeRO-3 no process holds a whole layer that it could compute by itself."""
    return plan.deepspeed is not None and plan.deepspeed["zero_optimization"]["stage"] == 3


def _adapters_in_float32(model: Any) -> None:
    """TRL casts the adapters of a quantized base to bfloat16, in which most updates are rounded away."""
    for parameter in model.parameters():
        if parameter.requires_grad:
            parameter.data = parameter.data.float()


def narrow_inputs(plan: Plan, trainer: Trainer) -> AbstractContextManager[Any]:
    """On a GPU, adapters get their inputs as they are while training.

    PEFT makes copies in float32, from which autocast makes 16 bits again for the product: time and memory for the same
    numbers. On a CPU they stay, because dropout there would scale by a number of 16 bits.
    """
    arguments = trainer.args
    if plan.lora is None or plan.deepspeed is not None or arguments.use_cpu or not (arguments.bf16 or arguments.fp16):
        return nullcontext()
    from peft.helpers import disable_input_dtype_casting

    casting: AbstractContextManager[Any] = disable_input_dtype_casting(trainer.model)
    return casting


def _adapter(plan: Plan, model: Any) -> Any:
    if plan.lora is None:
        return None
    from peft import LoraConfig

    check_names(plan, model)
    return LoraConfig(**plan.lora, exclude_modules=_left_out(model))


def tell_of_adapters(model: Any) -> None:
    """Say which modules have an adapter, and which parameters, each of which holds all experts of a layer."""
    modules = {name.rpartition(".")[2] for name in model.targeted_module_names}
    experts = {".".join(name.split(".")[-2:]) for name in adapted_parameters(model)}
    say(f"adapters on {', '.join(sorted(modules) + sorted(experts))}")


def _left_out(model: Any) -> str | None:
    """A pattern of the modules without an adapter: what text never passes through, and what Mamba cannot have."""
    patterns = [rf"{re.escape(tower)}(\..*)?" for tower in towers(model)]
    if direct := read_directly(model.config):
        patterns.append(rf"(.*\.)?({'|'.join(direct)})")
        say(f"note: {', '.join(direct)} of Mamba layers cannot have an adapter; they stay as they are")
    return "|".join(f"({pattern})" for pattern in patterns) or None


def check_names(plan: Plan, model: Any) -> None:
    """Whether the model has every module that the adapter names.

    Raises:
        RunnerError: HPC506 for a name that it does not have.
    """
    if plan.lora is not None:
        _check_targets(plan.lora["target_modules"], model)
        _check_whole(plan.lora.get("modules_to_save") or [], model)


def _check_targets(targets: str | list[str], model: Any) -> None:
    """PEFT passes over a name that fits no module, as long as another one fits.

    Raises:
        RunnerError: HPC506 for such names.
    """
    names = [name for name, module in model.named_modules() if any(hasattr(module, size) for size in SIZES)]
    names += [f".{old}" for old in stored_names(model)]
    absent = [
        t for t in ([] if targets == "all-linear" else targets) if not any(f".{n}".endswith(f".{t}") for n in names)
    ]
    if absent:
        raise RunnerError(
            "HPC506",
            f"target_modules names {', '.join(absent)}, but the model has no such linear module",
            f"it has {', '.join(sorted({name.rpartition('.')[2] for name in names}))}",
            subject="target_modules",
        )


def _check_whole(wanted: Sequence[str], model: Any) -> None:
    """PEFT silently passes over a name in modules_to_save that the model does not have.

    Raises:
        RunnerError: HPC506 for such names.
    """
    names = {name.rpartition(".")[2] for name, _ in model.named_modules()}
    absent = [name for name in wanted if name.rpartition(".")[2] not in names]
    if absent:
        raise RunnerError(
            "HPC506",
            f"modules_to_save names {', '.join(absent)}, but the model has no such module",
            "for example: embed_tokens, lm_head",
            subject="modules_to_save",
        )


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
