"""What the real trainer allocates in its steps, found on tensors without contents: ``python -m hpc_runner memory``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from tempfile import TemporaryDirectory
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
from hpc_runner.tokenized import unpaired

STEPS: Final = 2
"""The second one finds the optimizer's state in place."""
MICRO_BATCHES: Final = 2
"""Gradients are added to from the second one on; a third allocates the same."""


def memory(plan: Plan, length: int, start: int = 1) -> dict[str, int]:
    """What one process holds at the moment when it holds most while it trains, in bytes, by what it is.

    ``trained`` is not a part of it: the bytes of what is trained, which several processes keep twice.

    Args:
        plan: The compiled job. Its steps are computed as on a CPU, by a single process.
        length: Tokens of every row.
        start: Tokens at its start of which none is learned.

    Raises:
        RunnerError: HPC555 where the steps cannot run on tensors without contents.
    """
    if plan.deepspeed is not None:
        raise _cannot("DeepSpeed moves the weights by itself")
    if plan.model.quantization:
        raise _cannot("bitsandbytes packs the weights by their values")
    if plan.model.offload_activations:
        raise _cannot("`offload` moves activations to the host, which is the only device here")
    try:
        with TemporaryDirectory(prefix="hpc-exact-") as folder, _without_weights():
            arguments = trainers.build_arguments(plan, bind(plan, 1, cpu=True))
            arguments.output_dir, arguments.max_steps = folder, STEPS
            arguments.save_strategy = arguments.eval_strategy = "no"
            arguments.gradient_accumulation_steps = min(arguments.gradient_accumulation_steps, MICRO_BATCHES)
            return _trained(plan, arguments, length, min(max(1, start), length - 1))
    except RunnerError:
        raise
    except Exception as error:  # Whatever an operation without a rule for such tensors makes torch raise.
        raise _cannot(f"{type(error).__name__}: {(str(error).strip().splitlines() or [''])[0]}") from error


def _trained(plan: Plan, arguments: Any, length: int, start: int) -> dict[str, int]:
    """Run the real trainer, on one batch that comes again and again."""
    tokenizer, rows = _tokenizer(plan), _rows(plan, length, start, arguments.per_device_train_batch_size)
    with FakeTensorMode(allow_non_fake_inputs=True), MemoryTracker(start) as tracker:
        base = models.load_model(plan, arguments)
        trainer = trainers.build_trainer(plan, arguments, base, tokenizer, (rows, None), [])
        chosen = list(trainer.train_dataset.select(range(arguments.per_device_train_batch_size)))
        batch = dict(trainer.data_collator(chosen))
        count = STEPS * arguments.gradient_accumulation_steps
        # A data loader would shuffle by drawn numbers.
        trainer.get_train_dataloader = lambda: [_copy(batch) for _ in range(count)]
        tracker.forget()
        trainer.train()
        found: dict[str, int] = tracker.highest(trainer)
        return found


def _copy(batch: Any) -> Any:
    return tree_map_only(torch.Tensor, torch.Tensor.clone, batch)


def _tokenizer(plan: Plan) -> Any:
    """The model's; where there is only a config.json, one of a single token, since the rows are tokens already."""
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from transformers import PreTrainedTokenizerFast

    try:
        return models.load_tokenizer(plan)
    except RunnerError:
        one = Tokenizer(WordLevel({"<end>": 0}, unk_token="<end>"))  # noqa: S106 (a token of a text)
        return PreTrainedTokenizerFast(tokenizer_object=one, eos_token="<end>", pad_token="<end>")  # noqa: S106


def _cannot(reason: str) -> RunnerError:
    return RunnerError(
        "HPC555", f"--exact cannot compute this job's steps without its weights: {reason}", "leave `--exact` out"
    )


@contextmanager
def _without_weights() -> Iterator[None]:
    """Models are built from their config.json, and no file of weights is read. No row is padded, and so none masked."""
    from transformers import AutoConfig, PreTrainedModel, masking_utils

    replaced: list[tuple[Any, str]] = [(PreTrainedModel, "from_pretrained"), (PreTrainedModel, "to")]
    replaced += [(torch.nn.Module, "to"), (masking_utils, "_ignore_causal_mask_sdpa")]
    originals = [vars(owner)[name] for owner, name in replaced]

    def build(cls: Any, path: Any, /, *_given: Any, dtype: Any = None, **named: Any) -> Any:
        config = named.get("config") or AutoConfig.from_pretrained(path, trust_remote_code=False)
        chosen = {key: named[key] for key in ("attn_implementation",) if key in named}
        built = cls._from_config(config, dtype=dtype, **chosen)
        return (built, {}) if named.get("output_loading_info") else built

    unmasked = partial(_of_full_rows, originals[-1])
    for (owner, name), other in zip(replaced, (classmethod(build), _stay, _stay, unmasked), strict=True):
        setattr(owner, name, other)
    try:
        yield
    finally:
        for (owner, name), original in zip(replaced, originals, strict=True):
            setattr(owner, name, original)


def _of_full_rows(needs_no_mask: Callable[..., bool], _padding_mask: Any = None, *given: Any, **named: Any) -> bool:
    """Transformers does not look into a padding mask without contents, and would take it for one that hides tokens."""
    named.pop("padding_mask", None)
    return needs_no_mask(None, *given, **named)


def _stay(module: Any, *_place: Any, **_named: Any) -> Any:
    """There is one device; torch cannot move such parameters."""
    return module


def _rows(plan: Plan, length: int, start: int, batch: int) -> Any:
    """Tokenized rows of the length, as the trainer takes them, with a prompt at the start of each."""
    from datasets import Dataset

    prompt, answer = [0] * start, [0] * (length - start)
    if plan.data.kind == "preference":
        pairs = Dataset.from_list([{"prompt_ids": prompt, "chosen_ids": answer, "rejected_ids": answer}] * batch)
        return unpaired(pairs, 0, batch) if plan.data.unpair else pairs
    row: dict[str, Any] = {"input_ids": [*prompt, *answer], "labels": [-100] * start + answer}
    if plan.data.packing:
        row["seq_lengths"] = [length]
    return Dataset.from_list([row] * batch)


class MemoryTracker(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Counts the bytes of all storages that are alive, and remembers their highest sum.

    A number read from a tensor without contents is taken to be 1, and of a row's positions those from the last of
    ``start`` tokens on as learned.
    """

    def __init__(self, start: int = 1) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.start = start
        self.alive: dict[int, int] = {}
        self.total = self.peak = 0
        self.at_peak: dict[int, int] = {}

    def __torch_dispatch__(self, func: Any, _types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """See what an operation returns."""
        if func is torch.ops.aten._local_scalar_dense.default:
            return _one(args[0].dtype)
        if func is torch.ops.aten.nonzero.default:
            count = args[0].numel() - (self.start - 1 if args[0].ndim == 1 else 0)
            return args[0].new_zeros((count, args[0].ndim), dtype=torch.int64)
        if func in INDEXED:
            args = (args[0], _numbers(args[1]), *args[2:])
        out = func(*args, **(kwargs or {}))
        if func in IN_PLACE and _in_autograd(args[0], out):
            self._gone(args[0].untyped_storage()._cdata)
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
        states = [state for each in trainer.optimizer.state.values() for state in each.values()]
        kinds = {"weights": [*trainer.model.parameters(), *trainer.model.buffers()], "optimizer": states}
        parts: Counter[str] = Counter()
        for kind, tensors in kinds.items():
            keys = {tensor.untyped_storage()._cdata for tensor in tensors if isinstance(tensor, torch.Tensor)}
            parts[kind] = sum(self.at_peak.get(key, 0) for key in keys)
        trained = sum(each.numel() * each.element_size() for each in trainer.model.parameters() if each.requires_grad)
        return {**parts, "trained": trained, "gradients and activations": self.peak - sum(parts.values())}


UNSHARED: Final = 4
"""References to a gradient that waits for others: autograd's own, and those of this call."""


IN_PLACE: Final = frozenset({torch.ops.aten.add.Tensor, torch.ops.aten.scatter_add.default})
"""What autograd computes in place, except for tensors without contents."""


def _in_autograd(waiting: Any, total: torch.Tensor) -> bool:
    """Whether autograd itself adds to a gradient that nothing else needs.

    ``can_accumulate_inplace`` in ``torch/csrc/autograd/input_buffer.cpp``, ``areAnyTensorSubclassLike`` elsewhere.
    """
    inside = torch._C._current_graph_task_id() != -1 and not torch.is_grad_enabled()
    return inside and waiting.shape == total.shape and waiting._use_count() <= UNSHARED


INDEXED: Final = frozenset(
    {
        torch.ops.aten.index.Tensor,
        torch.ops.aten.index_put.default,
        torch.ops.aten.index_put_.default,
        torch.ops.aten._index_put_impl_.default,
    }
)
"""Operations whose result depends on a mask's contents."""


def _numbers(indices: Any) -> list[Any]:
    """Masks as the numbers of all their positions: every position but a row's first is learned."""
    found: list[Any] = []
    for index in indices:
        if isinstance(index, torch.Tensor) and index.dtype is torch.bool:
            found += [index.new_zeros(index.numel(), dtype=torch.int64) for _ in range(index.ndim)]
        else:
            found.append(index)
    return found


def _one(dtype: torch.dtype) -> bool | int | float:
    """1 as a Python number of this kind."""
    return True if dtype is torch.bool else 1.0 if dtype.is_floating_point else 1
