"""The six recipes: the values that suit each kind of job, where they differ from the schema's defaults.

`hpc init` and the folder of examples both draw on them, so each value is written once.
"""

from __future__ import annotations

from typing import Final

from hpc_schema.field import Value

Values = dict[str, Value]

_SFT: Final[Values] = {"trainer": "sft", "train_data": "data/train.jsonl", "epochs": 3}
_PT: Final[Values] = {"trainer": "pt", "train_data": "data/corpus.txt", "epochs": 1}
_DPO: Final[Values] = {"trainer": "dpo", "train_data": "data/preferences.jsonl", "epochs": 1, "pref_loss": "sigmoid"}

_LORA: Final[Values] = {"training_type": "lora", "learning_rate": 2e-4}
# What full training costs is memory: the optimizer state and the gradients are shared among the devices.
_FULL: Final[Values] = {
    "training_type": "full",
    "learning_rate": 1e-5,
    "distributed_backend": "deepspeed",
    "zero_stage": 2,
}

_ALL: Final[Values] = {
    "model": "HuggingFaceTB/SmolLM2-135M-Instruct",
    "batch_size": 4,
    "lr_scheduler_type": "cosine",
    "lr_warmup_ratio": 0.03,
}

# A preference loss starts from a model that is already good: it needs the smallest steps. Under ZeRO-2 every device
# would hold a whole copy of the reference model beside the trained one, so full DPO shares the parameters too.
RECIPES: Final[dict[str, Values]] = {
    "train_lora_sft": {**_ALL, **_SFT, **_LORA},
    "train_lora_pt": {**_ALL, **_PT, **_LORA},
    "train_lora_dpo": {**_ALL, **_DPO, **_LORA, "learning_rate": 5e-6},
    "train_full_sft": {**_ALL, **_SFT, **_FULL},
    "train_full_pt": {**_ALL, **_PT, **_FULL},
    "train_full_dpo": {**_ALL, **_DPO, **_FULL, "learning_rate": 1e-6, "zero_stage": 3},
}
