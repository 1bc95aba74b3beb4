"""The output layer and the loss, as TRL computes them: tile by tile, never all logits at once.

Source: ``trl/kernels/chunked_logprob.py`` of TRL 1.16.
"""

from __future__ import annotations

from typing import Final

from hpc.memory import operations as op
from hpc.memory.tape import Gradients, Leaf, Tape, Tensor

TILE_TOKENS: Final = 4096
TILE_VOCABULARY: Final = 32768


def log_probabilities(tape: Tape, x: Tensor, weight: Leaf, tokens: int, vocabulary: int, *, gpu: bool) -> Tensor:
    """Log-probabilities of the labels of ``tokens`` positions; ``x`` are their hidden states."""
    compute = tape.compute or x.width
    hidden = weight.count // vocabulary
    tile = min(tokens, TILE_TOKENS), min(vocabulary, TILE_VOCABULARY)
    cells = tile[0] * tile[1]
    with tape.meter.because("logits and loss"):
        sums = tape.make(7 * tokens, op.FLOAT)
        buffer = tape.make(tile[0] * TILE_VOCABULARY, compute)
        narrowed = _narrowed(tape, tile, hidden, x, weight, compute)
        if not gpu:  # Triton folds a tile in place; torch makes these: logits, mask, exponentials, a product
            temporary = tape.make(cells, op.FLOAT), tape.make(cells, 1), tape.make(2 * cells, op.FLOAT)
            del temporary
        del narrowed, buffer, sums
        out = tape.make(3 * tokens, op.FLOAT)
    saved = x
    needs = x.needs_grad, weight.needs_grad

    def backward(_g: Tensor) -> Gradients:
        with tape.meter.because("logits and loss"):
            to_x = tape.make(saved.count, op.FLOAT) if needs[0] else None
            to_weight = tape.make(weight.count, op.FLOAT) if needs[1] else None
            buffer = tape.make(tile[0] * TILE_VOCABULARY, compute)
            narrowed = _narrowed(tape, tile, hidden, saved, weight, compute)
            if not gpu:  # seven float32 tiles and a mask at the moment of the subtraction
                temporary = tape.make(7 * cells, op.FLOAT), tape.make(cells, 1)
                del temporary
            if not gpu and compute != op.FLOAT:  # float copies for the float32 products
                copies = tape.make(cells, op.FLOAT), tape.make(tile[1] * hidden, op.FLOAT)
                del copies
            del buffer, narrowed
            return (
                to_x and op.convert(tape, to_x, saved.width),
                to_weight and op.convert(tape, to_weight, weight.width),
            )

    return tape.record(out, (x, weight), backward)


def labeled(tape: Tape, x: Tensor, weight: Leaf, tokens: int, vocabulary: int) -> Tensor:
    """Hpc's own on a CPU: the logits of the learned positions, as long as they are few.

    Source: ``runner/hpc_runner/labeled.py``.
    """
    hidden, before, width, cells = weight.count // vocabulary, x.count, x.width, tokens * vocabulary
    with tape.meter.because("logits and loss"):
        kept = tape.record(tape.make(tokens * hidden, width), (x,), lambda _g: (tape.make(before, width),))
        logits = op.convert(tape, op.linear(tape, kept, weight, vocabulary), op.FLOAT)
        del kept
        log = tape.make(cells, op.FLOAT)
        saved = log.block

        def backward(_g: Tensor) -> Gradients:
            assert saved.size
            return (tape.make(cells, op.FLOAT),)

        log = tape.record(log, (logits,), backward)
        del logits
        entropy = tape.make(cells, op.FLOAT), tape.make(cells, op.FLOAT)
        del entropy
        return tape.record(tape.make(tokens, op.FLOAT), (log,), lambda _g: (tape.make(cells, op.FLOAT),))


def _narrowed(
    tape: Tape, tile: tuple[int, int], hidden: int, x: Tensor, weight: Leaf, compute: int
) -> tuple[Tensor | None, ...]:
    """Copies of a tile's hidden states and weights in the compute format."""
    return (
        tape.make(tile[0] * hidden, compute) if x.width != compute else None,
        tape.make(tile[1] * hidden, compute) if weight.width != compute else None,
    )


def whole_logits(tape: Tape, x: Tensor, weight: Leaf, rows: int, vocabulary: int, *, supervised: bool) -> Tensor:
    """ORPO's and SimPO's: all logits in float32, and over the chosen half a cross-entropy where ``supervised``.

    Source: ``concatenated_forward`` of TRL's experimental ORPO and CPO trainers, ``selective_log_softmax``.
    """
    with tape.meter.because("logits and loss"):
        logits = op.convert(tape, op.linear(tape, x, weight, vocabulary), op.FLOAT)
        cells, one = logits.count, logits.count // rows
        entropy = _cross_entropy(tape, logits, cells // 2) if supervised else None
        temporary = tape.make(one, op.FLOAT)  # exponentials of one row at a time
        del temporary
        saved = logits

        def backward(_g: Tensor) -> Gradients:
            with tape.meter.because("logits and loss"):
                rowwise = tape.make(saved.count, op.FLOAT)
                stacked = tape.make(saved.count, op.FLOAT)
                del rowwise
                gathered = tape.make(saved.count, op.FLOAT)  # added to it in place
                del gathered
                return (stacked,)

        chosen = tape.record(tape.make(rows, op.FLOAT), (logits,), backward)
        return op.add(tape, chosen, entropy) if entropy else chosen


def _cross_entropy(tape: Tape, logits: Tensor, cells: int) -> Tensor:
    """Of a copy of the first ``cells`` logits: saves its log-softmax."""
    copied, before = tape.make(cells, op.FLOAT), logits.count
    saved = tape.make(cells, op.FLOAT)
    del copied

    def backward(_g: Tensor) -> Gradients:
        with tape.meter.because("logits and loss"):
            to_copy = tape.make(saved.count, op.FLOAT), tape.make(saved.count, op.FLOAT)
            whole = tape.make(before, op.FLOAT)
            del to_copy
            return (whole,)

    return tape.record(tape.make(1, op.FLOAT), (logits,), backward)
