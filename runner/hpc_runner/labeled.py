"""On a CPU, the output layer scores only the positions that are learned from.

TRL scores every position there, prompts and padding too, and each twice: once more for the gradient. The result is the
same to the last digits (``tests/end_to_end/runner/test_labeled.py``); the output
layer of a small model is half of its work.
"""

from __future__ import annotations

import inspect
from functools import partial
from typing import Any, Final

LARGEST: Final = 2**25
"""Logits that are kept at once; beyond, TRL's way, which keeps none, needs less memory (128 MiB in float32)."""


def labeled(trainer_class: Any) -> Any:
    """The trainer's class with this loss, under the same name."""
    return type(trainer_class.__name__, (Labeled, trainer_class), {})


class Labeled:
    """A mixin before TRL's SFTTrainer."""

    def compute_loss(self, model: Any, inputs: Any, *arguments: Any, **named: Any) -> Any:
        """TRL's loss, of a model that scores less where that is worth it."""
        own: Any = self.model  # type: ignore[attr-defined]
        if own.training and _is_worth_it(own, inputs):
            model = partial(scored, model)
        return super().compute_loss(model, inputs, *arguments, **named)  # type: ignore[misc]


def _is_worth_it(model: Any, inputs: Any) -> bool:
    base = model.get_base_model() if hasattr(model, "get_base_model") else model
    if inputs["labels"].device.type != "cpu" or "logits_to_keep" not in inspect.signature(base.forward).parameters:
        return False
    config = base.config.get_text_config()
    count = len(inputs["labels"]) * len(learned(inputs["labels"])) * config.vocab_size
    return 0 < count <= LARGEST and not getattr(config, "output_router_logits", False)


def learned(labels: Any) -> Any:
    """The positions from which the next token is learned, in any row."""
    return (labels[:, 1:] != -100).any(0).nonzero().squeeze(-1)


def scored(model: Any, *, labels: Any = None, fused_lm_head: bool = False, **inputs: Any) -> Any:
    """What the model with TRL's output layer gives, computed from the logits of the learned positions only."""
    if not fused_lm_head:
        return model(**inputs) if labels is None else model(labels=labels, **inputs)
    import torch
    from trl.trainer.utils import FusedCausalLMOutput

    positions = learned(labels)
    target, mask = labels[:, 1:][:, positions], labels[:, 1:] != -100
    log = model(**inputs, logits_to_keep=positions).logits.float().log_softmax(-1)
    chosen = log.gather(-1, target.clamp(min=0).unsqueeze(-1)).squeeze(-1)
    with torch.no_grad():
        entropy = -(log.exp() * log).sum(-1)
        best = log.argmax(-1) == target

    def everywhere(value: Any) -> Any:
        """Zero where nothing is learned."""
        kept = value * mask[:, positions]
        return kept.new_zeros(mask.shape).index_copy(1, positions, kept)

    return FusedCausalLMOutput(
        log_probs=everywhere(chosen), entropy=everywhere(entropy), is_top1=everywhere(best), label_mask=mask
    )
