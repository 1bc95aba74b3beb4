"""The base model and its tokenizer, loaded as the plan says."""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import wraps
from typing import TYPE_CHECKING, Any

from hpc_runner.errors import RunnerError
from hpc_runner.masking import ensure_pad_token, ensure_template
from hpc_runner.plan import Plan

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase, TrainingArguments


def load_tokenizer(plan: Plan) -> PreTrainedTokenizerBase:
    """The tokenizer, with a padding token and, where conversations are learned, a chat template.

    Raises:
        RunnerError: HPC501 where it cannot be loaded.
    """
    from transformers import AutoTokenizer

    try:
        tokenizer = AutoTokenizer.from_pretrained(plan.model.path)
    except Exception as error:  # Whatever a broken file makes the library do.
        raise _unloadable("tokenizer", plan, error) from error
    if plan.data.kind != "corpus":
        ensure_template(tokenizer)
    ensure_pad_token(tokenizer)
    return tokenizer


def load_model(plan: Plan, arguments: TrainingArguments) -> PreTrainedModel:
    """The base model in the compiled dtype, attention and quantisation.

    The training arguments must exist already: under ZeRO-3 they decide that weights are loaded in pieces.

    Raises:
        RunnerError: HPC501 where it cannot be loaded.
    """
    import torch
    from transformers import AutoModelForCausalLM
    from transformers.integrations import is_deepspeed_zero3_enabled

    settings: dict[str, Any] = {
        "dtype": getattr(torch, plan.model.dtype),
        "attn_implementation": plan.model.attention,
        "quantization_config": _quantization(plan.model.quantization),
    }
    # ZeRO-3 places the pieces itself and takes no device map.
    if plan.model.quantization and torch.cuda.is_available() and not is_deepspeed_zero3_enabled():
        settings["device_map"] = {"": torch.cuda.current_device()}
    try:
        model = AutoModelForCausalLM.from_pretrained(plan.model.path, **settings)
    except Exception as error:
        raise _unloadable("model", plan, error) from error
    model.config.use_cache = False
    if plan.model.quantization:
        model = _prepare_quantized(model, arguments)
    return model


def _quantization(settings: dict[str, Any] | None) -> Any:
    if settings is None:
        return None
    from transformers import BitsAndBytesConfig

    return BitsAndBytesConfig(**settings)


def _prepare_quantized(model: PreTrainedModel, arguments: TrainingArguments) -> PreTrainedModel:
    from peft import prepare_model_for_kbit_training

    return prepare_model_for_kbit_training(
        model,
        use_gradient_checkpointing=bool(arguments.gradient_checkpointing),
        gradient_checkpointing_kwargs=arguments.gradient_checkpointing_kwargs,
    )


def offload_activations(model: Any) -> None:
    """Keep what gradient checkpointing saves (the input of every layer) in the host's memory.

    It wraps the checkpointing function that transformers gave to each layer, so it must run after that: when training
    begins. Only the layer's inputs are saved inside the context; what the layer itself computes is recomputed later.
    """
    for module in model.modules():
        checkpoint = getattr(module, "_gradient_checkpointing_func", None)
        if checkpoint is not None:
            module._gradient_checkpointing_func = _on_host(checkpoint)


def _on_host(checkpoint: Any) -> Any:
    @wraps(checkpoint)
    def checkpoint_on_host(*args: Any, **kwargs: Any) -> Any:
        with _save_on_host():
            return checkpoint(*args, **kwargs)

    return checkpoint_on_host


def _save_on_host() -> AbstractContextManager[Any]:
    import torch

    return torch.autograd.graph.save_on_cpu(pin_memory=torch.cuda.is_available())


def _unloadable(what: str, plan: Plan, error: Exception) -> RunnerError:
    reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    return RunnerError(
        "HPC501",
        f"cannot load the {what} of {plan.model.path}: {reason}",
        "`model` must be a folder with a Hugging Face model, relative to the working folder, or a hub id",
    )
