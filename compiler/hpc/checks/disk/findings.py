"""What the disk says against a config: only headers, first rows and counts are read, in little time and memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hpc.checks.disk.needs import finding, needs_of
from hpc.checks.relations import Finding
from hpc.resolve import Config
from hpc_disk.judge import judge
from hpc_disk.sampling import FIRST
from hpc_schema import fields as f


def disk_findings(config: Config, *, must_exist: bool, **asked: Any) -> Iterator[Finding]:
    """Everything that the disk says against the config.

    Args:
        config: The job; its paths are relative to the current folder.
        must_exist: True when the job is to run here and now: then what is missing is reported too, and an output folder
            that already has a run. False when the config may describe another machine: what is absent is passed over.
        asked: The options of a run that change what its disk must hold. The compiler always looks at first rows only;
            the runner reads them all.
    """
    for problem in judge(needs_of(config, **{**asked, "sample": FIRST}), to_run=must_exist):
        yield finding(config, problem)
    if config[f.target]:
        from hpc.checks import target_models

        for run in target_models.CHECKS:
            yield from run(config)
