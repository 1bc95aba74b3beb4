"""A config and the plan compiled from it need the same of the disk, so both are judged alike."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import assume, example, given, settings
from tests.property.documents import documents, near_conflicts, written

from hpc.check import check
from hpc.checks.disk.needs import needs_of
from hpc.compile import lower_all
from hpc.resolve import resolve
from hpc.write import write_artifacts
from hpc_runner.needs import needs_of as needs_of_plan
from hpc_runner.plan import load_plan


@settings(deadline=None, max_examples=300)
@given(documents(wrong=False) | near_conflicts())
@example({"trainer": "dpo", "pref_loss": "simpo", "pref_beta": 2, "dpo_label_smoothing": 0.25})
def test_a_config_and_its_plan_need_the_same(values: dict[str, Any]) -> None:
    document = written(values)
    assume(all(found.severity != "error" for found in check(document, disk="ignored").diagnostics))
    config = resolve(document)
    with TemporaryDirectory() as folder:
        write_artifacts(folder, list(lower_all(config).values()))
        plan = load_plan(Path(folder))
    assert needs_of_plan(plan) == needs_of(config)
