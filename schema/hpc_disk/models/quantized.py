"""Models that were published quantized: by which method, whether it can be trained, and what does not fit it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from hpc_disk.messages import nearest, show
from hpc_disk.models.families import INFERENCE, PACKAGES, RELEASE
from hpc_disk.models.folder import text_config
from hpc_disk.needs import Needs
from hpc_disk.problems import Problem

DECIDE: Final = ("training_type", "quantization_bit")


def method(model: str | None) -> str | None:
    """How the model is quantized, as transformers names it; None where it is not, or is in no way that is known."""
    settings = text_config(model).get("quantization_config")
    return _method(settings) if isinstance(settings, dict) else None


def _method(settings: dict[str, Any]) -> str | None:
    if settings.get("load_in_8bit") or settings.get("load_in_4bit"):  # Older files of bitsandbytes name no method.
        return "bitsandbytes"
    found = settings.get("quant_method")
    return found if isinstance(found, str) else None


def method_faults(settings: dict[str, Any]) -> Iterator[str]:
    """What is wrong with the method of a ``quantization_config``."""
    known = INFERENCE | PACKAGES.keys()
    found, given = _method(settings), settings.get("quant_method")
    if found is None:
        what = "is missing" if given is None else f"is {show(given)}, not a name"
        yield f"has a quantization_config whose quant_method {what}"
    elif found not in known:
        near = nearest(found, known)
        hint = f"; did you mean {show(near)}?" if near else ""
        yield f"has the quant_method {show(found)}, which {RELEASE} does not know{hint}"


def already_quantized(needs: Needs) -> Iterator[Problem]:
    """HPC507, HPC508, HPC509 and HPC557: one of them, the one to settle first."""
    found = method(needs.model)
    if not found:
        return
    what = f"{needs.model} is already quantized ({found})"
    if found in INFERENCE:
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


CHECKS: Final = (already_quantized,)
