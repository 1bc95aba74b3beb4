"""A job's forecast as one value: what `hpc plan` shows, doctor judges and the page displays."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from hpc.forecast.changes import Change, changes
from hpc.forecast.devices import Device
from hpc.forecast.duration import Range, cost, duration
from hpc.forecast.memory import FIELDS, Memory, expected, memory_of
from hpc.forecast.schedule import Schedule, schedule
from hpc.forecast.this_device import device_here
from hpc.memory.shape import Shape, shape_of
from hpc.resolve import Config
from hpc_disk.models.folder import model_config
from hpc_schema import fields as f


@dataclass(frozen=True)
class Forecast:
    """What is known of a job before it runs. ``unknown`` says why there is no memory, if there is none."""

    schedule: Schedule
    shape: Shape | None
    memory: Memory | None
    device: Device | None
    changes: tuple[Change, ...]
    time: Range | None
    cost: Range | None
    unknown: str

    @property
    def fits(self) -> bool | None:
        """True where the expected memory fits, False where not even the lowest does, None where that is open."""
        if self.memory is None or self.device is None:
            return None
        if self.memory.low > self.device.memory:
            return False
        return True if self.memory.expected <= self.device.memory else None


def forecast(
    config: Config, *, device: Device | None = None, price: float | None = None, model_config_file: str | None = None
) -> Forecast:
    """Forecast a job.

    Args:
        config: The job.
        device: The device it will run on; None for this machine's.
        price: Money for one device and hour.
        model_config_file: A ``config.json`` to use instead of the model's own.
    """
    planned = schedule(config)
    device = device or device_here(config[f.devices_per_node])
    settings = _settings(config, model_config_file)
    gpu = device is None or bool(device.peak) or device.source in ("nvidia-smi", "the size given")

    memory = memory_of(config, settings, gpu=gpu)
    shape = shape_of(settings)
    tight = memory is not None and device is not None and memory.expected > device.memory
    ideas = changes(config, device.memory, partial(expected, settings=settings, gpu=gpu)) if tight and device else []
    time = duration(config, shape, planned.tokens, device) if shape and planned.tokens and device else None
    return Forecast(
        planned, shape, memory, device, tuple(ideas), time, cost(config, time, price), _unknown(config, settings, shape)
    )


def _settings(config: Config, file: str | None) -> Mapping[str, Any]:
    """The model's settings: those of a given file, of the folder, or of the hub's cache on this machine."""
    if file is not None:
        from hpc_disk.files import read_object

        return read_object(Path(file))
    return model_config(config[f.model])


def _unknown(config: Config, settings: Mapping[str, Any], shape: Shape | None) -> str:
    if not config[f.model] and not settings:
        return "the config names no `model`"
    if not settings:
        return f"no config.json of {config[f.model]} on this machine; give --model-config"
    if shape is None:
        return f"the layers of the family {json.dumps(settings.get('model_type'))} are not known to hpc"
    if settings.get("quantization_config"):
        return f"{config[f.model]} is quantized already, in a format whose size hpc does not know"
    return ""


def to_json(found: Forecast) -> dict[str, Any]:
    """The object that ``--format json`` prints. Memory in bytes on each device, time in seconds."""
    planned = found.schedule
    return {
        "steps": planned.steps,
        "rows": planned.rows,
        "tokens": planned.tokens,
        "exact": {key: key in planned.exact for key in ("steps", "rows", "tokens")},
        "memory": _memory(found.memory),
        "device": found.device and {"name": found.device.name, "bytes": found.device.memory},
        "fits": found.fits,
        "changes": [{**asdict(change), "set": dict(change.set)} for change in found.changes],
        "time": found.time and asdict(found.time),
        "cost": found.cost and asdict(found.cost),
    }


def _memory(memory: Memory | None) -> dict[str, Any] | None:
    if memory is None:
        return None
    causes = {
        cause: {"bytes": size, "fields": [field.name for field in FIELDS.get(cause, ())]}
        for cause, size in memory.by_cause.items()
    }
    return {"low": memory.low, "expected": memory.expected, "high": memory.high, "by_cause": causes}
