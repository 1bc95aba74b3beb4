"""The targets: each file that a config is lowered to, with the tables that lower it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from hpc.resolve import Config
from hpc.rows import Table
from hpc.targets import deepspeed, launch, peft, plan, training_arguments
from hpc_schema import fields as f


@dataclass(frozen=True)
class Target:
    """One artifact. ``tables`` are all its tables, ``table`` chooses one for a job.

    ``exists`` says whether a job has this artifact; ``otherwise`` says, in words, what a job without it lacks.
    ``render`` makes the text; None means the table's values as JSON.
    """

    artifact: str
    tables: Mapping[str, Table]
    table: Callable[[Config], Table]
    exists: Callable[[Config], bool] = lambda _: True
    otherwise: str = ""
    render: Callable[[Config], str] | None = None


TARGETS: Final[tuple[Target, ...]] = (
    Target("training_arguments.json", training_arguments.TABLES, training_arguments.table),
    Target(
        "deepspeed.json",
        deepspeed.TABLES,
        deepspeed.table,
        lambda config: config[f.distributed_backend] == "deepspeed",
        '`distributed_backend` must be "deepspeed"',
    ),
    Target(
        "peft.json",
        {"lora": peft.TABLE},
        lambda _: peft.TABLE,
        lambda config: config[f.training_type] == "lora",
        '`training_type` must be "lora"',
    ),
    Target("launch.sh", {"launch": launch.TABLE}, lambda _: launch.TABLE, render=launch.script),
    Target("plan.json", {"plan": plan.TABLE}, lambda _: plan.TABLE),
)
"""In the order in which they are compiled: the plan comes last, because it holds the digests of the others."""

ORIGINS: Final = "origins.json"
"""Not a target but the way back: for every value of every artifact, where it comes from."""

NAMES: Final = (*(target.artifact for target in TARGETS), ORIGINS)
