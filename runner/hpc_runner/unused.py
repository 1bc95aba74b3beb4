"""Keeps out of a job's processes what is installed and not used.

transformers, TRL, PEFT and accelerate import DeepSpeed, bitsandbytes and Weights & Biases wherever they find them, and
DeepSpeed imports MLflow: together a third of the time and a sixth of the memory that all imports of a process take.
"""

from __future__ import annotations

import sys

from hpc_disk.models.folder import model_config
from hpc_disk.models.quantized import method
from hpc_runner.errors import rank
from hpc_runner.plan import Plan


def leave_out(plan: Plan) -> None:
    """Let Python find none of them, for the rest of this process: ``None`` in ``sys.modules`` says so."""
    for library in unused(plan):
        sys.modules.setdefault(library, None)  # type: ignore[arg-type]


def unused(plan: Plan) -> list[str]:
    """The libraries that this process of the job does not use, installed or not."""
    trackers = plan.arguments.get("report_to", ())
    used = {
        "deepspeed": plan.deepspeed is not None,
        "bitsandbytes": _packs_bits(plan),
        "wandb": "wandb" in trackers,
        "mlflow": "mlflow" in trackers and rank() == 0,
    }
    return [library for library, is_used in used.items() if not is_used]


def _packs_bits(plan: Plan) -> bool:
    """Whether bitsandbytes packs weights or the optimizer's state; a model that is not here yet may need it."""
    model = plan.model.path
    published = method(model) == "bitsandbytes" or not model_config(model)
    return published or plan.model.quantization is not None or "8bit" in plan.arguments.get("optim", "")
