"""``plan.json`` as typed values, read only when every file of the compiled folder is the one that was compiled."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from types import UnionType
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from hpc_disk.files import section
from hpc_disk.formats import Kind
from hpc_runner.errors import RunnerError

FORMAT = 1
T = TypeVar("T")


@dataclass(frozen=True)
class Trainer:
    """Which trainer: its short name, and the dotted names of its class and of its arguments' class."""

    name: Literal["sft", "pt", "dpo"]
    class_name: str
    arguments_class: str


@dataclass(frozen=True)
class Model:
    """How the base model is loaded. ``quantization`` holds BitsAndBytesConfig's keyword arguments.

    Without an ``attention`` transformers chooses the one that the model has.
    ``chat_template`` is the path of a file. ``offload_activations`` stands in it only where there is gradient
    checkpointing.
    """

    path: str | None
    dtype: str
    attention: str | None
    quantization: dict[str, Any] | None
    offload_activations: bool = False
    chat_template: str | None = None


@dataclass(frozen=True)
class Data:
    """What is learned.

    ``max_samples`` and ``eval_split`` are those of ``hpc_disk.choice``.
    Fields without effect in the job are not in the plan.
    Without a ``format`` the first rows tell. ``max_sequence_length`` is in tokens; ``unpair``: one row an answer.
    """

    train: Any
    eval: Any
    format: str | None
    kind: Kind
    unpair: bool
    max_sequence_length: int
    max_samples: int | None = None
    eval_split: float | None = None
    packing: bool = False
    system_prompt: str | None = None


@dataclass(frozen=True)
class Adapter:
    """LoRA: the file with LoraConfig's keyword arguments, and whether the result is merged into the base."""

    arguments: str
    merge: bool


@dataclass(frozen=True)
class Distributed:
    """The processes of the job; ``arguments`` names DeepSpeed's file."""

    backend: Literal["ddp", "deepspeed"]
    nodes: int
    devices_per_node: int
    world_size: int
    arguments: str | None


@dataclass(frozen=True)
class Tracking:
    """MLflow's experiment and run name."""

    experiment: str
    run: str


@dataclass(frozen=True)
class Plan:
    """A compiled folder, verified: the plan and the arguments that its files hold."""

    folder: Path
    name: str
    source: str
    trainer: Trainer
    model: Model
    data: Data
    adapter: Adapter | None
    distributed: Distributed
    resume: bool | str
    lr_min_ratio: float
    early_stopping_patience: int | None
    tracking: Tracking
    versions: dict[str, str]
    arguments: dict[str, Any]
    lora: dict[str, Any] | None
    deepspeed: dict[str, Any] | None

    @property
    def output(self) -> Path:
        """Where the run writes; relative to the current folder, as in every command-line tool."""
        return Path(self.arguments["output_dir"])


def load_plan(folder: Path) -> Plan:
    """Read and verify a compiled folder.

    Raises:
        RunnerError: HPC801 where a file is missing or malformed, HPC802 where it was changed after compiling.
    """
    raw = _read_json(folder / "plan.json")
    started = os.environ.get("HPC_PLAN")
    if started and hashlib.sha256((folder / "plan.json").read_bytes()).hexdigest() != started:
        raise RunnerError(
            "HPC802",
            f"{folder / 'plan.json'} was changed after this run was started: another job compiles into the same folder",
            "give each job an output_dir of its own",
        )
    if raw.get("format") != FORMAT:
        raise RunnerError(
            "HPC801",
            f"{folder / 'plan.json'} has format {raw.get('format')!r}; this runner reads format {FORMAT}",
            "compile the config again with the hpc that is installed beside this runner",
        )
    _verify(folder, section(raw, "artifacts"))
    try:
        return _sound(_build(folder, raw))
    except (KeyError, TypeError, AttributeError) as error:
        wrong = f"lacks {error}" if isinstance(error, KeyError) else f"is damaged ({error})"
        raise RunnerError("HPC801", f"{folder / 'plan.json'} {wrong}", "compile the config again") from error


def _build(folder: Path, raw: dict[str, Any]) -> Plan:
    trainer = raw["trainer"]
    adapter = None if raw["adapter"] is None else _pick(Adapter, raw["adapter"])
    distributed = _pick(Distributed, raw["distributed"])
    return Plan(
        folder=folder,
        name=raw["name"],
        source=raw["source"],
        trainer=_sound(Trainer(trainer["name"], trainer["class"], trainer["arguments_class"])),
        model=_pick(Model, raw["model"]),
        data=_pick(Data, raw["data"]),
        adapter=adapter,
        distributed=distributed,
        resume=raw["resume"],
        lr_min_ratio=raw.get("lr_min_ratio", 0),
        early_stopping_patience=raw.get("early_stopping_patience"),
        tracking=_pick(Tracking, raw["tracking"]),
        versions=raw["versions"],
        arguments=_verified(folder, "training_arguments.json", raw),
        lora=_verified(folder, adapter.arguments, raw) if adapter else None,
        deepspeed=_verified(folder, distributed.arguments, raw) if distributed.arguments else None,
    )


def _verified(folder: Path, name: str, raw: dict[str, Any]) -> dict[str, Any]:
    """What is in a file whose digest the plan has; raises KeyError where it has none."""
    if name not in raw["artifacts"]:
        raise KeyError(name)
    return _read_json(folder / name)


def _pick(cls: type[T], values: dict[str, Any]) -> T:
    wanted = [f.name for f in fields(cls) if f.name in values or f.default is MISSING]  # type: ignore[arg-type]
    return _sound(cls(**{name: values[name] for name in wanted}))


def _sound(made: T) -> T:
    """The same, with values of the annotated types; raises TypeError."""
    for name, wanted in get_type_hints(type(made)).items():
        if not _fits(value := getattr(made, name), wanted):
            raise TypeError(f"{name} is {json.dumps(value)[:60]}")
    return made


def _fits(value: Any, wanted: Any) -> bool:
    """Whether a value is of an annotated type."""
    if wanted is Any:
        return True
    if get_origin(wanted) is Literal:
        return value in get_args(wanted)
    if get_origin(wanted) is UnionType:
        return any(_fits(value, each) for each in get_args(wanted))
    kind = get_origin(wanted) or wanted
    if isinstance(value, bool) or kind is bool:
        return isinstance(value, bool) and kind is bool
    return isinstance(value, int | float if kind is float else kind)


def _verify(folder: Path, digests: dict[str, str]) -> None:
    for name, expected in digests.items():
        path = folder / name
        if not path.is_file():
            raise RunnerError("HPC801", f"{path} is missing", "compile the config again")
        if f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}" != expected:
            raise RunnerError(
                "HPC802",
                f"{path} was changed after it was compiled",
                "change the config and compile it again; do not edit compiled files",
            )


def _read_json(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise RunnerError(
            "HPC801", f"cannot read {path}: {error.strerror}", "give the folder that `hpc compile -o` wrote"
        ) from error
    except (ValueError, RecursionError) as error:
        raise RunnerError("HPC801", f"{path} is not JSON: {error}", "compile the config again") from error
    if not isinstance(value, dict):
        raise RunnerError("HPC801", f"{path} does not hold an object", "compile the config again")
    return value
