"""Values that other tools have for a field of hpc and that need another field, or more than one, here.

A value that means exactly one of the field's own stands in the schema, as ``x-value-aliases``.
"""

from __future__ import annotations

from typing import Any, Final

_LOSSES: Final = 'a preference loss: write "trainer": "dpo", "pref_loss": '
_ONLINE: Final = "hpc does no reinforcement learning and trains no reward models: write sft, pt or dpo"
_LORA: Final = '"training_type": "lora"'

_NO_LOSS: Final = (
    *(
        "cpo",
        "robust",
        "exo_pair",
        "nca_pair",
        "bco",
        "bco_pair",
        "sppo",
        "sppo_hard",
        "aot",
        "aot_pair",
        "aot_unpaired",
    ),
    *("apo_zero", "apo_down", "discopop", "sft", "rso", "slic", "sigmoid_norm"),
)

ELSEWHERE: Final[dict[str, dict[str, str]]] = {
    "trainer": {
        "orpo": _LOSSES + '"orpo"',
        "simpo": _LOSSES + '"simpo"',
        "ipo": _LOSSES + '"ipo"',
        "hinge": _LOSSES + '"hinge"',
        "cpo": _LOSSES + '"simpo"; hpc has no plain CPO',
        "kto": _LOSSES + '"kto_pair"; it learns from pairs, not from single answers with a label',
        **{name: f'write "training_type": "{name}"; the trainer is sft, pt or dpo' for name in ("lora", "full")},
        **dict.fromkeys(("rm", "reward", "reward_modeling", "ppo", "grpo", "rloo", "rlhf"), _ONLINE),
        **dict.fromkeys(("gkd", "gold", "xpo", "online_dpo", "nash_md"), _ONLINE),
    },
    "pref_loss": {
        "kto": 'write "kto_pair": it learns from pairs, not from single answers with a label',
        "rpo": 'write "sigmoid" and "pref_ftx": 1',
        **dict.fromkeys(_NO_LOSS, "hpc has no such loss: write one of these, or leave it out for sigmoid"),
    },
    "training_type": {
        "qlora": f'write {_LORA} and "quantization_bit": "int4"',
        "dora": f'write {_LORA} and "lora_variant": "dora"',
        "rslora": f'write {_LORA} and "lora_variant": "rslora"',
        "freeze": f'hpc freezes no layers: write {_LORA} or "full"',
    },
    "mixed_precision": {"true": 'write "bf16" or "fp16"'},
    "checkpoint_strategy": {
        "best": 'write "save_best_checkpoint": true, and for checkpoint_strategy the value of eval_strategy'
    },
    "distributed_backend": {
        **dict.fromkeys(("fsdp", "fsdp2"), 'write "deepspeed" and "zero_stage": 3, which shards the same'),
        **{f"zero{stage}": f'write "deepspeed" and "zero_stage": {stage}' for stage in (1, 2, 3)},
    },
    "lr_scheduler_type": {"cosine_with_min_lr": 'write "cosine" and set `lr_min_ratio`'},
    "quantization_bit": {"fp4": 'hpc quantizes to nf4: write "int4"'},
    "optimizer": {
        "adam": 'hpc has AdamW only: write "adamw"',
        **dict.fromkeys(("paged_adamw", "paged_adamw_32bit"), 'write "adamw": the same update, in the GPU\'s memory'),
    },
    "lora_variant": {"lora+": "hpc has one learning rate for both matrices of an adapter: leave it out"},
    "offload": {
        **dict.fromkeys(("true", "cpu"), 'write "optimizer", or "all" with "zero_stage": 3'),
        **dict.fromkeys(("param", "params"), 'write "all": the optimizer state with the parameters'),
    },
    "max_steps": dict.fromkeys(("-1", "0"), "remove it: `epochs` decides"),
    "max_samples": dict.fromkeys(("-1", "0"), "remove it: every row is used"),
    "eval_split": {"0": "remove it: no rows are kept for evaluation"},
    "early_stopping_patience": {"0": "remove it: the training does not stop early"},
    "number_of_checkpoints": dict.fromkeys(("-1", "0", "none"), "write a large number to keep all, such as 1000"),
}


def elsewhere(name: str, value: Any) -> str:
    """What to write for this value, or an empty text."""
    if name == "epochs" and isinstance(value, float):
        return "write `max_steps` for a part of an epoch"
    word = str(value).strip().lower()
    return ELSEWHERE.get(name, {}).get(word, "")


def other_field(name: str, value: Any) -> str:
    """The field that takes this very value instead, or an empty text: a share of the steps is no number of them."""
    if name == "lr_warmup_steps" and isinstance(value, float) and 0 < value < 1:
        return "lr_warmup_ratio"
    steps = name == "lr_warmup_ratio" and isinstance(value, int) and not isinstance(value, bool) and value > 1
    return "lr_warmup_steps" if steps else ""
