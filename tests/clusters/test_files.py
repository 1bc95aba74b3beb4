"""The schedulers' files against what their projects publish: models, schemas, and the shells that read them."""

from __future__ import annotations

import ast
import json
import subprocess
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest.mock import MagicMock

import jsonschema
import pytest
import yaml
from tests.clusters.published import release

from hpc.cli import main
from hpc.compile import compile_document, select
from hpc.source import parse
from hpc.targets.manifest import job_name

SCHEDULERS = ("slurm.sbatch", "trainjob.yaml", "skypilot.yaml", "ray_job.py")
JOBS = {
    "one": {},
    "two nodes": {"nodes": 2, "devices_per_node": 8},
    "every extra": {"distributed_backend": "deepspeed", "zero_stage": 2, "quantization_bit": "int4"},
}
HOSTILE = "a'; touch pwned; $(touch pwned) `touch pwned` \"\n#SBATCH --wrap=x {nodes}"


def emitted(artifact: str, config: dict[str, Any], name: str = "train.json") -> str:
    compilation = compile_document(parse(json.dumps(config), "json", name))
    return select(compilation, [artifact])[0].text


@pytest.mark.parametrize("config", JOBS.values(), ids=JOBS)
def test_trainjob_is_what_kubeflows_own_models_read(config: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(release("kubeflow-trainer-api", "2.3.0")))
    from kubeflow_trainer_api.models import TrainerV1alpha1TrainJob

    document = yaml.safe_load(emitted("trainjob.yaml", config))
    job = TrainerV1alpha1TrainJob.from_dict(document)
    # Unknown keys would be dropped on the way.
    assert job.to_dict() == document
    assert job.spec.trainer.num_nodes == config.get("nodes", 1)
    assert job.spec.trainer.num_proc_per_node == config.get("devices_per_node", 1)
    assert job.spec.trainer.env is None, "the runtime's own PET_* say how many processes, and where they meet"


@pytest.mark.parametrize("config", JOBS.values(), ids=JOBS)
def test_skypilot_task_fits_skypilots_own_schema(config: dict[str, Any]) -> None:
    schemas = skypilot_schemas()
    task = yaml.safe_load(emitted("skypilot.yaml", config))
    jsonschema.validate(task, plain(schemas.get_task_schema()))
    jsonschema.validate(task["resources"], plain(schemas.get_resources_schema()))
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**task, "nodes": 1}, plain(schemas.get_task_schema()))


def plain(schema: dict[str, Any]) -> Any:
    """The schema without stand-ins: they are of clouds' names and memory sizes, which hpc does not write."""
    return json.loads(json.dumps(schema, default=str))


def skypilot_schemas() -> ModuleType:
    """SkyPilot's module of schemas. Its imports bring in every cloud's library, so their names are stand-ins."""
    package = release("skypilot", "0.14.1") / "sky"
    tree = ast.parse((package / "utils" / "schemas.py").read_text())
    tree.body = [node for node in tree.body if not (isinstance(node, ast.ImportFrom) and node.module[:3] == "sky")]
    module = ModuleType("skypilot_schemas")
    constants = MagicMock(**literals(package / "skylet" / "constants.py"))
    vars(module).update(constants=constants, autostop_lib=MagicMock(), kubernetes_enums=MagicMock())
    exec(compile(tree, "schemas.py", "exec"), vars(module))
    vars(module).update(_allow_additional_properties=lambda: False, _task_config_schema=dict)
    return module


def literals(path: Path) -> dict[str, Any]:
    """A module's constants whose values are written out."""
    found = {}
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            with suppress(ValueError):
                found[node.targets[0].id] = ast.literal_eval(node.value)
    return found


@pytest.mark.parametrize("shell", ["bash", "sh"])
@pytest.mark.parametrize("part", ["slurm.sbatch", "setup", "run"])
def test_shells_parse_what_they_get(part: str, shell: str) -> None:
    text = emitted(part, {}) if part == "slurm.sbatch" else yaml.safe_load(emitted("skypilot.yaml", {}))[part]
    assert subprocess.run([shell, "-n"], input=text, text=True, capture_output=True).stderr == ""


@pytest.mark.parametrize("artifact", SCHEDULERS)
def test_no_text_of_the_config_reaches_a_scheduler(artifact: str) -> None:
    texts = dict.fromkeys(("model", "train_data", "eval_data", "output_dir"), HOSTILE)
    plain = emitted(artifact, {}, "train.json")
    assert emitted(artifact, texts, "train.json") == plain
    named = emitted(artifact, texts, f"{HOSTILE}.json")
    assert "touch pwned" not in named
    assert len(named.splitlines()) == len(plain.splitlines())


def test_job_names_are_dns_labels() -> None:
    assert job_name("Train_LoRA.sft") == "train-lora-sft"
    assert job_name("2024 run") == "hpc-2024-run"
    assert job_name("???") == "hpc"
    assert len(job_name("a" * 100)) == 63
    assert not job_name("a" * 62 + "-b").endswith("-")


def test_they_are_compiled_on_request_only(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "train.json"
    config.write_text("{}")
    build = tmp_path / "build"
    assert main(["compile", str(config), "-o", str(build)]) == 0
    assert not {file.name for file in build.iterdir()} & set(SCHEDULERS)
    for artifact in SCHEDULERS:
        assert main(["compile", str(config), "-o", str(build), "--emit", artifact]) == 0
        assert (build / artifact).is_file()
    assert not set(json.loads((build / "plan.json").read_text())["artifacts"]) & set(SCHEDULERS)


def test_nodes_and_devices_reach_every_scheduler() -> None:
    config = {"nodes": 3, "devices_per_node": 5, "distributed_backend": "deepspeed", "quantization_bit": "int4"}
    assert {"#SBATCH --nodes=3", "#SBATCH --gpus-per-node=5"} <= set(emitted("slurm.sbatch", config).splitlines())
    assert {"NODES = 3", "DEVICES_PER_NODE = 5"} <= set(emitted("ray_job.py", config).splitlines())
    trainer = yaml.safe_load(emitted("trainjob.yaml", config))["spec"]["trainer"]
    assert (trainer["numNodes"], trainer["numProcPerNode"]) == (3, 5)
    assert trainer["resourcesPerNode"]["limits"] == {"nvidia.com/gpu": 5}
    task = yaml.safe_load(emitted("skypilot.yaml", config))
    assert task["num_nodes"] == 3
    assert set(task["resources"]["accelerators"].values()) == {5}
    assert task["envs"]["HPC_PACKAGE"] == "./hpc[train,deepspeed,quantization]"
