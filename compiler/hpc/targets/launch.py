"""``launch.sh``: starts the job by hand. Of the config, only whole numbers reach it, never paths."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from hpc.rows import Table, copy, unused
from hpc_schema import fields as f

TABLE: Final[Table] = (
    copy(f.nodes, "nodes"),
    copy(f.devices_per_node, "devices_per_node"),
    unused(
        *(field for field in f.ALL if field not in (f.nodes, f.devices_per_node)),
        because="the compiled folder is the launcher's only argument",
    ),
)

HEAD: Final = """\
#!/bin/sh
# Trains from the compiled folder that contains this file.
set -eu
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
"""
ONE_NODE: Final = """\
exec python3 -m hpc_runner.torchrun --standalone --nnodes=1 --nproc-per-node={devices_per_node} \\
  -m hpc_runner "$here" "$@"
"""
MANY_NODES: Final = """\
# Run it on each of the {nodes} nodes, with the same address of one of them: HPC_RENDEZVOUS=host:29500
: "${{HPC_RENDEZVOUS:?set it to host:port of one of the {nodes} nodes, the same on every node}}"
exec python3 -m hpc_runner.torchrun --nnodes={nodes} --nproc-per-node={devices_per_node} --rdzv-backend=c10d \\
  --rdzv-id="${{HPC_JOB_ID:-hpc}}" --rdzv-endpoint="$HPC_RENDEZVOUS" -m hpc_runner "$here" "$@"
"""


def script(_name: str, values: Mapping[str, Any]) -> str:
    """The text of the script, from the table's values."""
    text = HEAD + (ONE_NODE if values["nodes"] == 1 else MANY_NODES)
    return text.format(nodes=values["nodes"], devices_per_node=values["devices_per_node"])
