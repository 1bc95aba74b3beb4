"""The targets: each file that a config is lowered to, with the tables that lower it."""

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from hpc.lowering import Table
from hpc.resolve import Config
from hpc.targets import deepspeed, launch, peft, plan, ray, skypilot, slurm, training_arguments, trainjob
from hpc_schema import fields as f


class Target(NamedTuple):
    """One artifact. ``tables`` are all its tables, ``table`` chooses one for a job.

    ``exists`` says whether a job has this artifact; ``otherwise`` says, in words, what it needs.
    ``render`` makes the text from the config's name and the table's values; None means the values as JSON.
    ``with_digests``: it also names the job, its source, and the files before it with their digests.
    ``on_request``: compiled only when requested by name, and not part of the compiled folder.
    """

    artifact: str
    tables: Mapping[str, Table]
    table: Callable[[Config], Table]
    exists: Callable[[Config], bool] = lambda _: True
    otherwise: str = ""
    render: Callable[[str, Mapping[str, Any]], str] | None = None
    with_digests: bool = False
    on_request: bool = False

    def rows(self, config: Config) -> Table:
        """The table of a job, in the words of the releases that it is compiled for."""
        table, target = self.table(config), config[f.target]
        if target is None:
            return table
        from hpc.targets.releases import translated

        return translated(self.artifact, table, config, target)


def _scheduler(artifact: str, table: Table, render: Callable[[str, Mapping[str, Any]], str]) -> Target:
    """A file for one scheduler: every job can have it, and it is compiled on request only."""
    return Target(artifact, {artifact: table}, lambda _: table, render=render, on_request=True)


TARGETS: Final[tuple[Target, ...]] = (
    Target("training_arguments.json", training_arguments.TABLES, training_arguments.table),
    Target(
        "deepspeed.json",
        deepspeed.TABLES,
        deepspeed.table,
        lambda config: config[f.distributed_backend] == "deepspeed",
        'it needs "distributed_backend": "deepspeed"',
    ),
    Target(
        "peft.json",
        {"lora": peft.TABLE},
        lambda _: peft.TABLE,
        lambda config: config[f.training_type] == "lora",
        'it needs "training_type": "lora"',
    ),
    Target("launch.sh", {"launch": launch.TABLE}, lambda _: launch.TABLE, render=launch.script),
    Target("plan.json", {"plan": plan.TABLE}, lambda _: plan.TABLE, with_digests=True),
    _scheduler("slurm.sbatch", slurm.TABLE, slurm.script),
    _scheduler("trainjob.yaml", trainjob.TABLE, trainjob.manifest),
    _scheduler("skypilot.yaml", skypilot.TABLE, skypilot.task),
    _scheduler("ray_job.py", ray.TABLE, ray.script),
)
"""In the order in which they are compiled: the plan comes after the files whose digests it holds."""

ON_REQUEST: Final = frozenset(target.artifact for target in TARGETS if target.on_request)
"""The files that are compiled only when they are named."""

ORIGINS: Final = "origins.json"
"""Not a target but the way back: for every value of every artifact, where it comes from."""

NAMES: Final = (*(target.artifact for target in TARGETS), ORIGINS)
