"""Tensors without contents, and the graph that autograd would build from them.

A ``Tensor`` holds a ``Block`` of so many bytes for as long as anything refers to it, as in torch. Python's
reference counting frees the block: a local variable, a saved tensor and a gradient count for as long as they live.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from heapq import heappop, heappush
from sys import getrefcount
from typing import Final

ALONE: Final = 2
"""References to what only one container holds: that one's, and that of the function that counts them."""
Gradients = Sequence["Tensor | None"]
"""The gradients of an operation's inputs, None for those that need none."""


class Meter:
    """Bytes that are alive, by cause, and their highest sum in each moment of a step."""

    def __init__(self) -> None:
        self.alive: defaultdict[str, int] = defaultdict(int)
        self.total = 0
        self.cause = "activations"
        self.peaks: dict[str, tuple[int, dict[str, int]]] = {}
        self.enter("start")

    def enter(self, moment: str) -> None:
        """From here on, the bytes are those of this moment."""
        self.moment = moment
        self.highest = self.peaks[moment][0] if moment in self.peaks else 0

    def add(self, cause: str, size: int) -> None:
        """Count bytes that come alive, or with a negative size bytes that are freed."""
        self.alive[cause] += size
        self.total += size
        if self.total > self.highest and size > 0:
            self.highest = self.total
            self.peaks[self.moment] = (self.total, self.alive.copy())

    @contextmanager
    def because(self, cause: str) -> Iterator[None]:
        """Blocks made inside are of this cause."""
        before, self.cause = self.cause, cause
        try:
            yield
        finally:
            self.cause = before


class Block:
    """Memory of one tensor, shared by its views."""

    __slots__ = ("cause", "meter", "size")

    def __init__(self, meter: Meter, size: int, cause: str) -> None:
        self.meter, self.size, self.cause = meter, size, cause
        meter.add(cause, size)

    def rename(self, cause: str) -> None:
        """Count the bytes under another cause from now on."""
        self.meter.alive[self.cause] -= self.size
        self.meter.alive[cause] += self.size
        self.cause = cause

    def __del__(self) -> None:
        self.meter.add(self.cause, -self.size)


class Leaf:
    """What gradients are kept for: a weight, whose own bytes are counted with the model's, or a checkpoint's input."""

    __slots__ = ("count", "grad", "needs_grad", "width")

    def __init__(self, count: int, width: int, *, needs_grad: bool = True) -> None:
        self.count, self.width, self.needs_grad = count, width, needs_grad
        self.grad: Tensor | None = None

    @property
    def source(self) -> Leaf | None:
        """Where its gradient goes."""
        return self if self.needs_grad else None


class Operation:
    """One operation of the graph: from the gradient of its output to those of its inputs.

    Like torch's, it knows the operations that its inputs came from, and not these inputs' memory.
    """

    __slots__ = ("order", "run", "sources")

    def __init__(
        self, order: int, sources: Sequence[Operation | Leaf | None], run: Callable[[Tensor], Gradients] | None
    ) -> None:
        self.order, self.sources, self.run = order, sources, run


class Tensor:
    """``count`` elements of ``width`` bytes each; views share the ``block``."""

    __slots__ = ("block", "count", "source", "width")

    def __init__(self, count: int, width: int, block: Block, source: Operation | Leaf | None = None) -> None:
        self.count, self.width, self.block, self.source = count, width, block, source

    @property
    def size(self) -> int:
        """Bytes."""
        return self.count * self.width

    @property
    def needs_grad(self) -> bool:
        """Whether a gradient flows back into it."""
        return self.source is not None


class Tape:
    """Makes tensors, records operations, and runs them backward.

    ``compute`` is the width in bytes of autocast's number format, 0 without autocast. Weights that autocast has
    narrowed are kept in ``narrowed`` until the forward pass ends, as torch keeps them. ``fused``: liger-kernel computes
    norms, rotary positions and gates.
    """

    def __init__(self, meter: Meter, compute: int = 0, *, fused: bool = False) -> None:
        self.meter, self.compute, self.fused = meter, compute, fused
        self.recording, self.operations = True, 0
        self.narrowed: dict[Leaf, Tensor] = {}

    def make(self, count: int, width: int) -> Tensor:
        """A new tensor with memory of its own."""
        return Tensor(count, width, Block(self.meter, count * width, self.meter.cause))

    def view(self, tensor: Tensor) -> Tensor:
        """The same memory in another shape; its gradient is a view, too."""
        return Tensor(tensor.count, tensor.width, tensor.block, tensor.source)

    def record(self, out: Tensor, inputs: Sequence[Tensor | Leaf], run: Callable[[Tensor], Gradients]) -> Tensor:
        """Make ``out`` the output of an operation, unless nothing is recorded or no input needs a gradient."""
        if not self.recording:
            return out
        sources = [given.source for given in inputs]
        if any(sources):
            self.operations += 1
            out.source = Operation(self.operations, sources, run)
        return out

    def backward(self, root: Tensor, gradient: Tensor) -> None:
        """Run the graph of ``root`` from its gradient, newest operation first, as autograd's engine does."""
        if not isinstance(root.source, Operation):
            return
        waiting: dict[Operation | Leaf, Tensor] = {}
        uses = _uses(root.source)
        ready = [(-root.source.order, root.source, gradient)]
        del gradient
        while ready:
            _, node, arrived = heappop(ready)
            assert node.run is not None
            results = list(node.run(arrived))
            del arrived
            sources, node.run = node.sources, None
            for index, source in enumerate(sources):
                result, results[index] = results[index], None
                if source is None:
                    continue
                if result is not None:
                    self._arrive(waiting, source, result)
                del result
                uses[source] -= 1
                if not uses[source] and source in waiting:
                    whole = waiting.pop(source)
                    if isinstance(source, Operation):
                        heappush(ready, (-source.order, source, whole))
                    else:
                        _keep(source, whole)
                    del whole

    def _arrive(self, waiting: dict[Operation | Leaf, Tensor], source: Operation | Leaf, result: Tensor) -> None:
        """A gradient that arrives later is added to the first one in place, unless something else still needs that.

        ``can_accumulate_inplace`` in ``torch/csrc/autograd/input_buffer.cpp``.
        """
        if source not in waiting:
            waiting[source] = result
        elif getrefcount(waiting[source]) > ALONE or getrefcount(waiting[source].block) > ALONE:
            waiting[source] = self.make(result.count, result.width)


def _keep(leaf: Leaf, gradient: Tensor) -> None:
    """The first gradient of a leaf becomes its own; later ones are added to it in place."""
    if leaf.grad is None:
        leaf.grad = gradient
        gradient.block.rename("gradients")


def _uses(root: Operation) -> dict[Operation | Leaf, int]:
    """How many operations give each operation and each leaf a gradient."""
    uses: dict[Operation | Leaf, int] = {}
    stack = [root]
    while stack:
        for source in stack.pop().sources:
            if source is None:
                continue
            if source in uses:
                uses[source] += 1
                continue
            uses[source] = 1
            if isinstance(source, Operation):
                stack.append(source)
    return uses
