"""Where earlier releases of transformers differ from the newest in how they are called; each function says why."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from hpc_runner.packing import IGNORED

if TYPE_CHECKING:
    from transformers import Trainer, TrainerCallback


@cache
def name_of_dtype() -> str:
    """The argument and the setting of a model's number format: `torch_dtype` before 4.56."""
    from transformers import PretrainedConfig

    return "dtype" if hasattr(PretrainedConfig(), "dtype") else "torch_dtype"


def stored_dtype(config: Any) -> Any:
    """The number format that a model's config.json names, or None."""
    return getattr(config, name_of_dtype(), None)


def store_dtype(config: Any, dtype: Any) -> None:
    """Write the number format into the config of a model."""
    setattr(config, name_of_dtype(), dtype)


def watch_norm(trainer: Trainer, saw: Callable[[Any], None]) -> None:
    """Call ``saw`` with the norm of each update's gradients, as the trainer computes it.

    Before 5.3 the trainer has no method of its own for it: it takes what clipping returns, and without clipping none.
    """
    owner, name = trainer, "_get_grad_norm"
    if not hasattr(trainer, name):
        owner, name = trainer.accelerator, "clip_grad_norm_"
    compute = getattr(owner, name)

    def computed(*given: Any, **named: Any) -> Any:
        norm = compute(*given, **named)
        saw(norm)
        return norm

    setattr(owner, name, computed)


def norm_of(model: Any) -> Any:
    """The norm of the gradients, where the trainer has computed none: before 5.3 without clipping, or in DeepSpeed."""
    from torch.nn.utils import get_total_norm

    if hasattr(model, "get_global_grad_norm"):
        return model.get_global_grad_norm()
    return get_total_norm([p.grad for p in model.parameters() if p.grad is not None])


def evaluate_at_end() -> TrainerCallback:
    """Evaluates after the last step, too, as the newest trainer does; earlier ones end between two evaluations."""
    from transformers import TrainerCallback

    class EvaluateAtEnd(TrainerCallback):  # type: ignore[misc]
        """Asks for an evaluation where the last step has none of its own."""

        def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            """The trainer's own wish stays as it is."""
            if args.eval_strategy == "steps" and state.global_step >= state.max_steps:
                control.should_evaluate = True

    return EvaluateAtEnd()


@cache
def divides_by_all() -> bool:
    """Whether a short last step is divided by all its accumulation steps, as before 4.56, and not by those it has."""
    from transformers import Trainer

    return "current_gradient_accumulation_steps" not in inspect.getsource(Trainer.training_step)


def lost_share(trainer: Trainer, batches: int) -> float:
    """By what the loss of each batch of a step is to be multiplied, so that it is a mean over the batches there are."""
    return trainer.args.gradient_accumulation_steps / batches if divides_by_all() else 1.0


@cache
def counts_from_checkpoint() -> bool:
    """Whether a resumed epoch counts its batches from the checkpoint on, as 4.53 does, so that its end is not seen."""
    from transformers import Trainer

    return "steps_skipped" in inspect.getsource(Trainer._inner_training_loop)


def end_short_steps(trainer: Trainer) -> None:
    """Let a resumed epoch end with its short last step, which 4.53 leaves out."""
    if counts_from_checkpoint():
        from hpc_runner.short_steps import ShortSteps

        ShortSteps().watch(trainer)


def count_predicted(trainer: Trainer) -> None:
    """Let the first token of a row be no label: nothing predicts it, but 5.7 and older count it as learned."""
    trainer.data_collator = partial(_collate, trainer.data_collator)


def _collate(collate: Callable[[Any], Any], rows: Any) -> Any:
    batch = collate(rows)
    if "labels" in batch:
        batch["labels"][:, 0] = IGNORED
    return batch


def divide_once(trainer: Trainer) -> None:
    """Let only the trainer divide a loss by the accumulation steps: some releases (5.3) let accelerate do it again."""
    if not trainer.is_deepspeed_enabled:
        trainer.accelerator.gradient_accumulation_steps = 1
