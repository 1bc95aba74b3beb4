"""The operations of a decoder: what each allocates, what it saves for its backward pass, and what that allocates.

Sources: ``derivatives.yaml`` of PyTorch 2.13 for what is saved, ``autocast_mode.h`` for number formats. Counts are
elements, widths bytes an element.
"""

from __future__ import annotations

from typing import Final

from hpc.memory.tape import Gradients, Leaf, Tape, Tensor

FLOAT: Final = 4


def convert(tape: Tape, x: Tensor, width: int) -> Tensor:
    """``x.to(dtype)``: a copy where the width differs."""
    if x.width == width:
        return x
    before = x.width
    return tape.record(tape.make(x.count, width), (x,), lambda g: (tape.make(g.count, before),))


def narrow(tape: Tape, weight: Leaf) -> Tensor | Leaf:
    """A weight in autocast's format; the copy of a trained one is kept until the forward pass ends."""
    if not tape.compute or weight.width == tape.compute:
        return weight
    if weight not in tape.narrowed or not weight.needs_grad:
        copy = tape.make(weight.count, tape.compute)
        tape.record(copy, (weight,), lambda g: (tape.make(g.count, weight.width),))
        if not weight.needs_grad:
            return copy
        tape.narrowed[weight] = copy
    return tape.narrowed[weight]


def linear(tape: Tape, x: Tensor, weight: Leaf, features: int, bias: Leaf | None = None) -> Tensor:
    """``x @ weightᵀ``. Saves ``x`` for the weight's gradient and the weight for that of ``x``."""
    x = convert(tape, x, tape.compute or x.width)
    used = narrow(tape, weight)
    rows = x.count // (weight.count // features)
    out = tape.make(rows * features, x.width)
    saved_x = x if weight.needs_grad else None
    saved_weight = used if x.needs_grad else None
    count, width, needs = x.count, x.width, (x.needs_grad, weight.needs_grad)

    def backward(_g: Tensor) -> Gradients:
        assert saved_x is not None or saved_weight is not None
        to_x = tape.make(count, width) if needs[0] else None
        to_weight = tape.make(weight.count, width) if needs[1] else None
        return (to_x, to_weight, *([tape.make(features, width)] if bias else []))

    return tape.record(out, (x, used, *([bias] if bias else [])), backward)


def multiply(tape: Tape, a: Tensor, b: Tensor) -> Tensor:
    """``a * b`` of equal shape: each is saved for the other's gradient."""
    out = tape.make(a.count, max(a.width, b.width))
    saved_a, saved_b = (a if b.needs_grad else None), (b if a.needs_grad else None)
    widths = a.width, b.width

    def backward(g: Tensor) -> Gradients:
        results = [tape.make(g.count, g.width) if saved else None for saved in (saved_b, saved_a)]
        return [r and _cast_back(tape, r, w) for r, w in zip(results, widths, strict=True)]

    return tape.record(out, (a, b), backward)


def scale(tape: Tape, x: Tensor, width: int | None = None) -> Tensor:
    """``x`` times a number, or times what needs no gradient and is broadcast; nothing of its size is saved."""
    wide, before = max(x.width, width or x.width), x.width
    return tape.record(
        tape.make(x.count, wide), (x,), lambda g: (_cast_back(tape, tape.make(g.count, g.width), before),)
    )


def weigh(tape: Tape, x: Tensor, weight: Leaf) -> Tensor:
    """``weight * x`` with one weight a column: saves ``x`` where the weight is trained."""
    out = tape.make(x.count, max(x.width, weight.width))
    saved, before = (x if weight.needs_grad else None), x.width

    def backward(g: Tensor) -> Gradients:
        to_x = _cast_back(tape, tape.make(g.count, g.width), before)
        product = tape.make(g.count, g.width) if saved else None  # summed over rows only after this operation
        return to_x, product and tape.make(weight.count, weight.width)

    return tape.record(out, (x, weight), backward)


def add(tape: Tape, a: Tensor, b: Tensor) -> Tensor:
    """``a + b``: nothing is saved, and both get the same gradient."""
    out = tape.make(a.count, max(a.width, b.width))
    widths = a.width, b.width
    return tape.record(out, (a, b), lambda g: [_cast_back(tape, g, w) for w in widths])


def slices(tape: Tape, x: Tensor, counts: tuple[int, ...]) -> list[Tensor]:
    """Views of parts; the gradient of each is as large as the whole, with zeros elsewhere."""
    found = []
    for count in counts:
        whole = x.count
        part = Tensor(count, x.width, x.block)
        found.append(tape.record(part, (x,), lambda g, whole=whole: (tape.make(whole, g.width),)))  # type: ignore[misc]
    return found


def silu_like(tape: Tape, x: Tensor) -> Tensor:
    """An activation function: saves its input."""
    saved = x

    def backward(_g: Tensor) -> Gradients:
        return (tape.make(saved.count, saved.width),)

    return tape.record(tape.make(x.count, x.width), (x,), backward)


def fused_norm(tape: Tape, x: Tensor, weight: Leaf, rows: int) -> Tensor:
    """liger-kernel's: saves its input and a root a row, and writes the gradient into the one that arrives."""
    saved = x, tape.make(rows, FLOAT)

    def backward(g: Tensor) -> Gradients:
        assert saved
        return g, tape.make(weight.count, FLOAT) if weight.needs_grad else None

    return tape.record(tape.make(x.count, x.width), (x, weight), backward)


def fused_gate(tape: Tape, gate: Tensor, up: Tensor) -> Tensor:
    """liger-kernel's ``silu(gate) * up``: saves both, and writes their gradients into them."""
    saved = gate, up
    return tape.record(tape.make(gate.count, gate.width), (gate, up), lambda _g: saved)


def rms_norm(tape: Tape, x: Tensor, weight: Leaf, rows: int, *, wide: bool = False) -> Tensor:
    """Llama's: float32 inside, so that the input is copied where it is narrower. Gemma's also weighs in float32."""
    if tape.fused:
        return fused_norm(tape, x, weight, rows)
    given = convert(tape, x, FLOAT)
    root = tape.make(rows, FLOAT)
    tape.make(given.count, FLOAT)  # the squares, averaged at once
    out = tape.make(given.count, FLOAT)
    saved = given, root

    def backward(g: Tensor) -> Gradients:
        through = tape.make(g.count, FLOAT)
        product = tape.make(g.count, FLOAT)  # for the root, summed over columns
        del product
        spread = tape.make(g.count, FLOAT)  # the mean's gradient, spread over columns
        doubled = tape.make(saved[0].count, FLOAT), tape.make(saved[0].count, FLOAT)
        squares = tape.make(g.count, FLOAT)
        del doubled, spread
        total = tape.make(g.count, FLOAT)
        del through, squares
        return (total,)

    normed = tape.record(out, (given,), backward)
    if wide:
        return convert(tape, weigh(tape, normed, weight), x.width)
    return weigh(tape, convert(tape, normed, x.width), weight)


def dropout(tape: Tape, x: Tensor, *, gpu: bool) -> Tensor:
    """On a CPU the scaled noise is saved in the format of ``x``, on a GPU one byte an element."""
    noise = tape.make(x.count, 1 if gpu else x.width)

    def backward(g: Tensor) -> Gradients:
        assert noise.count == g.count
        return (tape.make(g.count, g.width),)

    return tape.record(tape.make(x.count, x.width), (x,), backward)


def rotate(tape: Tape, x: Tensor, width: int) -> Tensor:
    """Rotary positions: ``x * cos + rotate_half(x) * sin``; the tables have ``width`` bytes. liger's are in place."""
    if tape.fused:
        return tape.record(tape.view(x), (x,), lambda g: (g,))
    first = scale(tape, x, width)
    half = tape.make(x.count // 2, x.width)
    turned = tape.make(x.count, x.width)
    del half

    def backward(g: Tensor) -> Gradients:
        negative = tape.make(g.count // 2, g.width)
        slices = tape.make(g.count, g.width), tape.make(g.count, g.width)
        del negative
        total = tape.make(g.count, g.width)
        del slices
        return (total,)

    second = scale(tape, tape.record(turned, (x,), backward), width)
    return add(tape, first, second)


def repeat(tape: Tape, x: Tensor, times: int) -> Tensor:
    """Keys or values, copied for each of the heads that share them."""
    if times == 1:
        return x
    count = x.count
    return tape.record(tape.make(x.count * times, x.width), (x,), lambda g: (tape.make(count, g.width),))


def attention(tape: Tape, q: Tensor, k: Tensor, v: Tensor, rows: int, mask: Tensor | None) -> Tensor:
    """Fused attention: saves its inputs, its output and ``rows`` log-sums of float32."""
    out, sums = tape.make(q.count, q.width), tape.make(rows, FLOAT)
    saved = q, k, v, out.block, sums, mask

    def backward(_g: Tensor) -> Gradients:
        return [tape.make(given.count, given.width) for given in saved[:3]]

    return tape.record(out, (q, k, v), backward)


def _cast_back(tape: Tape, g: Tensor, width: int) -> Tensor:
    """A gradient in the format of the input that it is for."""
    return g if g.width == width else tape.make(g.count, width)
