"""Two compiled jobs compared: which values differ, because of which fields, and whether the training is the same."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import prod
from typing import Any, Final, Literal, NamedTuple

from hpc.compile import Compilation
from hpc_disk.builds import Build, build_of

DifferenceKind = Literal["training", "memory", "files"]
"""What a difference changes: the updates of the parameters; memory and speed only; files, logs and names only."""

ARGUMENTS: Final = "training_arguments.json"
KINDS: Final[dict[str, DifferenceKind]] = {
    f"{ARGUMENTS}:per_device_eval_batch_size": "memory",
    f"{ARGUMENTS}:activation_checkpointing": "memory",
    f"{ARGUMENTS}:activation_checkpointing_kwargs": "memory",
    f"{ARGUMENTS}:gradient_checkpointing": "memory",
    f"{ARGUMENTS}:gradient_checkpointing_kwargs": "memory",
    f"{ARGUMENTS}:use_liger_kernel": "memory",
    "deepspeed.json": "memory",
    "plan.json:model.attention": "memory",
    "plan.json:model.offload_activations": "memory",
    "plan.json:distributed": "memory",
    f"{ARGUMENTS}:output_dir": "files",
    f"{ARGUMENTS}:save_strategy": "files",
    f"{ARGUMENTS}:save_steps": "files",
    f"{ARGUMENTS}:save_total_limit": "files",
    f"{ARGUMENTS}:save_only_model": "files",
    f"{ARGUMENTS}:report_to": "files",
    f"{ARGUMENTS}:eval_strategy": "files",
    f"{ARGUMENTS}:eval_steps": "files",
    f"{ARGUMENTS}:logging_strategy": "files",
    f"{ARGUMENTS}:logging_steps": "files",
    "plan.json:format": "files",
    "plan.json:hpc": "files",
    "plan.json:versions": "files",
    "plan.json:data.eval": "files",
    "plan.json:adapter": "files",
    "plan.json:resume": "files",
}
"""A key, or the beginning of keys → what it changes. A key that is not here changes the training."""
NAMES: Final = ("plan.json:name", "plan.json:source", "plan.json:tracking.run", "plan.json:artifacts")
"""What every job calls itself; not compared."""
BATCH: Final = (
    f"{ARGUMENTS}:per_device_train_batch_size",
    f"{ARGUMENTS}:gradient_accumulation_steps",
    "plan.json:distributed.world_size",
)
"""Their product is the global batch: as long as it is the same, how it is split changes memory and speed only."""
SPLIT: Final = (*BATCH, "plan.json:distributed.nodes", "plan.json:distributed.devices_per_node")
BEST: Final = ("save_strategy", "save_steps", "eval_strategy", "eval_steps")
"""With save_best_checkpoint these decide which checkpoint becomes the final model, and so does the evaluation data."""
CHOOSING: Final = {ARGUMENTS: ("trainer", "pref_loss"), "deepspeed.json": ("zero_stage",)}
"""The fields that choose an artifact's table of constants."""
DECIDING: Final = {"deepspeed.json": ("distributed_backend",), "peft.json": ("training_type",)}
"""The fields that decide whether there is such an artifact."""
WITHIN_BATCHES: Final = ("KTOTrainer", "ORPOTrainer", "CPOTrainer")
"""Trainers whose losses average within each batch, so that its size changes them."""


@dataclass(frozen=True)
class Side:
    """One of the two: its name as the user wrote it, and its values."""

    name: str
    build: Build


class Cause(NamedTuple):
    """A field that a difference comes from, and where each side has it from."""

    field: str
    a: str
    b: str


@dataclass(frozen=True)
class Difference:
    """A value that differs.

    ``key`` is empty where one side has no such artifact at all. ``constant`` values are made from no field: they came
    with the trainer or the stage.
    """

    artifact: str
    key: str
    a: Any
    b: Any
    kind: DifferenceKind
    because: tuple[Cause, ...]
    constant: bool = False


@dataclass(frozen=True)
class Comparison:
    """All differences."""

    differences: tuple[Difference, ...]

    @property
    def same_training(self) -> bool:
        """Whether both make the same updates."""
        return all(d.kind != "training" for d in self.differences)

    @property
    def verdict(self) -> str:
        """The outcome in a few words."""
        if not self.same_training:
            return "different training"
        memory = any(d.kind == "memory" for d in self.differences)
        return "same training, different memory and speed" if memory else "same training"


def side_of(name: str, compilation: Compilation) -> Side:
    """A compiled config as one side."""
    texts = {a.name: a.text for a in compilation.artifacts.values() if a.name.endswith(".json")}
    return Side(name, build_of({artifact: json.loads(text) for artifact, text in texts.items()}))


def kind_of(key: str) -> DifferenceKind:
    """What a difference in this key changes, by the table."""
    return next((kind for prefix, kind in KINDS.items() if _is_within(key, prefix)), "training")


def compare(a: Side, b: Side) -> Comparison:
    """Every value that differs, in the order of the artifacts; an artifact of one side alone counts as one."""
    return Comparison((*_whole_artifacts(a, b), *_values(a, b)))


def _whole_artifacts(a: Side, b: Side) -> Iterator[Difference]:
    mine, others = _artifacts(a), _artifacts(b)
    for artifact in sorted(mine ^ others):
        because = _causes(a, b, DECIDING.get(artifact, ()))
        yield Difference(artifact, "", artifact in mine, artifact in others, kind_of(artifact), because)


def _values(a: Side, b: Side) -> Iterator[Difference]:
    both = _artifacts(a) & _artifacts(b)
    for key in {**a.build.values, **b.build.values}:
        artifact, _, dotted = key.partition(":")
        one, other = a.build.values.get(key), b.build.values.get(key)
        if artifact in both and key not in NAMES and one != other:
            names = (*a.build.fields.get(key, ()), *b.build.fields.get(key, ()))
            because = _causes(a, b, names) or _causes(a, b, CHOOSING.get(artifact, ()))
            yield Difference(artifact, dotted, one, other, _kind_here(a, b, key), because, constant=not names)


def _kind_here(a: Side, b: Side, key: str) -> DifferenceKind:
    """The kind of a difference in these two jobs: the batch and the best checkpoint depend on other values."""
    if key in SPLIT or key.startswith("deepspeed.json:train_"):
        return "memory" if _same_batch(a.build, b.build) else "training"
    if any(side.build.values.get(f"{ARGUMENTS}:load_best_model_at_end") for side in (a, b)) and _chooses_best(key):
        return "training"
    return kind_of(key)


def _chooses_best(key: str) -> bool:
    return key == "plan.json:data.eval" or key.removeprefix(f"{ARGUMENTS}:") in BEST


def _same_batch(a: Build, b: Build) -> bool:
    """Whether an optimizer step learns from the same rows, with the same loss."""
    one, other = ([_count(build.values.get(key)) for key in BATCH] for build in (a, b))
    return prod(one) == prod(other) and (one[0] == other[0] or not _averages_within_batches(a))


def _count(value: Any) -> int:
    """A count of a compiled file, which anything may have changed since."""
    return value if isinstance(value, int) and value else 1


def _averages_within_batches(build: Build) -> bool:
    trainer = str(build.values.get("plan.json:trainer.class", "")).rpartition(".")[2]
    losses = build.values.get(f"{ARGUMENTS}:loss_type")
    return trainer in WITHIN_BATCHES or (isinstance(losses, list | str) and "sft" in losses)


def _causes(a: Side, b: Side, names: Iterable[str]) -> tuple[Cause, ...]:
    """Those of the fields that differ; where that is not known of any, those that may."""
    told = {name: (a.build.causes.get(name, "not used"), b.build.causes.get(name, "not used")) for name in names}
    known = {name for name in told if name in a.build.given and name in b.build.given}
    differ = [n for n in told if (a.build.given[n] != b.build.given[n] if n in known else told[n][0] != told[n][1])]
    return tuple(Cause(name, *told[name]) for name in differ or [name for name in told if name not in known])


def _artifacts(side: Side) -> set[str]:
    return {key.partition(":")[0] for key in side.build.values}


def _is_within(key: str, prefix: str) -> bool:
    return key == prefix or key.startswith((f"{prefix}.", f"{prefix}:"))


def to_json(comparison: Comparison) -> dict[str, Any]:
    """The comparison as an object."""
    return {
        "verdict": comparison.verdict,
        "same_training": comparison.same_training,
        "differences": [_entry(d) for d in comparison.differences],
    }


def _entry(d: Difference) -> Mapping[str, Any]:
    because = [cause._asdict() for cause in d.because]
    return {"artifact": d.artifact, "key": d.key, "a": d.a, "b": d.b, "kind": d.kind, "because": because}
