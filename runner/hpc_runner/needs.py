"""A plan in the words of the ground floor, and the ground floor's problems as errors of a run."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from hpc_disk.losses import LOSSES
from hpc_disk.needs import Needs
from hpc_disk.problems import Problem
from hpc_runner.errors import RunnerError
from hpc_runner.plan import Plan


def needs_of(plan: Plan, **asked: Any) -> Needs:
    """What the job needs of the disk; ``asked`` are the command's options (``overwrite`` …).

    Raises:
        RunnerError: HPC801 where the compiled arguments are damaged.
    """
    try:
        return _needs_of(plan, **asked)
    except (KeyError, TypeError, AttributeError, ValueError, IndexError) as error:
        message = f"the compiled arguments in {plan.folder} are damaged ({error})"
        raise RunnerError("HPC801", message, "compile the config again") from error


def _needs_of(plan: Plan, **asked: Any) -> Needs:
    arguments, adapter, lora = plan.arguments, plan.adapter, plan.lora or {}
    targets = lora.get("target_modules")
    warmup = arguments.get("warmup_ratio") or arguments["warmup_steps"]
    return Needs(
        name=plan.name,
        model=plan.model.path,
        train_data=plan.data.train,
        eval_data=plan.data.eval,
        evaluates=arguments["eval_strategy"] != "no",
        trainer=plan.trainer.name,
        pref_loss=_loss(plan),
        data_format=plan.data.format or "auto",
        max_sequence_length=plan.data.max_sequence_length,
        training_type="lora" if adapter else "full",
        quantization_bit=_bits(plan.model.quantization or {}),
        merge_adapter=bool(adapter and adapter.merge),
        target_modules=tuple(targets) if isinstance(targets, list) else (),
        lora_rank=lora.get("r", 0),
        lora_alpha=lora.get("lora_alpha", 0),
        lora_dropout=lora.get("lora_dropout", 0),
        flash_attention_v2=plan.model.attention == "flash_attention_2",
        distributed_backend=plan.distributed.backend,
        zero_stage=plan.deepspeed["zero_optimization"]["stage"] if plan.deepspeed else None,
        nodes=plan.distributed.nodes,
        devices_per_node=plan.distributed.devices_per_node,
        batch_size=arguments["per_device_train_batch_size"],
        gradient_accumulation_steps=arguments["gradient_accumulation_steps"],
        epochs=arguments["num_train_epochs"],
        optimizer=arguments["optim"],
        learning_rate=arguments["learning_rate"],
        weight_decay=arguments["weight_decay"],
        max_grad_norm=arguments["max_grad_norm"],
        mixed_precision=next((name for name in ("bf16", "fp16") if arguments[name]), "none"),
        seed=arguments["seed"],
        lr_scheduler_type=arguments["lr_scheduler_type"],
        lr_warmup_steps=0 if isinstance(warmup, float) else warmup,
        lr_warmup_ratio=warmup if isinstance(warmup, float) else 0,
        pref_beta=arguments.get("beta", 0),
        pref_ftx=_weight(arguments, "sft") or arguments.get("cpo_alpha", 0),
        dpo_label_smoothing=_smoothing(arguments),
        simpo_gamma=arguments.get("simpo_gamma", 0),
        checkpoint_steps=arguments.get("save_steps"),
        eval_steps=arguments.get("eval_steps"),
        resume_from_checkpoint=plan.resume,
        output_dir=arguments["output_dir"],
        max_steps=arguments["max_steps"] if arguments["max_steps"] > 0 else None,
        max_samples=plan.data.max_samples,
        eval_split=plan.data.eval_split,
        packing=plan.data.packing,
        lr_min_ratio=plan.lr_min_ratio,
        lora_variant=next((name for name in ("rslora", "dora") if lora.get(f"use_{name}")), "none"),
        modules_to_save=tuple(lora.get("modules_to_save") or ()),
        group_by_length=arguments.get("train_sampling_strategy") == "group_by_length"
        or arguments.get("group_by_length", False),
        system_prompt=plan.data.system_prompt,
        chat_template=plan.model.chat_template,
        full_determinism=arguments.get("full_determinism", False),
        report_to=_names(arguments.get("report_to")),
        **asked,
    )


def refuse(problems: Iterable[Problem]) -> None:
    """Refuse to go on where there is an error; warnings pass.

    Raises:
        RunnerError: With the first error's code, and the other errors below it.
    """
    refused = tuple(problem for problem in problems if problem.severity == "error")
    if refused:
        first, *others = map(_error, refused)
        more = "".join(f"\n{error}" for error in others)
        raise RunnerError(first.code, first.message, first.help + more, problems=refused)


def _error(problem: Problem) -> RunnerError:
    places = [f"\n  {place.file}: row {place.row}: {place.reason}" for place in problem.places]
    if problem.count > len(problem.places) > 0:
        places.append(f"\n  … and {problem.count - len(problem.places)} more")
    message = problem.message + (":" + "".join(places) if places else "")
    return RunnerError(problem.code, message, problem.help or f"run `hpc explain {problem.code}` to read what to do")


def _loss(plan: Plan) -> str | None:
    if plan.trainer.name != "dpo":
        return None
    class_ = plan.trainer.class_name.rpartition(".")[2]
    computed = [name for name, loss in LOSSES.items() if loss.trainer.rpartition(".")[2] == class_]
    named = plan.arguments["loss_type"] if len(computed) > 1 else computed
    return named if isinstance(named, str) else str(named[0])


def _smoothing(arguments: dict[str, Any]) -> float:
    """DPO's trainer gets the label smoothing as the weight of the robust loss; SimPO's takes it, and DPO's once did."""
    if "loss_weights" not in arguments:
        return float(arguments.get("label_smoothing", 0))
    return _weight(arguments, "robust") / -2 or 0


def _names(trackers: str | list[str] | None) -> tuple[str, ...]:
    """``none`` and one name are texts."""
    return tuple(trackers) if isinstance(trackers, list) else (trackers,) if trackers else ()


def _weight(arguments: dict[str, Any], term: str) -> float:
    """The weight of one term of a mixed DPO loss; 0 where it is not in it."""
    terms = arguments.get("loss_type")
    weights = arguments.get("loss_weights") or ()
    return float(dict(zip(terms, weights, strict=False)).get(term, 0)) if isinstance(terms, list) else 0


def _bits(quantization: dict[str, Any]) -> str:
    if quantization.get("load_in_8bit"):
        return "int8"
    return "int4" if quantization.get("load_in_4bit") else "none"
