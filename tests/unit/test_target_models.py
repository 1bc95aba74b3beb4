"""What the releases of a target cannot load or train, known from the model's config.json."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hpc.check import check
from hpc.source import parse
from hpc.targets.newer_models import BALANCED, BALANCED_SINCE, SINCE
from hpc_disk.models.families import RELEASE, TRANSFORMERS


def found(folder: Path, target: str, **settings: Any) -> list[tuple[str, str]]:
    """Severity and first word of the help of each HPC742."""
    (folder / "config.json").write_text(json.dumps(settings))
    job = check(parse(json.dumps({"model": str(folder), "target": target}), "json", "job.json"))
    return [(d.severity, d.message) for d in job.diagnostics if d.code == "HPC742"]


@pytest.mark.parametrize(
    ("target", "severity"),
    [("4.53", "error"), ("4.53.3", "error"), ("4.55", "warning"), ("4.57", None), ("5.24", None)],
)
def test_a_family_that_the_release_lacks_is_told(target: str, severity: str | None, tmp_path: Path) -> None:
    told = found(tmp_path, f"transformers=={target}", model_type="lfm2")
    assert [level for level, _ in told] == ([severity] if severity else [])
    assert all(f"transformers {target}" in message and "lfm2" in message for _, message in told)


def test_code_of_its_own_makes_a_family_of_any_release(tmp_path: Path) -> None:
    assert found(tmp_path, "transformers==4.53", model_type="lfm2", auto_map={"AutoConfig": "a.B"}) == []


@pytest.mark.parametrize(
    ("settings", "target", "library"),
    [
        ({"model_type": "mixtral"}, "trl==1.6,transformers==5.12,peft==0.21", "trl"),
        ({"model_type": "mixtral", "router_aux_loss_coef": 0}, "trl==1.6,transformers==5.12,peft==0.21", None),
        ({"model_type": "mixtral"}, "trl==1.7,transformers==5.12,peft==0.21", None),
        ({"model_type": "mixtral"}, "trl==1.8,transformers==5.12", "peft"),
        ({"model_type": "qwen3_vl_moe"}, "trl==1.8,transformers==5.12", "transformers"),
        ({"model_type": "qwen3_vl_moe", "text_config": {"router_aux_loss_coef": 0}}, "trl==1.8", None),
    ],
)
def test_a_loss_that_the_release_leaves_out_is_told(
    settings: dict[str, Any], target: str, library: str | None, tmp_path: Path
) -> None:
    told = found(tmp_path, target, **settings)
    assert [(level, message.split()[0]) for level, message in told] == ([("error", library)] if library else [])


def test_the_tables_name_families_that_hpc_knows() -> None:
    newer = [name for names in SINCE.values() for name in names]
    assert len(newer) == len(set(newer))
    assert {*newer, *BALANCED} <= TRANSFORMERS
    assert all(names <= BALANCED for names in BALANCED_SINCE.values())
    assert f"transformers {list(SINCE)[-1]}" == RELEASE
