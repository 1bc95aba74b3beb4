"""One decoder layer and the whole model, replayed on a tape."""

from typing import Literal, NamedTuple

from hpc.memory import operations as op
from hpc.memory.shape import Shape
from hpc.memory.tape import Gradients, Leaf, Tape, Tensor


class StepSettings(NamedTuple):
    """What decides the memory of a step on one device.

    ``rows`` × ``length`` tokens in a micro-batch; ``weight`` and ``compute``: bytes of an element of the loaded
    weights and of autocast's format (0 without autocast); ``hidden``: bytes of an element of the hidden states;
    ``rank``: of the adapters, 0 for full training; ``targets``: the adapted linear layers; ``dora``: they learn a
    length for each column, too; ``whole``: modules that are trained whole beside adapters, as copies in float32;
    ``bits``: of a quantized base, else 0; ``padded``: rows of one batch differ in length; ``gpu``: kernels of a GPU;
    ``fused``: flash attention, which needs no mask; ``liger``: liger-kernel's norms, positions and gates;
    ``reference``: a reference is asked at each step; ``scored``: positions from which a token is learned, 0 for all
    but the last of each row.
    """

    shape: Shape
    rows: int
    length: int
    weight: int
    compute: int
    hidden: int
    rank: int
    targets: tuple[str, ...]
    drop: bool
    bits: int
    checkpointing: bool
    padded: bool
    gpu: bool
    fused: bool = False
    liger: bool = False
    loss: Literal["tiles", "labeled", "whole logits", "whole logits and cross-entropy"] = "tiles"
    reference: bool = False
    scored: int = 0
    dora: bool = False
    whole: tuple[str, ...] = ()

    @property
    def tokens(self) -> int:
        """Tokens of one micro-batch, padding included."""
        return self.rows * self.length


class Layer:
    """The weights of one decoder layer that get gradients, and those that do not."""

    def __init__(self, job: StepSettings) -> None:
        self.job, self.adapted = job, True
        self.weights: dict[str, Leaf] = {}
        self.adapters: dict[str, tuple[Leaf, Leaf]] = {}
        self.lengths: dict[str, Leaf] = {}
        full = job.rank == 0
        for name, (out, into) in job.shape.linear.items():
            self.weights[name] = Leaf(out * into, job.weight, needs_grad=full)
            if not full and name in job.targets:
                self.adapters[name] = Leaf(job.rank * into, op.FLOAT), Leaf(out * job.rank, op.FLOAT)
                self.lengths[name] = Leaf(out, op.FLOAT)
        for name in ("input_norm", "inner_norm", "attended_norm", "fed_norm", "q_norm", "k_norm"):
            size = 1 if name in ("q_norm", "k_norm") else job.shape.hidden
            if name in ("attended_norm", "fed_norm") and not job.shape.sandwich:
                continue
            self.weights[name] = Leaf(size, job.hidden if job.bits else job.weight, needs_grad=full)
        for name in ("q_proj", "k_proj", "v_proj"):
            if job.shape.biased:
                self.weights[f"{name}.bias"] = Leaf(job.shape.linear[name][0], job.weight, needs_grad=full)

    def leaves(self) -> list[Leaf]:
        """All weights, the adapters' last."""
        return [*self.weights.values(), *(leaf for pair in self.adapters.values() for leaf in pair)]

    def project(self, tape: Tape, name: str, x: Tensor) -> Tensor:
        """A linear layer, with its adapter beside it as PEFT computes it. A call holds its input to the end."""
        result = self._base(tape, name, x)
        if name not in self.adapters or not self.adapted:
            return result
        with tape.meter.because("adapters"):
            return self._adapted(tape, name, x, result)

    def _adapted(self, tape: Tape, name: str, given: Tensor, result: Tensor) -> Tensor:
        down, up = self.adapters[name]
        # On a GPU the runner lets autocast narrow for the product, instead of a copy in float32 (``narrow_inputs``).
        x = given if self.job.gpu and tape.compute else op.convert(tape, given, down.width)
        dropped = op.dropout(tape, x, gpu=self.job.gpu) if self.job.drop else x
        if self.job.dora:
            del x
            whole = op.add(tape, result, self._by_length(tape, name, dropped, result))
            return op.convert(tape, whole, result.width)
        low = op.linear(tape, dropped, down, self.job.rank)
        del dropped
        scaled = op.scale(tape, op.linear(tape, low, up, self.job.shape.linear[name][0]))
        return op.add(tape, result, scaled)

    def _by_length(self, tape: Tape, name: str, x: Tensor, result: Tensor) -> Tensor:
        """DoRA's: the product of the adapters and the weight are made whole for the lengths of their columns.

        Source: ``peft/tuners/lora/dora.py`` of PEFT 0.21.
        """
        (down, up), (out, into) = self.adapters[name], self.job.shape.linear[name]
        size, compute = out * into, tape.compute or op.FLOAT
        product = tape.make(into * into, op.FLOAT), tape.make(size, compute), tape.make(size, op.FLOAT)
        weight = tape.make(size, op.FLOAT)
        lengths = tape.make(size, op.FLOAT), tape.make(size, op.FLOAT)
        del lengths
        length = self.lengths[name]
        high = op.linear(tape, op.linear(tape, x, down, self.job.rank), up, out)
        if self.job.drop:  # The base's result is computed once more, from what is left of the input.
            count, width = x.count, x.width
            again = tape.make(result.count, result.width)

            def backward(_g: Tensor) -> Gradients:
                assert weight
                return (tape.make(count, width),)

            result = tape.record(again, (x,), backward)
            del again
        del x
        turned = op.weigh(tape, result, length)
        del result
        scaled = op.add(tape, turned, op.scale(tape, op.weigh(tape, high, length)))
        del product
        return scaled

    def _base(self, tape: Tape, name: str, x: Tensor) -> Tensor:
        weight, out = self.weights[name], self.job.shape.linear[name][0]
        if not self.job.bits:
            return op.linear(tape, x, weight, out, self.weights.get(f"{name}.bias"))
        return quantized_linear(tape, x, weight, out, self.job.compute or op.FLOAT)

    def forward(self, tape: Tape, x: Tensor, *, adapted: bool = True) -> Tensor:
        """Norm, attention, norm, feed-forward, each half added to its input."""
        self.adapted = adapted
        rows, width = self.job.tokens, x.width
        normed = self._norm(tape, "input_norm", x, rows)
        x = op.add(tape, x, self._again(tape, "attended_norm", self._attend(tape, normed, width)))
        del normed
        normed = self._norm(tape, "inner_norm", x, rows)
        return op.add(tape, x, self._again(tape, "fed_norm", self._feed_forward(tape, normed)))

    def _norm(self, tape: Tape, name: str, x: Tensor, rows: int) -> Tensor:
        return op.rms_norm(tape, x, self.weights[name], rows, wide=self.job.shape.wide_norms)

    def _again(self, tape: Tape, name: str, x: Tensor) -> Tensor:
        """Normed once more, in the families that do."""
        return self._norm(tape, name, x, self.job.tokens) if self.job.shape.sandwich else x

    def _queries_keys_values(self, tape: Tape, x: Tensor) -> list[Tensor]:
        shape = self.job.shape
        if not shape.joined:
            return [self.project(tape, name, x) for name in ("q_proj", "k_proj", "v_proj")]
        sizes = tuple(self.job.tokens * width for width in (shape.queries, shape.kv, shape.kv))
        return op.slices(tape, self.project(tape, "qkv_proj", x), sizes)

    def _attend(self, tape: Tape, x: Tensor, positions: int) -> Tensor:
        job, shape = self.job, self.job.shape
        with tape.meter.because("attention"):
            q, k, v = self._queries_keys_values(tape, x)
            del x
            if shape.head_norms:
                q = self._norm(tape, "q_norm", q, job.tokens * shape.heads)
                k = self._norm(tape, "k_norm", k, job.tokens * shape.kv * shape.heads // shape.queries)
            q, k = op.rotate(tape, q, positions), op.rotate(tape, k, positions)
            mask = None
            if job.padded and not job.fused:
                k, v = (op.repeat(tape, t, shape.queries // shape.kv) for t in (k, v))
                mask = tape.make(job.rows * job.length * job.length, job.compute or q.width)
            if job.compute:
                q, k, v = (op.convert(tape, t, job.compute) for t in (q, k, v))
            mixed = op.attention(tape, q, k, v, job.tokens * shape.heads, mask)
            del q, k, v, mask
        return self.project(tape, "o_proj", mixed)

    def _feed_forward(self, tape: Tape, x: Tensor) -> Tensor:
        if self.job.shape.joined:
            half = self.job.tokens * self.job.shape.inner
            gate, up = op.slices(tape, self.project(tape, "gate_up_proj", x), (half, half))
            del x
            return self.project(tape, "down_proj", op.multiply(tape, op.silu_like(tape, gate), up))
        if tape.fused:
            gate, up = self.project(tape, "gate_proj", x), self.project(tape, "up_proj", x)
            del x
            return self.project(tape, "down_proj", op.fused_gate(tape, gate, up))
        gate = op.silu_like(tape, self.project(tape, "gate_proj", x))
        return self.project(tape, "down_proj", op.multiply(tape, gate, self.project(tape, "up_proj", x)))


def quantized_linear(tape: Tape, x: Tensor, weight: Leaf, features: int, compute: int) -> Tensor:
    """bitsandbytes: the weight is unpacked into the compute format for each product, forward and backward."""
    before, count = x.width, x.count
    narrow = op.convert(tape, x, compute)
    unpacked = tape.make(weight.count, compute)
    out = tape.make(x.count // (weight.count // features) * features, compute)
    del unpacked

    def backward(_g: Tensor) -> Gradients:
        again = tape.make(weight.count, compute)
        assert again
        return (tape.make(count, compute),)

    return op.convert(tape, tape.record(out, (narrow,), backward), before)


def checkpointed(tape: Tape, layer: Layer, x: Tensor) -> Tensor:
    """A layer that keeps its input only, and runs forward again before it runs backward."""
    x.block.rename("checkpointed hidden states")
    if not tape.recording:
        return layer.forward(tape, x)
    tape.recording = False
    out = layer.forward(tape, Tensor(x.count, x.width, x.block))
    tape.recording = True
    kept = Tensor(x.count, x.width, x.block)

    def backward(g: Tensor) -> Gradients:
        with tape.meter.because("one recomputed layer"):
            start = Leaf(kept.count, kept.width)
            again = layer.forward(tape, Tensor(kept.count, kept.width, kept.block, start))
            tape.narrowed.clear()
            tape.backward(again, g)
            return (start.grad,)

    weights = layer.leaves()
    return tape.record(out, (x, *weights), lambda g: (*backward(g), *(None for _ in weights)))
