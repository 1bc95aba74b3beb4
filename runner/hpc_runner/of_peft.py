"""Where earlier releases of PEFT differ from the newest in how they are called; each function says why."""

from __future__ import annotations

from typing import Any


def stored_names(model: Any) -> list[str]:
    """The names that the matrices of experts have in the files; they are loaded as one parameter, which PEFT adapts.

    Before 0.19 PEFT knows no such names: it adapts no experts.
    """
    try:
        from peft.utils import transformers_weight_conversion as conversion
    except ImportError:
        return []
    base = conversion._MODEL_TO_CONVERSION_PATTERN.get(model.config.get_text_config().model_type)
    return list(getattr(conversion, "_MOE_TARGET_MODULE_MAPPING", {}).get(base, ()))


def adapted_parameters(model: Any) -> list[str]:
    """The names of the parameters with an adapter; before 0.17 PEFT adapts modules only."""
    return list(getattr(model, "targeted_parameter_names", ()))
