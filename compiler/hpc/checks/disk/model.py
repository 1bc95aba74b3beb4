"""What the model's ``config.json`` says against the job: context length, head size, quantised weights, its kind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from hpc.checks.relations import Check, Finding
from hpc.checks.words import show
from hpc.model_files import model_config
from hpc.resolve import Config
from hpc_disk.files import fault_of, kind
from hpc_schema import fields as f

FLASH_HEAD: Final = 256
"""The largest head that the kernels of FlashAttention 2 have."""


SIZES: Final = ("hidden_size", "vocab_size")


def text_config(config: Config) -> dict[str, Any]:
    """The settings of the language model: those of its own section in a model of several kinds of input."""
    whole = model_config(config[f.model])
    inner = whole.get("text_config")
    return {**whole, **inner} if isinstance(inner, dict) else whole


def broken_config(config: Config) -> Iterator[Finding]:
    """HPC516."""
    path = Path(config[f.model] or "", "config.json")
    if config[f.model] and kind(path) == "file" and (fault := fault_of(path) or _wrong_size(text_config(config))):
        yield Finding("HPC516", "error", f"{path} {fault}", (f.model,))


def _wrong_size(settings: dict[str, Any]) -> str | None:
    """Of the sizes that every model has; null stands for its default."""
    wrong = ((key, settings[key]) for key in SIZES if settings.get(key) is not None and not _whole(settings, key))
    return next((f"says that {key} is {show(value)}, which is no whole number above 0" for key, value in wrong), None)


def context_length(config: Config) -> Iterator[Finding]:
    """HPC504."""
    limit, wanted = _context(text_config(config)), config[f.max_sequence_length]
    if limit and wanted > limit:
        message = f"`max_sequence_length` is {wanted}, but {config[f.model]} has positions for {limit} tokens"
        yield Finding("HPC504", "warning", message, (f.max_sequence_length, f.model), f"write {limit} or less")


def head_size(config: Config) -> Iterator[Finding]:
    """HPC505."""
    size = _head(text_config(config))
    if config[f.flash_attention_v2] and size > FLASH_HEAD:
        message = f"the attention heads of {config[f.model]} have size {size}; flash attention stops at {FLASH_HEAD}"
        yield Finding("HPC505", "error", message, (f.flash_attention_v2, f.model))


def already_quantised(config: Config) -> Iterator[Finding]:
    """HPC507, HPC508 and HPC509: one of them, the one to settle first."""
    settings = text_config(config).get("quantization_config")
    if not isinstance(settings, dict):
        return
    what = f"{config[f.model]} is quantised already ({settings.get('quant_method', 'by an unnamed method')})"
    decide = (f.training_type, f.quantization_bit)
    if config[f.training_type] == "full":
        yield Finding("HPC508", "error", f"{what} and cannot be trained in full", (f.training_type, f.model))
    elif config[f.quantization_bit] != "none":
        message = f"{what}: it keeps its own number of bits"
        yield Finding("HPC507", "error", message, (f.quantization_bit, f.model), also_read=decide)
    elif config[f.merge_adapter]:
        message = f"{what}: an adapter cannot be merged into it"
        yield Finding("HPC509", "error", message, (f.merge_adapter, f.model), also_read=decide)


def encoder_decoder(config: Config) -> Iterator[Finding]:
    """HPC513."""
    if model_config(config[f.model]).get("is_encoder_decoder") is True:
        message = f"{config[f.model]} is an encoder-decoder model, not a causal language model"
        yield Finding("HPC513", "error", message, (f.model,))


def _context(settings: dict[str, Any]) -> int:
    """The positions that the model has, those of stretched rotary embeddings included; 0 where it is not said."""
    plain = _whole(settings, "max_position_embeddings") or _whole(settings, "n_positions")
    rope = settings.get("rope_parameters") or settings.get("rope_scaling")
    if not isinstance(rope, dict):
        return plain
    factor, start = rope.get("factor"), _whole(rope, "original_max_position_embeddings")
    stretched = int(factor * start) if isinstance(factor, int | float) else 0
    return max(plain, stretched)


def _head(settings: dict[str, Any]) -> int:
    heads = _whole(settings, "num_attention_heads")
    return _whole(settings, "head_dim") or (_whole(settings, "hidden_size") // heads if heads else 0)


def _whole(settings: dict[str, Any], key: str) -> int:
    value = settings.get(key)
    return value if isinstance(value, int) and value > 0 else 0


CHECKS: Final[tuple[Check, ...]] = (broken_config, context_length, head_size, already_quantised, encoder_decoder)
