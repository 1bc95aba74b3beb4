"""How long a training takes on a known device, as a range, and what it costs."""

from typing import NamedTuple

from hpc.forecast.devices import Device
from hpc.memory.shape import Shape
from hpc.resolve import Config
from hpc_schema import fields as f


class Range(NamedTuple):
    """From ``low`` to ``high``."""

    low: float
    high: float


class Speed(NamedTuple):
    """Seconds for one step, and for one token where the trainer counts them: mean, and the spread of the mean."""

    step: float
    token: float | None
    spread: float


def operations_per_token(config: Config, shape: Shape, length: int) -> float:
    """Floating-point operations for one trained token.

    Two for each weight forward, two for the gradient of its input, two more where the weight is trained, two more where
    gradient checkpointing runs forward again; attention adds 4 · layers · width · length / 2 for each of these passes.
    Source: Kaplan et al., Scaling Laws (2020), section 2.1.
    """
    passes = 2 + (1 if config[f.training_type] == "full" else 0)
    passes += 0 if config[f.disable_gradient_checkpointing] else 1
    dense = 2 * (shape.parameters - (0 if shape.tied else shape.vocabulary * shape.hidden))
    attention = 2 * shape.layers * shape.queries * length
    reference = dense + attention if config[f.trainer] == "dpo" else 0
    return passes * dense + (passes + 1 if config[f.training_type] == "lora" else passes) * attention + reference


def duration(config: Config, shape: Shape, tokens: int, device: Device) -> Range | None:
    """Seconds from the first step to the last; None for a device whose speed is not known."""
    peak = device.peak.get(config[f.mixed_precision])
    if not peak or not device.utilization:
        return None
    work = tokens * operations_per_token(config, shape, config[f.max_sequence_length]) / config.processes
    slow, fast = device.utilization
    return Range(work / (peak * fast), work / (peak * slow))


def cost(config: Config, time: Range | None, price: float | None) -> Range | None:
    """Devices × hours × price, in the money that the price is in."""
    if time is None or price is None:
        return None
    rate = price * config.processes / 3600
    return Range(time.low * rate, time.high * rate)
