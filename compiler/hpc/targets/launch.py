"""``launch.sh``: starts the job by hand. Of the config, only whole numbers reach it, never paths."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from hpc import torchrun
from hpc.lowering import Table, copy, unused
from hpc.targets.manifest import IN_THE_FOLDER
from hpc_schema import fields as f

TABLE: Final[Table] = (
    copy(f.nodes, "nodes"),
    copy(f.devices_per_node, "devices_per_node"),
    unused(
        *IN_THE_FOLDER,
        f.distributed_backend,
        f.quantization_bit,
        because="the compiled folder is the launcher's only argument",
    ),
)

HEAD: Final = """\
#!/bin/sh
# Trains from the compiled folder that contains this file.
set -eu
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
"""
MANY_NODES: Final = """\
# Run it on each of the {nodes} nodes, with the same address of one of them: HPC_RENDEZVOUS=host:29500
: "${{HPC_RENDEZVOUS:?set it to host:port of one of the {nodes} nodes, the same on every node}}"
"""
FIRST_LINE: Final = 5
"""Arguments on the first of the command's two lines."""


def script(_name: str, values: Mapping[str, Any]) -> str:
    """The text of the script, from the table's values."""
    nodes = values["nodes"]
    place = torchrun.where(nodes, values["devices_per_node"], '"${HPC_JOB_ID:-hpc}"', '"$HPC_RENDEZVOUS"')
    words = [*torchrun.command('"$here"', place), '"$@"']
    meeting = "" if nodes == 1 else MANY_NODES.format(nodes=nodes)
    first, second = " ".join(words[:FIRST_LINE]), " ".join(words[FIRST_LINE:])
    return f"{HEAD}{meeting}exec python3 {first} \\\n  {second}\n"
