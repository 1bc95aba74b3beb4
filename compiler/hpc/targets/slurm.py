"""``slurm.sbatch``: a batch script that runs the folder's ``launch.sh`` once on every node.

Only whole numbers and a name of letters, digits and dashes reach it; the compiled folder is its only argument.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from hpc.lowering import Table, copy, unused
from hpc.targets.manifest import FILES, IN_THE_FOLDER, job_name
from hpc_schema import fields as f

TABLE: Final[Table] = (
    copy(f.nodes, "nodes"),
    copy(f.devices_per_node, "gpus-per-node"),
    unused(*IN_THE_FOLDER, f.distributed_backend, f.quantization_bit, because=FILES),
)

SCRIPT: Final = """\
#!/bin/bash
# Usage:  sbatch slurm.sbatch FOLDER     (FOLDER contains the compiled files; paths are relative to the current folder)
# Options of sbatch override those below: sbatch --partition=P --time=8:00:00 slurm.sbatch FOLDER
# On a cluster without GPUs: sbatch --gpus-per-node=0 …
#SBATCH --job-name={name}
#SBATCH --nodes={nodes}
#SBATCH --ntasks-per-node=1
#SBATCH --gpus-per-node={devices}
#SBATCH --output=%x-%j.log
#SBATCH --open-mode=append
# Two minutes before the time limit, every task gets SIGTERM, saves a checkpoint and ends.
#SBATCH --signal=TERM@120
set -eu
folder=${{1:?"usage: sbatch slurm.sbatch FOLDER"}}
test -f "$folder/launch.sh" || {{ echo "$folder has no launch.sh; run: hpc compile FILE -o $folder"; exit 2; }}
first=$(scontrol show hostnames "$SLURM_JOB_NODELIST" | head -n 1)
# A port of the job's own: two jobs may share a node.
export HPC_RENDEZVOUS="$first:$((20000 + SLURM_JOB_ID % 10000))" HPC_JOB_ID="$SLURM_JOB_ID"
exec srun --kill-on-bad-exit=1 sh "$folder/launch.sh"
"""


def script(name: str, values: Mapping[str, Any]) -> str:
    """The text of the script, from the table's values."""
    return SCRIPT.format(name=job_name(name), nodes=values["nodes"], devices=values["gpus-per-node"])
