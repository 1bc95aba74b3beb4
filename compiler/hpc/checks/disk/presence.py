"""What a run on this machine needs and does not find: the data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hpc.checks.relations import Check, Finding
from hpc.resolve import Config
from hpc_disk.files import kind
from hpc_disk.models.presence import SEVERITY
from hpc_disk.paths import local
from hpc_schema import fields as f


def data_present(config: Config) -> Iterator[Finding]:
    """HPC520."""
    for field in (f.train_data, f.eval_data):
        path = config[field]
        if path and config.acts(field) and not kind(path) and (certainty := local(path)):
            yield Finding("HPC520", SEVERITY[certainty], f"there is no file or folder {path}", (field,))


CHECKS: Final[tuple[Check, ...]] = (data_present,)
