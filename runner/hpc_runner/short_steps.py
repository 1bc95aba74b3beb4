"""The short last step of a resumed epoch, which transformers 4.53 leaves out.

Its trainer updates after as many batches as a step has, or after the last batch of an epoch. After a resume it counts
from the checkpoint on and never reaches that number. So empty batches come before those of the short step: they have
no loss, and the gradients are exchanged in the last batch, as always.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from transformers import Trainer, TrainerCallback, TrainerState


class Empty(dict[str, Any]):
    """A batch without rows, which is not trained."""


class ShortSteps(TrainerCallback):  # type: ignore[misc]
    """Counts the batches of an epoch: fewer than it has, where its first ones were trained before the checkpoint."""

    def __init__(self) -> None:
        self.read = 0
        self.filled = False

    def watch(self, trainer: Trainer) -> None:
        """Stand before the trainer's own methods."""
        read, step, arguments = trainer.get_batch_samples, trainer.training_step, trainer.args

        def get_batch_samples(*given: Any) -> Any:
            batches, items = read(*given)
            whole = len(trainer.callback_handler.train_dataloader)
            return self.fill(batches, arguments.gradient_accumulation_steps, whole), items

        def training_step(model: Any, inputs: Any, *rest: Any) -> Any:
            if isinstance(inputs, Empty):
                return torch.zeros((), device=arguments.device)
            return step(model, inputs, *rest)

        trainer.get_batch_samples, trainer.training_step = get_batch_samples, training_step
        trainer.add_callback(self)

    def fill(self, batches: list[Any], wanted: int, whole: int) -> list[Any]:
        """As many batches as a step has, where a resumed epoch of ``whole`` batches has fewer left."""
        self.read += len(batches)
        self.filled = 0 < len(batches) < wanted and self.read < whole
        return [Empty()] * ((wanted - len(batches)) * self.filled) + batches

    def on_epoch_begin(self, _args: Any, _state: Any, _control: Any, **_: Any) -> None:
        """Count again."""
        self.read = 0

    def on_step_end(self, _args: Any, state: TrainerState, _control: Any, **_: Any) -> None:
        """The empty batches are no part of the epoch, which ends here."""
        if self.filled and state.epoch is not None:
            state.epoch = float(math.floor(state.epoch))
