"""What the real trainer allocates in its steps, found on tensors without contents: ``python -m hpc_runner memory``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final
from weakref import finalize

import torch
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_iter, tree_map_only

from hpc_runner import model as models
from hpc_runner import trainers
from hpc_runner.errors import RunnerError
from hpc_runner.late import bind
from hpc_runner.plan import Plan

STEPS: Final = 2
"""The second one finds the optimizer's state in place."""
MICRO_BATCHES: Final = 2
"""Gradients are added to from the second one on; a third allocates the same."""


def memory(plan: Plan, length: int) -> dict[str, int]:
    """The highest sum of what one process holds while it trains, in bytes, by what it is.

    Args:
        plan: The compiled job. Its steps are computed as on a CPU, by a single process.
        length: Tokens of every row.

    Raises:
        RunnerError: HPC555 where the steps cannot run on tensors without contents.
    """
    if plan.deepspeed is not None:
        raise _cannot("DeepSpeed moves the weights by itself")
    if plan.model.quantization:
        raise _cannot("bitsandbytes packs the weights by their values")
    arguments = trainers.build_arguments(plan, bind(1, cpu=True))
    arguments.max_steps, arguments.save_strategy, arguments.eval_strategy = STEPS, "no", "no"
    arguments.gradient_accumulation_steps = min(arguments.gradient_accumulation_steps, MICRO_BATCHES)
    rows = _rows(plan, length, arguments.per_device_train_batch_size)
    tracker = Tracker()
    try:
        with FakeTensorMode(allow_non_fake_inputs=True), tracker, _without_weights():
            tokenizer, base = models.load_tokenizer(plan), models.load_model(plan, arguments)
            trainer = trainers.build_trainer(plan, arguments, base, tokenizer, (rows, None), [])
            batch = trainer.data_collator(list(trainer.train_dataset.select(range(arguments.per_device_train_batch_size))))
            trainer.get_train_dataloader = lambda: _Batches(
                [_copy(batch) for _ in range(STEPS * arguments.gradient_accumulation_steps)]
            )
            tracker.forget()
            trainer.train()
    except RunnerError:
        raise
    except Exception as error:  # Whatever an operation without a rule for such tensors makes torch raise.
        raise _cannot(f"{type(error).__name__}: {(str(error).strip().splitlines() or [''])[0]}") from error
    return tracker.highest(trainer)


class _Batches(list[Any]):
    """The batches of a training, in place of a data loader, which would shuffle by drawn numbers."""


def _copy(batch: Any) -> Any:
    return tree_map_only(torch.Tensor, torch.Tensor.clone, dict(batch))


def _cannot(reason: str) -> RunnerError:
    return RunnerError(
        "HPC555", f"--exact cannot compute this job's steps without its weights: {reason}", "leave `--exact` out"
    )


@contextmanager
def _without_weights() -> Iterator[None]:
    """Models are built from their config.json, and no file of weights is read."""
    from transformers import AutoConfig, PreTrainedModel

    replaced = [(PreTrainedModel, "from_pretrained"), (PreTrainedModel, "to"), (torch.nn.Module, "to")]
    originals = [vars(owner)[name] for owner, name in replaced]

    def build(cls: Any, path: Any, *_given: Any, dtype: Any = None, attn_implementation: Any = None, **named: Any) -> Any:
        config = named.get("config") or AutoConfig.from_pretrained(path, trust_remote_code=False)
        attention = {"attn_implementation": attn_implementation} if attn_implementation else {}
        return cls._from_config(config, dtype=dtype, **attention)

    for (owner, name), other in zip(replaced, (classmethod(build), _stay, _stay), strict=True):
        setattr(owner, name, other)
    try:
        yield
    finally:
        for (owner, name), original in zip(replaced, originals, strict=True):
            setattr(owner, name, original)


def _stay(module: Any, *_place: Any, **_named: Any) -> Any:
    """There is one device; torch cannot move such parameters."""
    return module


def _rows(plan: Plan, length: int, batch: int) -> Any:
    """Tokenized rows of the length, as the trainer takes them: the first token of each is the prompt."""
    from datasets import Dataset

    answer = [0] * (length - 1)
    if plan.data.kind == "preference":
        pairs = Dataset.from_list([{"prompt_ids": [0], "chosen_ids": answer, "rejected_ids": answer}] * batch)
        return trainers.unpaired(pairs, 0, batch) if plan.data.unpair else pairs
    row: dict[str, Any] = {"input_ids": [0, *answer], "labels": [-100, *answer]}
    if plan.data.packing:
        row["seq_lengths"] = [length]
    return Dataset.from_list([row] * batch)


class Tracker(TorchDispatchMode):
    """Counts the bytes of all storages that are alive, and remembers their highest sum.

    A number read from a tensor without contents is taken to be 1.
    """

    def __init__(self) -> None:
        super().__init__()
        self.alive: dict[int, int] = {}
        self.total = self.peak = 0
        self.at_peak: dict[int, int] = {}

    def __torch_dispatch__(self, func: Any, _types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """See what an operation returns."""
        if func is torch.ops.aten._local_scalar_dense.default:
            return _one(args[0].dtype)
        out = func(*args, **(kwargs or {}))
        for thing in tree_iter(out):
            if isinstance(thing, torch.Tensor):
                self._see(thing)
        return out

    def _see(self, tensor: torch.Tensor) -> None:
        storage = tensor.untyped_storage()
        key = storage._cdata
        if key in self.alive:
            return
        self.alive[key] = storage.nbytes()
        self.total += storage.nbytes()
        finalize(storage, self._gone, key)
        if self.total > self.peak:
            self.peak, self.at_peak = self.total, dict(self.alive)

    def _gone(self, key: int) -> None:
        self.total -= self.alive.pop(key, 0)

    def forget(self) -> None:
        """Look for the highest sum from now on."""
        self.peak = 0

    def highest(self, trainer: Any) -> dict[str, int]:
        """The highest sum, by what it was made of."""
        trained = [parameter for parameter in trainer.model.parameters() if parameter.requires_grad]
        states = [state for each in trainer.optimizer.state.values() for state in each.values()]
        kinds = {"weights": [*trainer.model.parameters(), *trainer.model.buffers()], "optimizer": states}
        parts: Counter[str] = Counter()
        for kind, tensors in kinds.items():
            keys = {tensor.untyped_storage()._cdata for tensor in tensors if isinstance(tensor, torch.Tensor)}
            parts[kind] = sum(self.at_peak.get(key, 0) for key in keys)
        del trained
        parts["step"] = self.peak - sum(parts.values())
        return {"peak": self.peak, **parts}


def _one(dtype: torch.dtype) -> bool | int | float:
    """1 as a Python number of this kind."""
    return True if dtype is torch.bool else 1.0 if dtype.is_floating_point else 1
