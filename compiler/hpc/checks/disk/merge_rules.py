"""Rules of `hpc merge` and of the merge at the end of a run (HPC584 to HPC588)."""

from __future__ import annotations

from typing import Final

from hpc.rule import Rule
from hpc_disk.models import merging

RULES: Final[tuple[Rule, ...]] = (
    Rule(
        "HPC584",
        "disk",
        "error",
        "there is no adapter to merge",
        "`hpc merge` takes the output folder of a LoRA run, whose adapter is in final/, or a folder that holds an "
        "adapter itself (adapter_config.json and adapter_model.safetensors).",
        "name the output folder of a LoRA run; the result of full training is a whole model already",
        "$ hpc merge runs/full",
        checks=(merging.plan_merge,),
    ),
    Rule(
        "HPC585",
        "disk",
        "error",
        "the adapter does not name its base model",
        "adapter_config.json usually holds the path or the hub id of the base in base_model_name_or_path.",
        "name the base: hpc merge RUN --set model=BASE",
        "$ hpc merge adapters/without-base",
        checks=(merging.plan_merge,),
    ),
    Rule(
        "HPC586",
        "disk",
        "error",
        "the folder of the merged model already exists",
        "hpc never overwrites a model.",
        "write to another folder with -o, or remove the old one",
        "$ hpc merge runs/first && hpc merge runs/first",
        checks=(merging.judge_merge,),
    ),
    Rule(
        "HPC587",
        "disk",
        "error",
        "the merged weights are not finite",
        "Base and adapter add up to infinity or NaN: the training diverged, or the base is damaged.",
        "look at the losses of the run; resume from an earlier checkpoint with a lower learning rate",
        "$ hpc merge runs/diverged",
    ),
    Rule(
        "HPC588",
        "disk",
        "error",
        "the adapter does not fit the base model",
        "Names and shapes of the adapter's matrices follow from the base that it was trained on.",
        "name the base that the adapter was trained on",
        "$ hpc merge runs/first --set model=models/another",
    ),
)
