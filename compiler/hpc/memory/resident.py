"""What stays on a device for the whole training, and what the update needs: a term each, in bytes."""

from __future__ import annotations

from typing import Final

from hpc.memory.decoder import StepSettings
from hpc.memory.shape import Shape

FLOAT: Final = 4
BLOCK4: Final = 64
"""Weights that share a scale in 4-bit quantization; 256 scales share a float32 (double quantization)."""


def weights(shape: Shape, width: int, bits: int) -> int:
    """The loaded weights. Of a quantized base, all but its linear layers have ``width`` bytes an element."""
    whole = shape.parameters
    packed = shape.layers * shape.matrices
    if not bits:
        return whole * width
    rest = (whole - packed) * width
    if bits == 8:
        rows = shape.layers * sum(out for out, _ in shape.linear.values())
        return rest + packed + rows * FLOAT
    scales = packed // BLOCK4
    return rest + packed // 2 + scales + scales // 256 * FLOAT


def adapters(job: StepSettings) -> int:
    """What LoRA adds: r × (in + out) for each adapted layer, DoRA's lengths, and the modules that are trained whole."""
    linear = job.shape.linear
    each = [job.rank * sum(linear[name]) + job.dora * linear[name][0] for name in job.targets if name in linear]
    return job.shape.layers * sum(each) + sum(whole(job.shape, name) for name in job.whole)


def whole(shape: Shape, name: str) -> int:
    """Weights of the modules of a name in the whole model; those of one dimension are next to nothing."""
    if name in ("embed_tokens", "lm_head"):
        return shape.vocabulary * shape.hidden
    out, into = shape.linear.get(name, (0, 0))
    return shape.layers * out * into


def trained(job: StepSettings) -> int:
    """How many weights are trained."""
    return adapters(job) if job.rank else job.shape.parameters


BLOCK8: Final = 256
"""States of an 8-bit optimizer that share a float32 scale."""
STATE_BYTES: Final = {"adamw": 2 * FLOAT, **dict.fromkeys(("adamw_8bit", "paged_adamw_8bit"), 2 * (1 + FLOAT / BLOCK8))}


def optimizer_states(optimizer: str, count: int) -> int:
    """AdamW keeps two moments a trained weight, in the format of the weight (float32), or in 8 bits each.

    Plain SGD keeps nothing, and Adafactor a row and a column a matrix, which is next to nothing.
    """
    return int(count * STATE_BYTES.get(optimizer, 0))


def update(job: StepSettings, optimizer: str) -> int:
    """Temporaries of the update. On a GPU all weights at once (foreach), on a CPU one after the other.

    ``torch/optim/adamw.py``: the root of the second moment, and it divided by the bias correction.
    """
    if optimizer != "adamw":
        return 0
    if job.gpu:
        return trained(job) * FLOAT
    linear = job.shape.linear
    ends = job.shape.vocabulary * job.shape.hidden
    sizes = [job.rank * max(linear[n]) for n in job.targets] + [ends] * bool(job.whole) if job.rank else [ends]
    return 2 * FLOAT * max(sizes, default=0)
