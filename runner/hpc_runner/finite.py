"""A loss or gradient norm that is not finite ends the run on every rank, before it can become a result."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from transformers import Trainer, TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from hpc_runner.errors import RunnerError
from hpc_runner.of_transformers import norm_of, watch_norm

MOST_SKIPPED = 50
"""Steps in a row that fp16's loss scaler may skip while it looks for its scale."""
SEE = "lower `learning_rate`, look at the rows of this step, or set `mixed_precision` to bf16"
SMALLEST = "Current loss scale already at minimum"
"""How DeepSpeed says that its loss scaler can skip no more."""
APPLIED = " (DeepSpeed has applied this update; nothing of it is saved)"


class NotFiniteError(RunnerError):
    """HPC846, with what is to be recorded: the step, and the figures that were logged for it."""

    def __init__(self, step: int, what: str, figures: dict[str, float], after: str = "") -> None:
        super().__init__("HPC846", f"{what} at step {step}{after}", SEE)
        self.step, self.figures = step, figures


class FiniteUpdates(TrainerCallback):  # type: ignore[misc]
    """Looks at every update's loss and gradient norm.

    On a CPU a bad update is refused before it is applied. On a GPU that would make every step wait for the device, so
    the gradients of a bad update are set to zero there, and the flag is read one step later, or before anything is
    logged, measured or saved. DeepSpeed applies an update within its backward pass: the run ends right after it, and
    nothing of it is saved.
    """

    def __init__(self, *, agree: Callable[[int], int], deferred: bool) -> None:
        self.agree, self.deferred = agree, deferred
        self.loss: Any = 0.0
        self.norm: Any = None
        self.pending: tuple[int, Callable[[], list[float]]] | None = None
        self.skipped = 0
        self.trainer: Any = None

    def watch(self, trainer: Trainer) -> None:
        """See each loss and each norm where the trainer computes them."""
        self.trainer = trainer
        step = trainer.training_step

        def training_step(*given: Any, **named: Any) -> Any:
            try:
                loss = step(*given, **named)
            except Exception as error:
                if SMALLEST not in str(error):
                    raise
                what = "fp16 gradients overflow at the smallest loss scale"
                raise NotFiniteError(trainer.state.global_step + 1, what, {"loss": math.nan}) from None
            self.loss = self.loss + loss.detach()
            return loss

        def saw(norm: Any) -> None:
            self.norm = norm

        trainer.training_step = training_step
        watch_norm(trainer, saw)
        trainer.add_callback(self)

    def on_pre_optimizer_step(
        self, args: TrainingArguments, state: TrainerState, _control: Any, model: Any = None, **_: Any
    ) -> None:
        """Refuse the update, or make it harmless."""
        norm = norm_of(model) if self.norm is None else self.norm
        loss, self.loss, self.norm = self.loss, 0.0, None
        if args.fp16:
            return
        if not self.deferred or self._owned_by_deepspeed():
            self._end_if_bad(state.global_step + 1, loss, norm)
            return
        device = getattr(loss, "device", None)  # A norm may be a number of Python's.
        figures = torch.stack([torch.as_tensor(each, device=device).float().reshape(()) for each in (loss, norm)])
        bad = ~torch.isfinite(figures).all()
        for parameter in model.parameters():
            if parameter.grad is not None:
                parameter.grad.masked_fill_(bad.to(parameter.grad.device), 0)
        earlier, self.pending = self.pending, (state.global_step + 1, _copied(figures))
        self._judge(earlier)

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        """Read the flag before anything is written; count what fp16's loss scaler skips."""
        if args.fp16:
            self._count_skipped(state)
        elif control.should_log or control.should_evaluate or control.should_save or control.should_training_stop:
            self._read()

    def on_epoch_end(self, _args: Any, _state: Any, _control: Any, **_: Any) -> None:
        """Read the flag: an epoch's end may evaluate and save."""
        self._read()

    def on_train_end(self, args: TrainingArguments, state: TrainerState, _control: Any, **_: Any) -> None:
        """A training of which the loss scaler has skipped every step is none."""
        if args.fp16 and 0 < state.max_steps <= min(state.global_step, self.skipped):
            what = f"fp16 gradients overflowed in all {self.skipped} steps, the last of them"
            raise NotFiniteError(state.global_step, what, {"loss": math.nan})

    def on_evaluate(
        self, _args: Any, state: TrainerState, _control: Any, metrics: dict[str, float] | None = None, **_: Any
    ) -> None:
        """An evaluation loss that is not a number chooses no best checkpoint."""
        loss = (metrics or {}).get("eval_loss", 0.0)
        if not math.isfinite(loss):
            raise NotFiniteError(state.global_step, f"the evaluation loss is {loss}", {"eval_loss": loss})

    def _read(self) -> None:
        pending, self.pending = self.pending, None
        self._judge(pending)

    def _judge(self, pending: tuple[int, Callable[[], list[float]]] | None) -> None:
        if pending:
            step, figures = pending
            self._end_if_bad(step, *figures())

    def _end_if_bad(self, step: int, loss: Any, norm: Any) -> None:
        figures = {"loss": float(loss), "grad_norm": float(norm)}
        if self._owned_by_deepspeed() and figures["grad_norm"] < 0:
            figures["grad_norm"] = math.nan  # DeepSpeed says -1 for a norm that is not finite.
        bad = self.agree(2 * (not math.isfinite(figures["loss"])) + (not math.isfinite(figures["grad_norm"])))
        if bad >= 2 and math.isfinite(figures["loss"]):
            figures["loss"] = math.nan  # Another process has it; the loss of the step is the mean.
        if bad:
            raise NotFiniteError(step, _what(figures), figures, APPLIED if self._owned_by_deepspeed() else "")

    def _count_skipped(self, state: TrainerState) -> None:
        self.skipped = self.skipped + 1 if self.trainer.accelerator.optimizer_step_was_skipped else 0
        if self.skipped > MOST_SKIPPED:
            what = f"fp16 gradients overflowed in {self.skipped} steps in a row, the last of them"
            raise NotFiniteError(state.global_step, what, {"loss": math.nan})

    def _owned_by_deepspeed(self) -> bool:
        return bool(self.trainer.is_deepspeed_enabled)


def _copied(figures: torch.Tensor) -> Callable[[], list[float]]:
    """The figures on the host: the copy is queued now, and waiting for it later waits for nothing queued after it."""
    if not figures.is_cuda:
        return figures.tolist
    host = torch.empty(figures.shape, pin_memory=True)
    host.copy_(figures, non_blocking=True)
    arrived = torch.cuda.Event()  # type: ignore[no-untyped-call]
    arrived.record()

    def read() -> list[float]:
        arrived.synchronize()
        return host.tolist()

    return read


def _what(figures: dict[str, float]) -> str:
    bad = [(name, value) for name, value in figures.items() if not math.isfinite(value)]
    names = {"loss": "the loss", "grad_norm": "the gradient norm"}
    return (
        " and ".join(f"{names[name]} is {value}" for name, value in bad) or "the loss of another process is not finite"
    )
