"""``trainjob.yaml``: a TrainJob of Kubeflow Trainer 2.3, ``trainer.kubeflow.org/v1alpha1``.

The runtime ``torch-distributed`` tells torchrun the number of nodes, of processes and the rendezvous. The compiled
folder comes as a ConfigMap, the current folder as a volume.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from hpc import torchrun
from hpc.lowering import Table, constant, convert, copy, unflatten, unused
from hpc.targets.manifest import FILES, IN_THE_FOLDER, job_name, to_yaml
from hpc_schema import fields as f

FOLDER: Final = "/hpc/build"
COMMAND: Final = ["python3", *torchrun.command(FOLDER)]
WORKSPACE: Final = "/workspace"


def gpus(devices: int) -> dict[str, Any]:
    """As many GPUs as processes."""
    return {"nvidia.com/gpu": devices}


TABLE: Final[Table] = (
    constant("apiVersion", "trainer.kubeflow.org/v1alpha1", "the version of the interface that this file uses"),
    constant("kind", "TrainJob", "the kind of this file"),
    constant("spec.runtimeRef.apiGroup", "trainer.kubeflow.org", "where the runtime is defined"),
    constant("spec.runtimeRef.kind", "ClusterTrainingRuntime", "a runtime of the whole cluster"),
    constant("spec.runtimeRef.name", "torch-distributed", "the runtime that starts torchrun's processes"),
    constant(
        "spec.trainer.image", "hpc:latest", "an image with hpc and its extra train installed; replace it with yours"
    ),
    constant("spec.trainer.command", COMMAND, "the folder is the only argument; the runtime sets the rest in PET_*"),
    copy(f.nodes, "spec.trainer.numNodes"),
    copy(f.devices_per_node, "spec.trainer.numProcPerNode"),
    convert(f.devices_per_node, "spec.trainer.resourcesPerNode.limits", gpus),
    unused(*IN_THE_FOLDER, f.distributed_backend, f.quantization_bit, because=FILES),
)

HEAD: Final = """\
# Kubeflow Trainer 2.3. The compiled folder becomes a ConfigMap; model, data and output are on the claim hpc-workspace:
#   kubectl create configmap {name} --from-file=FOLDER
#   kubectl create -f trainjob.yaml
# The working directory of the image must be {workspace}. Without GPUs, remove resourcesPerNode.
"""


def manifest(config_name: str, values: Mapping[str, Any]) -> str:
    """The text of the file, from the table's values."""
    name = job_name(config_name)
    document = unflatten(values)
    head = {"apiVersion": document["apiVersion"], "kind": document["kind"], "metadata": {"name": name}}
    spec = {**document["spec"], "runtimePatches": [_volumes(name)]}
    return to_yaml(HEAD.format(name=name, workspace=WORKSPACE), {**head, "spec": spec})


def _volumes(name: str) -> dict[str, Any]:
    """The patch of the runtime that mounts the compiled folder and the workspace into the training container."""
    mounts = [
        {"name": "build", "mountPath": FOLDER, "readOnly": True},
        {"name": "workspace", "mountPath": WORKSPACE},
    ]
    pod = {
        "volumes": [
            {"name": "build", "configMap": {"name": name}},
            {"name": "workspace", "persistentVolumeClaim": {"claimName": "hpc-workspace"}},
        ],
        "containers": [{"name": "node", "volumeMounts": mounts}],
    }
    job = {"name": "node", "template": {"spec": {"template": {"spec": pod}}}}
    return {"manager": "hpc", "trainingRuntimeSpec": {"template": {"spec": {"replicatedJobs": [job]}}}}
