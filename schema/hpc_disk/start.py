"""What a start needs beside files: a model and data that are named, and for several nodes a place to meet."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Final

from hpc_disk.needs import Needs
from hpc_disk.problems import Problem

RENDEZVOUS: Final = "HPC_RENDEZVOUS"
"""The environment variable that says where the nodes of a job meet, as host:port."""
STARTED: Final = "TORCHELASTIC_RUN_ID"
"""What torchrun sets in the processes that it starts: they have met already."""


def unset(needs: Needs) -> Iterator[Problem]:
    """HPC704: the config compiles without a model or data, but cannot run."""
    wanted = {"model": needs.model, "train_data": needs.train_data}
    if needs.evaluates and not needs.train_data:  # With training data, HPC302 says it.
        wanted["eval_data"] = needs.eval_data
    names = [name for name, value in wanted.items() if not value]
    if names:
        listed = " and ".join(f"`{name}`" for name in names)
        message = f"this job cannot run yet: {listed} {'is' if len(names) == 1 else 'are'} not set"
        hint = "set them in the config, or add " + " ".join(f"--set {name}=…" for name in names)
        yield Problem("HPC704", "error", names[0], message, hint, also=tuple(names[1:]))


def rendezvous(needs: Needs) -> Iterator[Problem]:
    """HPC704: several nodes, and no address where they meet."""
    if needs.nodes > 1 and not os.environ.get(RENDEZVOUS) and STARTED not in os.environ:
        message = f"this job needs {needs.nodes} nodes, but {RENDEZVOUS} is not set"
        hint = f"run the same command on every node with {RENDEZVOUS}=host:29500, where host is one of the nodes"
        yield Problem("HPC704", "error", "nodes", message, hint)


TO_RUN: Final = (unset, rendezvous)
