"""A training step replayed: forward, loss, backward, update."""

from __future__ import annotations

from functools import cache
from typing import Final

from hpc.memory import operations as op
from hpc.memory.decoder import Layer, StepSettings, checkpointed
from hpc.memory.head import labeled, log_probabilities, whole_logits
from hpc.memory.tape import Gradients, Leaf, Meter, Tape, Tensor

Peak = tuple[int, dict[str, int]]
"""Bytes in all, and by cause."""
FEW_LOGITS: Final = 2**25
"""Logits that are kept at once where only learned positions are scored (``LARGEST`` of ``labeled.py``)."""
FEW: Final = 2
"""Layers that are replayed at least: each further one adds the same to every moment."""


@cache
def peaks(job: StepSettings, *, accumulating: bool) -> dict[str, Peak]:
    """The peak of each moment of a step, in bytes, by cause, without what is there at all times.

    Args:
        job: The job on one device.
        accumulating: Whether gradients of an earlier micro-batch are there already.
    """
    layers = job.shape.layers
    if layers <= FEW + 1:
        return _replay(job, layers, accumulating=accumulating)
    few, more = (_replay(job, count, accumulating=accumulating) for count in (FEW, FEW + 1))
    few["first layer"] = few["second layer"] = few["next to last layer"]  # The first of two is all of them.
    return {moment: _extend(few[moment], more[moment], layers - FEW) for moment in few if moment in more}


def _extend(few: Peak, more: Peak, times: int) -> Peak:
    """A moment's peak with ``times`` layers beyond the few."""
    here, there = few[1], more[1]
    causes = {cause: _further(here.get(cause, 0), there.get(cause, 0), times) for cause in here | there}
    return _further(few[0], more[0], times), causes


def _further(few: int, more: int, times: int) -> int:
    return few + times * (more - few)


def _replay(job: StepSettings, layers: int, *, accumulating: bool) -> dict[str, Peak]:
    meter = Meter()
    tape = Tape(meter, job.compute, fused=job.liger)
    full = job.rank == 0
    shape = job.shape
    stack = [Layer(job) for _ in range(layers)]
    embedding, output = _end(job, "embed_tokens"), _end(job, "lm_head")
    if shape.tied and embedding.needs_grad == output.needs_grad:
        output = embedding
    last_norm = Leaf(shape.hidden, job.hidden if job.bits else job.weight, needs_grad=full)
    if accumulating:
        with meter.because("gradients"):
            for leaf in _trained(stack, (embedding, output, last_norm)):
                leaf.grad = tape.make(leaf.count, leaf.width)
    with meter.because("batch"):
        batch = tape.make(3 * job.tokens, 8), tape.make(job.tokens * job.length if job.padded else 1, 1)
    x = _embed(tape, job, embedding)
    for index, layer in enumerate(stack):
        meter.enter("forward")
        x = checkpointed(tape, layer, x) if job.checkpointing else layer.forward(tape, x)
        _mark(tape, x, _moment(index, layers))
    x = op.rms_norm(tape, x, last_norm, job.tokens, wide=shape.wide_norms)
    meter.enter("loss")
    loss = _loss(tape, job, x, output)
    del x
    tape.narrowed.clear()
    if job.reference:
        meter.enter("reference")
        _ask_reference(tape, job, stack, embedding, last_norm, output)
    meter.enter("loss's gradient")
    tape.backward(loss, tape.make(loss.count, op.FLOAT))
    del batch
    return meter.peaks


def _end(job: StepSettings, name: str) -> Leaf:
    """The embedding or the output layer; where only it is trained, as a copy in float32."""
    copied = name in job.whole
    width = op.FLOAT if copied else job.hidden if job.bits else job.weight
    return Leaf(job.shape.vocabulary * job.shape.hidden, width, needs_grad=job.rank == 0 or copied)


def _loss(tape: Tape, job: StepSettings, x: Tensor, output: Leaf) -> Tensor:
    predicted = job.tokens - job.rows
    scored = job.scored or predicted
    if job.loss == "labeled" and 0 < scored * job.shape.vocabulary <= FEW_LOGITS:
        return labeled(tape, x, output, scored, job.shape.vocabulary)
    if job.loss in ("tiles", "labeled"):
        if job.rows > 1:
            x = _without_last(tape, x, job)
        return log_probabilities(tape, x, output, predicted, job.shape.vocabulary, gpu=job.gpu)
    return whole_logits(
        tape, x, output, job.rows, job.shape.vocabulary, supervised=job.loss == "whole logits and cross-entropy"
    )


def _ask_reference(
    tape: Tape, job: StepSettings, stack: list[Layer], embedding: Leaf, last_norm: Leaf, output: Leaf
) -> None:
    """The reference's log-probabilities: a forward pass that saves nothing, without the adapters."""
    tape.recording = False
    with tape.meter.because("reference model"):
        x = _embed(tape, job, embedding)
        tape.meter.enter("reference")
        for layer in stack:
            x = layer.forward(tape, x, adapted=False)
        _loss(tape, job, op.rms_norm(tape, x, last_norm, job.tokens, wide=job.shape.wide_norms), output)
    tape.narrowed.clear()
    tape.recording = True


def _moment(index: int, layers: int) -> str:
    """The backward pass begins in the last layer; the ends are told apart, since the peak is at one of them."""
    names = {0: "first layer", 1: "second layer", layers - 2: "next to last layer", layers - 1: "last layer"}
    return names.get(index, "middle layers")


def _mark(tape: Tape, x: Tensor, moment: str) -> None:
    """From here on the backward pass is in this moment: wrap the operation that made ``x``."""
    node = x.source
    run = getattr(node, "run", None)
    if run is None:
        return

    def named(g: Tensor) -> Gradients:
        tape.meter.enter(moment)
        return run(g)  # type: ignore[no-any-return]

    node.run = named  # type: ignore[union-attr]


def _trained(stack: list[Layer], ends: tuple[Leaf, ...]) -> list[Leaf]:
    found = dict.fromkeys([*(leaf for layer in stack for leaf in layer.leaves()), *ends])
    return [leaf for leaf in found if leaf.needs_grad]


def _embed(tape: Tape, job: StepSettings, embedding: Leaf) -> Tensor:
    tape.meter.enter("forward")
    x = tape.make(job.tokens * job.shape.hidden, job.hidden)
    if not embedding.needs_grad:
        x.source = Leaf(x.count, x.width)  # so that checkpointing has something to differentiate
        return x

    def backward(_g: Tensor) -> Gradients:
        tape.meter.enter("embedding")
        return (tape.make(embedding.count, embedding.width),)

    return tape.record(x, (embedding,), backward)


def _without_last(tape: Tape, x: Tensor, job: StepSettings) -> Tensor:
    count = x.count
    kept = (job.tokens - job.rows) * job.shape.hidden
    return tape.record(tape.make(kept, x.width), (x,), lambda g: (tape.make(count, g.width),))
