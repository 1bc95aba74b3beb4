"""What the runner does at the trainer's own moments: mark checkpoints, stop on a signal, offload activations."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from hpc_disk.checkpoints import MARK
from hpc_runner.files import write_json
from hpc_runner.model import offload_activations
from hpc_runner.signals import Signals


class MarkCheckpoints(TrainerCallback):  # type: ignore[misc]
    """Write ``hpc.json`` into each checkpoint, when every process has written its part."""

    def __init__(self, mark: dict[str, Any]) -> None:
        self.mark = mark

    def on_save(self, args: TrainingArguments, state: TrainerState, _control: Any, **_: Any) -> None:
        """Wait for the other processes, then mark."""
        if torch.distributed.is_initialized():
            torch.distributed.barrier()
        folder = Path(args.output_dir) / f"checkpoint-{state.global_step}"
        if state.is_world_process_zero and folder.is_dir():
            write_json(folder / MARK, {**self.mark, "step": state.global_step})


class StopOnSignal(TrainerCallback):  # type: ignore[misc]
    """After SIGTERM or SIGINT: save one checkpoint at the end of the step and stop, all processes at the same step."""

    def __init__(self, signals: Signals) -> None:
        self.signals = signals
        self.group: Any = None

    def on_train_begin(self, _args: Any, _state: Any, _control: Any, **_: Any) -> None:
        """Make a group on the host for the agreement, so that it never makes the GPU wait."""
        if torch.distributed.is_initialized():
            self.group = torch.distributed.new_group(backend="gloo")
        self.signals.defer = True

    def on_step_end(self, _args: Any, _state: Any, control: TrainerControl, **_: Any) -> None:
        """Agree, then save and stop."""
        number = self._agreed(self.signals.received)
        if number:
            self.signals.received = number
            control.should_save = control.should_training_stop = True

    def on_train_end(self, _args: Any, _state: Any, _control: Any, **_: Any) -> None:
        """From here on a signal ends the process at once again."""
        self.signals.defer = False

    def _agreed(self, number: int) -> int:
        if self.group is None:
            return number
        value = torch.tensor([number])
        torch.distributed.all_reduce(value, torch.distributed.ReduceOp.MAX, group=self.group)
        return int(value)


class OffloadActivations(TrainerCallback):  # type: ignore[misc]
    """Turn gradient checkpointing's saved inputs over to the host once the trainer has switched checkpointing on."""

    def on_train_begin(self, _args: Any, _state: Any, _control: Any, model: Any = None, **_: Any) -> None:
        """Wrap each layer's checkpointing function."""
        offload_activations(model)
