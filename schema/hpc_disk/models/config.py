"""What the model's ``config.json`` says against the job: context length, head size, quantized weights."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from hpc_disk.files import LARGEST, fault_of, kind
from hpc_disk.messages import show
from hpc_disk.models.families import INFERENCE, LEARNED_POSITIONS
from hpc_disk.models.folder import family, folder_of, model_config, size, text_config
from hpc_disk.needs import Needs
from hpc_disk.problems import Problem, Severity

FLASH_HEAD: Final = 256
"""The largest head that the kernels of FlashAttention 2 have."""
SIZES: Final = ("hidden_size", "vocab_size", "num_hidden_layers", "num_attention_heads")
POSITIONS: Final = ("max_position_embeddings", "n_positions", "max_seq_len", "n_ctx")
DECIDE: Final = ("training_type", "quantization_bit")


def broken_config(needs: Needs) -> Iterator[Problem]:
    """HPC516."""
    folder = folder_of(needs.model)
    path = folder / "config.json" if folder else None
    if path and kind(path) == "file" and (fault := fault_of(path) or _fault(needs.model)):
        yield Problem("HPC516", "error", "model", f"{path} {fault}")


def _fault(model: str | None) -> str | None:
    if not family(model_config(model)):
        return "has no model_type, by which transformers finds the model's class"
    return _wrong_size(text_config(model))


def _wrong_size(settings: dict[str, Any]) -> str | None:
    """Of the sizes that nearly every model has; null stands for its default, and a list for one a layer."""
    given = ((key, settings[key]) for key in SIZES if settings.get(key) is not None)
    wrong = ((key, value) for key, value in given if not isinstance(value, list) and not size(settings, key))
    return next((f"says that {key} is {show(value)}, not a whole number above 0" for key, value in wrong), None)


def context_length(needs: Needs) -> Iterator[Problem]:
    """HPC504: an error where a position beyond the last does not exist, a warning where it was never trained."""
    settings, wanted = text_config(needs.model), needs.max_sequence_length
    limit = _context(settings)
    if limit and wanted > limit:
        message = f"`max_sequence_length` is {wanted}, but {needs.model} supports at most {limit} tokens"
        severity: Severity = "error" if family(settings) in LEARNED_POSITIONS else "warning"
        yield Problem("HPC504", severity, "max_sequence_length", message, f"write {limit} or less", also=("model",))


def head_size(needs: Needs) -> Iterator[Problem]:
    """HPC505."""
    head = _head(text_config(needs.model))
    if needs.flash_attention_v2 and head > FLASH_HEAD:
        message = f"the attention heads of {needs.model} have size {head}; flash attention supports up to {FLASH_HEAD}"
        yield Problem("HPC505", "error", "flash_attention_v2", message, also=("model",))


def already_quantized(needs: Needs) -> Iterator[Problem]:
    """HPC507, HPC508, HPC509 and HPC557: one of them, the one to settle first."""
    settings = text_config(needs.model).get("quantization_config")
    if not isinstance(settings, dict):
        return
    what = f"{needs.model} is already quantized ({settings.get('quant_method', 'by an unnamed method')})"
    if settings.get("quant_method") in INFERENCE:
        message = f"{what} in a format for inference only, so it cannot be trained"
        yield Problem("HPC557", "error", "model", message)
    elif needs.training_type == "full":
        yield Problem("HPC508", "error", "training_type", f"{what} and cannot be trained in full", also=("model",))
    elif needs.quantization_bit != "none":
        message = f"{what}: it keeps its own number of bits"
        yield Problem("HPC507", "error", "quantization_bit", message, also=("model",), read=DECIDE)
    elif needs.merge_adapter:
        message = f"{what}: an adapter cannot be merged into it"
        yield Problem("HPC509", "error", "merge_adapter", message, also=("model",), read=DECIDE)


def _context(settings: dict[str, Any]) -> int:
    """The positions that the model has, those of stretched rotary embeddings included; 0 where it is not said."""
    plain = size(settings, *POSITIONS)
    rope = settings.get("rope_parameters") or settings.get("rope_scaling")
    if not isinstance(rope, dict):
        return plain
    factor, start = rope.get("factor"), size(rope, "original_max_position_embeddings")
    if not isinstance(factor, int | float) or not 0 < factor < LARGEST:
        return plain
    return max(plain, int(factor * start))


def _head(settings: dict[str, Any]) -> int:
    heads = size(settings, "num_attention_heads")
    return size(settings, "head_dim") or (size(settings, "hidden_size") // heads if heads else 0)


CHECKS: Final = (broken_config, context_length, head_size, already_quantized)
