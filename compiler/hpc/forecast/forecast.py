"""A job's forecast as one value: what `hpc plan` shows, doctor judges and the page displays."""

import json
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final, NamedTuple

from hpc.forecast.changes import Change, Measure, changes
from hpc.forecast.devices import Device
from hpc.forecast.duration import Range, Speed, cost, duration
from hpc.forecast.faster import faster
from hpc.forecast.memory import FIELDS, KnownRows, Memory, exact_memory, expected, memory_of, resident_bytes
from hpc.forecast.schedule import Schedule
from hpc.memory.shape import LLAMA_LIKE, Shape, shape_of
from hpc.resolve import Config
from hpc_disk.models.folder import folder_of, model_config, parameters
from hpc_schema import fields as f


class Forecast(NamedTuple):
    """What is known of a job before it runs.

    ``unknown`` says why hpc's own replay gives no memory, ``faster`` what a job that
    fits could do without, ``exact`` that the memory is the real trainer's,
    ``least`` the bytes of weights, gradients and optimizer where no more is known.
    """

    schedule: Schedule
    shape: Shape | None
    memory: Memory | None
    device: Device | None
    changes: tuple[Change, ...]
    time: Range | None
    cost: Range | None
    unknown: str
    faster: tuple[Change, ...] = ()
    exact: bool = False
    least: int | None = None

    @property
    def fits(self) -> bool | None:
        """True where the expected memory fits, False where not even the lowest does, None where that is open."""
        if self.memory is None or self.device is None:
            return None
        if self.memory.low > self.device.memory:
            return False
        return True if self.memory.expected <= self.device.memory else None


class Asked(NamedTuple):
    """What the command asks for beside the config.

    Attributes:
        device: The device that the job will run on; None for this machine's.
        price: Money for one device and hour.
        model_config_file: A ``config.json`` to use instead of the model's own.
        exact: Bytes by cause as the real trainer allocates them (``from_runner.exact_memory``).
        speed: What real steps took on this machine.
    """

    device: Device | None = None
    price: float | None = None
    model_config_file: str | None = None
    exact: Mapping[str, int] | None = None
    speed: Speed | None = None


ONLY_THE_CONFIG: Final = Asked()


def forecast(config: Config, asked: Asked = ONLY_THE_CONFIG) -> Forecast:
    """Forecast a job."""
    planned = schedule(config)
    device = asked.device or _device_here(config)
    settings = _settings(config, asked.model_config_file)
    gpu = is_gpu(device)
    rows = _rows(planned)
    memory = memory_of(config, settings, gpu=gpu, rows=rows)
    if asked.exact:
        memory = exact_memory(config, asked.exact, memory, gpu=gpu)
    shape = shape_of(settings)
    tight = memory is not None and device is not None and memory.expected > device.memory
    measure = partial(expected, settings=settings, gpu=gpu, rows=rows)
    ideas = changes(config, device.memory, measure) if tight and device else []
    ideas = [_with_rows(change, planned) for change in ideas]
    time = _time(config, shape, planned, device, asked.speed)
    return Forecast(
        *(planned, shape, memory, device, tuple(ideas), time, cost(config, time, asked.price)),
        _unknown(config, settings, shape),
        faster=_faster(config, memory, device, measure),
        exact=bool(asked.exact),
        least=_least(config) if memory is None else None,
    )


def schedule(config: Config) -> Schedule:
    """What can be said from the data where it is at hand; without any, the steps are those that were set."""
    if config[f.train_data]:
        from hpc.forecast.from_data import counted

        return counted(config)
    most = config[f.max_steps] if config.acts(f.max_steps) else None
    return Schedule(None, most, None, frozenset({"steps"} if most else ()))


def _rows(planned: Schedule) -> KnownRows:
    lengths = planned.lengths or {}
    return KnownRows(
        *(max(lengths, default=None), min(lengths, default=2), planned.rows, planned.start),
        every="tokens" in planned.exact,
        counted="rows" in planned.exact,
    )


def _device_here(config: Config) -> Device | None:
    from hpc.forecast.this_device import device_here

    return device_here(config[f.devices_per_node])


def _faster(config: Config, memory: Memory | None, device: Device | None, measure: Measure) -> tuple[Change, ...]:
    if memory is None or device is None or memory.expected > device.memory:
        return ()
    return tuple(faster(config, memory.expected, device.memory, measure, gpu=is_gpu(device)))


def _with_rows(change: Change, planned: Schedule) -> Change:
    """Say how many rows a shorter length keeps, where they were tokenized."""
    length = change.set.get("max_sequence_length")
    share = planned.kept_whole(length) if length else None
    return change if share is None else change._replace(why=f"keeps {share:.1%} of the rows whole")


def _least(config: Config) -> int | None:
    """The bytes that training cannot do without, from the sizes of the weights on this disk."""
    folder = folder_of(config[f.model])
    count = parameters(folder) if folder else 0
    return resident_bytes(config, count) if count else None


def is_gpu(device: Device | None) -> bool:
    """Whether a device computes as GPUs do; one that is not known is taken for one."""
    return device is None or bool(device.peak) or device.source in ("nvidia-smi", "the size given")


def _time(
    config: Config, shape: Shape | None, planned: Schedule, device: Device | None, speed: Speed | None
) -> Range | None:
    """From real steps where there are any, else from the device's figures."""
    if speed is not None:
        seconds = (planned.steps or 0) * speed.step
        if planned.tokens is not None and speed.token is not None:
            seconds = planned.tokens * speed.token
        return Range(seconds * (1 - speed.spread), seconds * (1 + speed.spread)) if seconds else None
    return duration(config, shape, planned.tokens, device) if shape and planned.tokens and device else None


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
    if shape is None and settings.get("model_type") in LLAMA_LIKE:
        return f"the config.json of {config[f.model] or 'the model'} lacks a size that it must have, or has a wrong one"
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
        "changes": [{**change._asdict(), "set": dict(change.set)} for change in found.changes],
        "time": found.time and found.time._asdict(),
        "cost": found.cost and found.cost._asdict(),
    }


def _memory(memory: Memory | None) -> dict[str, Any] | None:
    if memory is None:
        return None
    causes = {
        cause: {"bytes": size, "fields": [field.name for field in FIELDS.get(cause, ())]}
        for cause, size in memory.by_cause.items()
    }
    return {"low": memory.low, "expected": memory.expected, "high": memory.high, "by_cause": causes}
