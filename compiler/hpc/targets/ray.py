"""``ray_job.py``: the driver of a Ray job that runs the folder's ``launch.sh`` on as many nodes as the config asks for.

It is not called ``ray.py``: Python would import a script of that name instead of the library. Only two whole
numbers of the config reach it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from hpc.lowering import Table, copy, unused
from hpc.targets.manifest import FILES, IN_THE_FOLDER
from hpc_schema import fields as f

TABLE: Final[Table] = (
    copy(f.nodes, "NODES"),
    copy(f.devices_per_node, "DEVICES_PER_NODE"),
    unused(*IN_THE_FOLDER, f.distributed_backend, f.quantization_bit, because=FILES),
)

SCRIPT: Final = '''\
"""Trains on a Ray cluster:  python ray_job.py FOLDER     (FOLDER contains the compiled files)

Or from another machine:  ray job submit -- sh -c 'cd PROJECT && exec python ray_job.py FOLDER'
The current folder must be on a disk that all nodes share, because checkpoints are written there.
"""

import os
import socket
import subprocess
import sys
from pathlib import Path

import ray
from ray.util.placement_group import placement_group
from ray.util.scheduling_strategies import PlacementGroupSchedulingStrategy

NODES = {nodes}
DEVICES_PER_NODE = {devices}


@ray.remote(max_retries=0)
def rendezvous() -> str:
    """An address of this node with a free port."""
    with socket.socket() as free:
        free.bind(("", 0))
        return f"{{ray.util.get_node_ip_address()}}:{{free.getsockname()[1]}}"


@ray.remote(max_retries=0)
def train(script: str, folder: str, address: str, job: str) -> int:
    """Run the launcher on this node; its exit code."""
    path = f"{{Path(sys.executable).parent}}{{os.pathsep}}{{os.environ.get('PATH', '')}}"
    environment = {{**os.environ, "PATH": path, "HPC_RENDEZVOUS": address, "HPC_JOB_ID": job}}
    return subprocess.call(["sh", script], cwd=folder, env=environment)


def main() -> int:
    """One task per node, all at once, or none."""
    if len(sys.argv) != 2 or not (script := Path(sys.argv[1]).resolve() / "launch.sh").is_file():
        sys.exit("usage: python ray_job.py FOLDER     (FOLDER contains the compiled files, with launch.sh)")
    ray.init(address="auto")
    kind = "GPU" if ray.cluster_resources().get("GPU") else "CPU"
    bundle = {{kind: DEVICES_PER_NODE}}
    group = placement_group([bundle] * NODES, strategy="STRICT_SPREAD")
    ray.get(group.ready())

    def on(node: int, **resources: float) -> dict:
        return {{"scheduling_strategy": PlacementGroupSchedulingStrategy(group, node), "num_cpus": 0, **resources}}

    address = ray.get(rendezvous.options(**on(0)).remote())
    devices = {{f"num_{{kind.lower()}}s": DEVICES_PER_NODE}}
    job = ray.get_runtime_context().get_job_id()
    arguments = (str(script), str(Path.cwd()), address, job)
    codes = ray.get([train.options(**on(node, **devices)).remote(*arguments) for node in range(NODES)])
    return max(codes)


if __name__ == "__main__":
    raise SystemExit(main())
'''


def script(_name: str, values: Mapping[str, Any]) -> str:
    """The text of the script, from the table's values."""
    return SCRIPT.format(nodes=values["NODES"], devices=values["DEVICES_PER_NODE"])
