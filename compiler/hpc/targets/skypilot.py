"""``skypilot.yaml``: a SkyPilot task. Its command runs the folder's ``launch.sh`` on every node."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from hpc.lowering import Table, combine, constant, convert, copy, unflatten, unused
from hpc.targets.manifest import FILES, IN_THE_FOLDER, extras, job_name, to_yaml
from hpc_schema import fields as f

ACCELERATORS: Final = ("H200", "H100", "A100-80GB", "L40S")

SETUP: Final = 'pip install "$HPC_PACKAGE"\n'
RUN: Final = """\
export HPC_RENDEZVOUS="$(echo "$SKYPILOT_NODE_IPS" | head -n 1):29500" HPC_JOB_ID="$SKYPILOT_TASK_ID"
exec sh "$HPC_FOLDER/launch.sh"
"""


def accelerators(devices: int) -> dict[str, int]:
    """Any one of these GPUs, as many as devices on a node."""
    return dict.fromkeys(ACCELERATORS, devices)


def package(backend: str, quantization: str) -> str:
    """What pip installs: a clone of hpc in the current folder, with the extras that this job needs."""
    return f"./hpc[{extras(backend, quantization)}]"


TABLE: Final[Table] = (
    constant("workdir", ".", "paths in a config are relative to the current folder"),
    copy(f.nodes, "num_nodes"),
    convert(f.devices_per_node, "resources.accelerators", accelerators),
    constant("envs.HPC_FOLDER", None, "the compiled folder is given at launch"),
    combine((f.distributed_backend, f.quantization_bit), "envs.HPC_PACKAGE", package),
    constant("setup", SETUP, "runs once on every node"),
    constant("run", RUN, "the same launcher as for a manual start"),
    unused(*IN_THE_FOLDER, because=FILES),
)

HEAD: Final = """\
# SkyPilot; FOLDER is the compiled folder, relative to the current one: sky launch --env HPC_FOLDER=FOLDER skypilot.yaml
# Options of sky override this file: --gpus H100:{devices}, --infra aws, --env HPC_PACKAGE=…
"""


def task(name: str, values: Mapping[str, Any]) -> str:
    """The text of the file, from the table's values."""
    devices = values["resources.accelerators"][ACCELERATORS[0]]
    return to_yaml(HEAD.format(devices=devices), {"name": job_name(name), **unflatten(values)})
