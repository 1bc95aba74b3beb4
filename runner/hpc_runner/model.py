"""The base model and its tokenizer, loaded as the plan says. The Python code of a model's folder is never run."""

from __future__ import annotations

from contextlib import AbstractContextManager, suppress
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from hpc_disk.models.families import DIRECT
from hpc_disk.models.folder import formats, size, text_config
from hpc_disk.problems import Problem
from hpc_runner.errors import RunnerError, say
from hpc_runner.loading import of_loading, unloadable
from hpc_runner.needs import refuse
from hpc_runner.of_transformers import name_of_dtype, stored_dtype
from hpc_runner.plan import Plan
from hpc_runner.templates import ensure_pad_token, ensure_template

FLOATS: Final = {"F32": "float32", "BF16": "bfloat16", "F16": "float16"}
"""Number formats: safetensors' names → torch's."""

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase, TrainingArguments


def load_tokenizer(plan: Plan) -> PreTrainedTokenizerBase:
    """The tokenizer, with a padding token and, where conversations are learned, a chat template.

    Raises:
        RunnerError: HPC503 where it cannot be loaded, HPC516 where it is the model's config.json.
    """
    from transformers import AutoConfig, AutoTokenizer, GenerationConfig

    what = "settings"
    try:
        with suppress(OSError):  # There are none.
            AutoConfig.from_pretrained(plan.model.path, trust_remote_code=False)
        what = "generation settings"
        with suppress(OSError):
            GenerationConfig.from_pretrained(plan.model.path)
        what = "tokenizer"
        tokenizer = AutoTokenizer.from_pretrained(plan.model.path, trust_remote_code=False)
    except Exception as error:  # Whatever a broken file makes the library do.
        raise unloadable(what, plan.model.path, error) from error
    if plan.model.chat_template is not None:
        tokenizer.chat_template = Path(plan.model.chat_template).read_text(encoding="utf-8")
    if plan.data.kind != "corpus":
        ensure_template(tokenizer)
    ensure_pad_token(tokenizer)
    _check_numbers(plan, tokenizer)
    return tokenizer


def _check_numbers(plan: Plan, tokenizer: PreTrainedTokenizerBase) -> None:
    """A token that the vocabulary lacks is added at its end, where the model may have no embedding.

    Raises:
        RunnerError: HPC515 for a token that every batch may have.
    """
    known = size(text_config(plan.model.path), "vocab_size")
    for name in ("pad_token", "eos_token", "bos_token"):
        number = getattr(tokenizer, f"{name}_id")
        if known and number is not None and number >= known:
            token = getattr(tokenizer, name)
            message = f"{name} {token} of {plan.model.path} has id {number}, but the model has only {known} embeddings"
            help_ = "correct it in tokenizer_config.json, or enlarge the embeddings (resize_token_embeddings)"
            raise RunnerError("HPC515", message, help_, subject="model")


def load_model(plan: Plan, arguments: TrainingArguments) -> PreTrainedModel:
    """The base model in the compiled dtype, attention and quantization.

    The training arguments must exist already: under ZeRO-3 they decide that weights are loaded in pieces.

    Raises:
        RunnerError: HPC501 where it cannot be loaded, HPC514 where its weights are not all there.
    """
    import torch

    try:
        model = load_base(plan.model.path, getattr(torch, plan.model.dtype), **_settings(plan))
    except RunnerError:
        raise
    except Exception as error:
        raise unloadable("model", plan.model.path, error) from error
    freeze_towers(model)
    if plan.model.quantization:
        model = _prepare_quantized(model, arguments)
    if plan.data.kind == "preference":
        switch_off_dropout(model)
    return model


def model_without_numbers(plan: Plan) -> tuple[Any, list[Problem]]:
    """The model and its faults: transformers builds it and compares every shape, in seconds.

    Raises:
        RunnerError: HPC501 where it cannot be loaded.
    """
    import torch

    try:
        return _loaded(plan.model.path, getattr(torch, plan.model.dtype), device_map="meta")
    except Exception as error:
        raise unloadable("model", plan.model.path, error) from error


def load_base(path: str | None, dtype: Any, **settings: Any) -> Any:
    """Load a model, all of whose weights are there.

    Raises:
        RunnerError: HPC514 where some are missing or have other sizes.
    """
    model, found = _loaded(path, dtype, **settings)
    refuse(found)
    for problem in found:
        say(f"{problem.severity}[{problem.code}]: {problem.message}")
    _settle_ties(model)
    return model


def _settle_ties(model: Any) -> None:
    """Two matrices are saved as two: other programs would make them one where config.json says that they are."""
    head, embedding = model.get_output_embeddings(), model.get_input_embeddings()
    said = getattr(model.config, "tie_word_embeddings", False)
    if model._tied_weights_keys and said and head.weight is not embedding.weight:
        say("note: the output matrix differs from the embeddings; saved with tie_word_embeddings: false")
        for config in (model.config, model.config.get_text_config()):
            config.tie_word_embeddings = False


def _loaded(path: str | None, dtype: Any, **settings: Any) -> tuple[Any, list[Problem]]:
    """The model by the class that keeps all of it (one that also sees or hears keeps those parts), and its faults."""
    from transformers import AutoConfig, AutoModelForCausalLM, AutoModelForImageTextToText
    from transformers.models.auto.modeling_auto import MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING

    named = path
    path = str(Path(path).absolute()) if path and Path(path).exists() else path  # As adapters and cards name it later.
    config = AutoConfig.from_pretrained(path, trust_remote_code=False)
    several = config.get_text_config() is not config and type(config) in MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING
    auto = AutoModelForImageTextToText if several else AutoModelForCausalLM
    told = {"output_loading_info": True, "ignore_mismatched_sizes": True, name_of_dtype(): dtype}
    model, found = auto.from_pretrained(path, trust_remote_code=False, **told, **settings)
    return model, list(of_loading(named, found))


def number_format(path: str | None) -> Any:
    """The number format of the model's own files: that of its config.json, else the only one of its weights."""
    import torch
    from transformers import AutoConfig

    stored = stored_dtype(AutoConfig.from_pretrained(path, trust_remote_code=False))
    if isinstance(stored, torch.dtype):
        return stored
    found = formats(files_of(path))
    return getattr(torch, FLOATS.get(found.pop(), "float32")) if len(found) == 1 else torch.float32


def files_of(path: str | None) -> Path:
    """The folder with the model's files: its own, or that of the hub's cache."""
    from transformers.utils import cached_file

    return Path(cached_file(path, "config.json")).parent


def _settings(plan: Plan) -> dict[str, Any]:
    """Only what the plan says: an argument of None would replace the model's own attention or quantization."""
    import torch
    from transformers.integrations import is_deepspeed_zero3_enabled

    settings: dict[str, Any] = {}
    if plan.model.attention:
        settings["attn_implementation"] = plan.model.attention
    if plan.model.quantization:
        settings["quantization_config"] = quantization(plan.model.quantization, plan.model.path)
        # ZeRO-3 places the pieces itself and takes no device map.
        if torch.cuda.is_available() and not is_deepspeed_zero3_enabled():
            settings["device_map"] = {"": torch.cuda.current_device()}
    return settings


def quantization(values: dict[str, Any], path: str | None) -> Any:
    """The settings of bitsandbytes, which leave out the modules that it would break."""
    from transformers import AutoConfig, BitsAndBytesConfig

    settings = BitsAndBytesConfig(**values)
    if direct := read_directly(AutoConfig.from_pretrained(path, trust_remote_code=False)):
        settings.llm_int8_skip_modules = [*direct, "lm_head"]
        say(f"note: {', '.join(direct)} of Mamba layers are not quantized")
    return settings


def read_directly(config: Any) -> tuple[str, ...]:
    """The modules of Mamba layers that a model computes with by their weights, without calling the module."""
    return DIRECT.get(config.get_text_config().model_type, ())


def _prepare_quantized(model: PreTrainedModel, arguments: TrainingArguments) -> PreTrainedModel:
    """Freeze the base. What is not packed keeps the job's number format, as TRL leaves it.

    PEFT's own preparation would make norms, embeddings and the output layer float32, and so all that flows between the
    layers: a third slower on a GPU, and 1.7 times the memory (``docs/reference/gpu.md``).
    """
    model.requires_grad_(False)
    if arguments.gradient_checkpointing:
        kind = arguments.gradient_checkpointing_kwargs or {}
        if kind.get("use_reentrant"):
            model.enable_input_require_grads()
        model.gradient_checkpointing_enable(gradient_checkpointing_kwargs=kind)
    return model


def towers(model: Any) -> list[str]:
    """The names of the modules that text never passes through: those for images and sound, and their projectors."""
    if model.config.get_text_config() is model.config:
        return []
    text, head = model.get_decoder(), model.get_output_embeddings()
    used = {id(module) for part in (text, head) if part is not None for module in part.modules()}
    above = {name for name, module in model.named_modules() if module is text or module is head}
    return [
        name
        for name, module in model.named_modules()
        if name and id(module) not in used and not any(inner.startswith(f"{name}.") for inner in above)
    ]


def freeze_towers(model: Any) -> None:
    """Text trains no image or sound encoder: without a gradient, other processes would wait for it in vain."""
    modules = dict(model.named_modules())
    for name in towers(model):
        modules[name].requires_grad_(False)


def switch_off_dropout(model: Any) -> None:
    """Preferences are compared with the base model, so its own dropout must be off in both. LoRA's stays."""
    from torch.nn import Dropout

    for module in model.modules():
        if isinstance(module, Dropout):
            module.p = 0.0
        for name, value in list(vars(module).items()):
            if isinstance(value, float) and "drop" in name:
                setattr(module, name, 0.0)


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
