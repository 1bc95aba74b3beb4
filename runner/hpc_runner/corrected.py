"""What the libraries' trainers do otherwise than the config means, put right in a class beside theirs."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from hpc_runner.of_transformers import lost_share
from hpc_runner.of_trl import rows_of

SHARD: Final = "5GB"
"""The size of the largest file of weights in a result, as the hub has them."""


def corrected(trainer_class: Any) -> Any:
    """The trainer's class with these corrections, under the same name."""
    return type(trainer_class.__name__, (Corrected, trainer_class), {})


class Corrected:
    """A mixin before a trainer of transformers or TRL.

    - Evaluation loss is the mean over all tokens, as the training loss is; the libraries take the mean over batches,
      which depends on the batch size.
    - In preference training every pair of a step weighs the same, also in a short last batch.
    - Parameters of one dimension (scales, biases, the decay of a state space) have no weight decay, whatever their
      name.
    - Saved weights are cut into files of 5 GB, as they are elsewhere.
    - TRL's model card, which calls every local base "None", is not written: ``card.py`` writes ours.
    """

    evaluated: list[tuple[float, int]]
    shares: list[float]
    share: float = 1.0

    def get_decay_parameter_names(self, model: Any) -> list[str]:
        """Only matrices decay."""
        one_dimension = {name for name, p in model.named_parameters() if len(getattr(p, "ds_shape", p.shape)) < 2}
        named: list[str] = super().get_decay_parameter_names(model)  # type: ignore[misc]
        return [name for name in named if name not in one_dimension]

    def create_model_card(self, *_arguments: Any, **_named: Any) -> None:
        """None of TRL's."""

    def prediction_step(self, model: Any, inputs: Any, *arguments: Any, **named: Any) -> Any:
        """Note each row's loss and tokens, where the trainer's forward pass gives them (SFT and pre-training)."""
        if type(self).__name__ != "SFTTrainer":  # The loss of preferences is not one of tokens.
            return super().prediction_step(model, inputs, *arguments, **named)  # type: ignore[misc]
        seen: list[Any] = []

        def forward(*positional: Any, **inputs: Any) -> Any:
            seen.append(model(*positional, **inputs))
            return seen[-1]

        result = super().prediction_step(forward, inputs, *arguments, **named)  # type: ignore[misc]
        rows = rows_of(seen[0], inputs) if seen else None
        if rows:
            losses, tokens = self.accelerator.gather_for_metrics(rows)  # type: ignore[attr-defined]
            self.evaluated.append((losses.sum().item(), tokens.sum().item()))
        return result

    def evaluation_loop(self, *arguments: Any, **named: Any) -> Any:
        """Replace the loss by that of all tokens."""
        self.evaluated = []
        result = super().evaluation_loop(*arguments, **named)  # type: ignore[misc]
        losses, tokens = (sum(part) for part in zip(*self.evaluated, strict=True)) if self.evaluated else (0, 0)
        key = f"{named.get('metric_key_prefix', 'eval')}_loss"
        if tokens and key in result.metrics:
            result.metrics[key] = losses / tokens
        return result

    def get_batch_samples(self, *arguments: Any, **named: Any) -> Any:
        """Note the share that each micro-batch has in its step, by its rows."""
        batches, items = super().get_batch_samples(*arguments, **named)  # type: ignore[misc]
        rows = [find_rows(batch) for batch in batches]
        whole = lost_share(self, len(rows)) if rows else 1.0
        self.shares = [whole * count * len(rows) / sum(rows) for count in rows] if items is None else []
        return batches, items

    def training_step(self, *arguments: Any, **named: Any) -> Any:
        """Weigh the micro-batch by its rows; where the loss counts tokens, the trainer has weighed it already."""
        self.share = self.shares.pop(0) if self.shares else 1.0
        return super().training_step(*arguments, **named)  # type: ignore[misc]

    def compute_loss(self, model: Any, inputs: Any, *arguments: Any, **named: Any) -> Any:
        """The loss, weighed while training."""
        result = super().compute_loss(model, inputs, *arguments, **named)  # type: ignore[misc]
        if self.share == 1.0 or not self.model.training:  # type: ignore[attr-defined]
            return result
        return (result[0] * self.share, *result[1:]) if isinstance(result, tuple) else result * self.share

    def _save(self, output_dir: str | None = None, state_dict: dict[str, Any] | None = None) -> None:
        model: Any = self.accelerator.unwrap_model(self.model)  # type: ignore[attr-defined]
        if not hasattr(model, "peft_config"):
            model.save_pretrained = partial(model.save_pretrained, max_shard_size=SHARD)
        try:
            super()._save(output_dir, state_dict)  # type: ignore[misc]
        finally:
            vars(model).pop("save_pretrained", None)


def find_rows(batch: Any) -> int:
    """The rows of a batch of tensors."""
    return next(len(value) for value in batch.values() if hasattr(value, "shape"))
