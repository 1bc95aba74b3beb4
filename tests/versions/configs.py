"""Random configs that hpc compiles for a release, by a seed: the same on every machine."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from typing import Any

from hpc.check import check
from hpc.compile import compile_job
from hpc.source import parse
from hpc_schema import properties

VALUES: dict[str, list[Any]] = {
    "learning_rate": [1e-5, 2e-4, 0.1],
    "epochs": [1, 2.5, 10],
    "max_steps": [1, 1000],
    "weight_decay": [0, 0.01, 0.5],
    "max_grad_norm": [0, 0.3, 1.0],
    "lr_warmup_ratio": [0, 0.03, 0.1, 0.5],
    "lr_min_ratio": [0, 0.1, 0.5],
    "pref_beta": [0.05, 0.1, 0.5, 1],
    "pref_ftx": [0, 0.1, 1],
    "dpo_label_smoothing": [0, 0.1, 0.25, 0.5],
    "simpo_gamma": [0, 0.5, 1.4],
    "lora_dropout": [0, 0.05, 0.5],
    "eval_split": [0.1, 10],
    "target_modules": ["all-linear", "q_proj,v_proj"],
    "modules_to_save": ["embed_tokens", "embed_tokens,lm_head"],
    "resume_from_checkpoint": [False, True],
    "report_to": [[], ["mlflow"], ["mlflow", "tensorboard"]],
    "train_data": ["rows.jsonl"],
    "eval_data": ["rows.jsonl"],
}
"""Values of the fields whose schema does not list them; whole numbers are chosen from 0 to 64."""
ALWAYS = ("trainer", "pref_loss")
LEFT_OUT = ("$schema", "target", "model", "chat_template", "output_dir")


def configs(seed: int, count: int, target: str) -> Iterator[dict[str, Any]]:
    """So many configs without an error for this target."""
    chance = random.Random(f"{seed} {target}")
    while count:
        values = {
            name: _value(name, chance)
            for name in properties()
            if name in ALWAYS or (name not in LEFT_OUT and chance.random() < 0.3)
        }
        values["target"] = target
        job = check(parse(json.dumps(values), "json", "job.json"), disk="ignored")
        if job.compiles:
            count -= 1
            files = compile_job(job).artifacts
            yield {name: json.loads(files[name].text) for name in files if name.endswith(".json")}


def _value(name: str, chance: random.Random) -> Any:
    subschema = properties()[name]
    if name in VALUES:
        return chance.choice(VALUES[name])
    if "enum" in subschema:
        return chance.choice(subschema["enum"])
    if subschema["type"] == "boolean":
        return chance.choice([True, False])
    return chance.choice([0, 1, 2, 3, 4, 5, 8, 10, 16, 64]) if subschema["type"] == "integer" else "text"
