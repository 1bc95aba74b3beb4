"""The identity of a training: every setting that decides order and size of its updates."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from math import prod
from pathlib import Path
from typing import Any, Final

from hpc_disk.digests import file_digest
from hpc_disk.files import kind, read_object
from hpc_disk.losses import LOSSES
from hpc_disk.needs import Needs
from hpc_disk.problems import Problem

OF_LORA: Final = ("lora_rank", "lora_alpha", "lora_dropout", "lora_variant", "target_modules", "modules_to_save")
"""What says something only between two adapters."""
CODES: Final = {
    **dict.fromkeys(("distributed_backend", "zero_stage"), "HPC533"),
    **dict.fromkeys(("training_type", "trainer", "pref_loss"), "HPC534"),
    **dict.fromkeys(OF_LORA, "HPC535"),
    "model": "HPC536",
    **dict.fromkeys(("optimizer", "learning_rate", "weight_decay"), "HPC537"),
    **dict.fromkeys(("batch_size", "gradient_accumulation_steps", "nodes", "devices_per_node"), "HPC538"),
    **dict.fromkeys(("epochs", "lr_scheduler_type", "lr_warmup_steps", "lr_warmup_ratio", "max_grad_norm"), "HPC538"),
    **dict.fromkeys(("max_steps", "max_samples", "eval_split", "lr_min_ratio"), "HPC538"),
    **dict.fromkeys(("packing", "group_by_length", "system_prompt", "chat_template"), "HPC538"),
    **dict.fromkeys(("max_sequence_length", "seed", "mixed_precision", "quantization_bit"), "HPC538"),
    **dict.fromkeys(("pref_beta", "pref_ftx", "dpo_label_smoothing", "simpo_gamma"), "HPC538"),
}
"""Field of ``Needs`` → the code of a difference. The first difference is told first."""
BATCH: Final = ("batch_size", "gradient_accumulation_steps", "devices_per_node", "nodes")
"""Their product is the global batch. It may be cut differently, because a step then learns from the same rows."""
ADAPTER: Final = {"r": "lora_rank", "lora_alpha": "lora_alpha", "lora_dropout": "lora_dropout"}
"""PEFT's names of the adapter's settings."""
NAMES: Final = {
    "adamw_torch": "adamw",
    "adamw_bnb_8bit": "adamw_8bit",
    "constant_with_warmup": "constant",
    "polynomial": "linear",
    "cosine_with_min_lr": "cosine",
}
"""transformers' names of optimizers and schedules, where the config has others."""
SWITCHES: Final = {
    "seed": ("full_determinism", True, "leave out full_determinism"),
    "eval_split": ("evaluates", False, "write an eval_strategy other than no"),
}
"""Field → what takes its effect away, the value with which it does, and what to do about it."""
SHOWN: Final = 200
"""Characters of a value in a message."""
EARLIER: Final = {"base_model": "model", "optim": "optimizer", "backend": "distributed_backend"}
"""Names in checkpoints of hpc's first releases."""


def identity(needs: Needs) -> dict[str, Any]:
    """The settings of this job by the names of the fields."""
    found = {name: getattr(needs, name) for name in CODES}
    if needs.chat_template is not None:  # A template of the same text may have another name.
        found["chat_template"] = [needs.chat_template, file_digest(Path(needs.chat_template))]
    return found


def not_recorded(checkpoint: Path) -> list[str]:
    """The fields that a checkpoint of an earlier hpc does not say, and that are therefore not compared."""
    saved = saved_identity(checkpoint)
    return [name for name in CODES if name not in saved]


def saved_identity(checkpoint: Path) -> dict[str, Any]:
    """What a checkpoint says of itself; an older one, or another tool's, only through PEFT's and DeepSpeed's files."""
    mark = read_object(checkpoint / "hpc.json")
    if isinstance(found := mark.get("identity"), dict):
        return found
    lora = kind(checkpoint / "adapter_config.json") == "file"
    peft = mark.get("adapter") or read_object(checkpoint / "adapter_config.json")
    partitions = any(checkpoint.glob("global_step*"))
    saved = {"training_type": "lora" if lora else "full", "distributed_backend": "deepspeed" if partitions else "ddp"}
    saved |= {EARLIER.get(name, name): value for name, value in mark.items() if value is not None}
    return saved | (_adapter(peft, known=bool(mark)) if isinstance(peft, dict) else {})


def has_identity(checkpoint: Path) -> bool:
    """Whether a checkpoint says all that decides the updates."""
    return isinstance(read_object(checkpoint / "hpc.json").get("identity"), dict)


def _adapter(peft: Mapping[str, Any], *, known: bool) -> dict[str, Any]:
    """PEFT writes down what ``all-linear`` was in a model, so without hpc's own word its list may mean that."""
    saved = {field: peft[name] for name, field in ADAPTER.items() if name in peft}
    if "use_rslora" in peft or "use_dora" in peft:
        saved["lora_variant"] = next((name for name in ("rslora", "dora") if peft.get(f"use_{name}")), "none")
    if "modules_to_save" in peft:
        saved["modules_to_save"] = peft["modules_to_save"] or []
    targets = peft.get("target_modules")
    if targets == "all-linear":
        saved["target_modules"] = []
    elif isinstance(targets, list):
        saved["target_modules" if known else "perhaps_target_modules"] = targets
    if "base_model_name_or_path" in peft:
        saved["perhaps_model"] = peft["base_model_name_or_path"]
    return saved


def differences(checkpoint: str, saved: Mapping[str, Any], needs: Needs) -> Iterator[Problem]:
    """Every setting of the job that is not the checkpoint's, with the value to set back."""
    now = identity(needs)
    for name, code in CODES.items():
        if name in saved and not _equal(name, saved, now):
            yield _problem(code, checkpoint, name, saved[name], now[name], _switched_off(name, needs))
    targets = saved.get("perhaps_target_modules")
    if targets and needs.target_modules and _as_set(targets) != _as_set(needs.target_modules):
        yield _problem("HPC535", checkpoint, "target_modules", targets, needs.target_modules)
    model = saved.get("perhaps_model")
    if "model" not in saved and model and needs.model and model != needs.model:
        yield _problem("HPC536", checkpoint, "model", model, needs.model, warning=True)


def _equal(name: str, saved: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    value, wanted = saved[name], now[name]
    if name in OF_LORA:
        both_lora = saved.get("training_type") == now["training_type"] == "lora"
        return not both_lora or _as_set(value) == _as_set(wanted)
    if name == "zero_stage" and saved.get("distributed_backend") != now["distributed_backend"]:
        return True  # The backend itself is told.
    if name in ("nodes", "devices_per_node") and now["distributed_backend"] == "deepspeed":
        return True  # DeepSpeed's own files say by how many processes they were made (HPC532).
    if name == "epochs" and now["max_steps"] is not None:
        return True  # They have no effect.
    if name in ("epochs", "max_steps") and isinstance(value, int) and isinstance(wanted, int):
        return value <= wanted  # More steps have a schedule of their own.
    if name == "chat_template" and isinstance(value, list) and isinstance(wanted, list):
        return value[1:] == wanted[1:]
    if name in BATCH and value != wanted:
        return _product(saved) == _product(now) and not _needs_same(name, now)
    return bool(_name(value) == _name(wanted)) or (name == "model" and wanted is None)


def _as_set(value: Any) -> Any:
    return frozenset(map(str, value)) if isinstance(value, list | tuple) else value


def _name(value: Any) -> Any:
    return NAMES.get(value, value) if isinstance(value, str) else value


def _switched_off(name: str, needs: Needs) -> str:
    """What else must change before the field can have its earlier value."""
    if name not in SWITCHES:
        return ""
    switch, off, remedy = SWITCHES[name]
    return f" and {remedy}" if getattr(needs, switch) == off else ""


def _product(values: Mapping[str, Any]) -> int | None:
    factors = [values.get(name, 1) for name in BATCH]
    return prod(factors) if all(isinstance(factor, int) for factor in factors) else None


def _needs_same(name: str, now: Mapping[str, Any]) -> bool:
    """KTO, ORPO, SimPO and a supervised term average within each batch, so its size changes their loss."""
    return name == "batch_size" and (_within_batch(now["pref_loss"]) or now["pref_ftx"] > 0)


def _within_batch(name: Any) -> bool:
    return name in LOSSES and LOSSES[name].within_batch


def _problem(
    code: str, checkpoint: str, name: str, saved: Any, now: Any, also: str = "", *, warning: bool = False
) -> Problem:
    value, other = _written(name, saved), _written(name, now)
    with_, has = (f"with `{name}` {value}" if value else f"without `{name}`"), other or "none"
    back = f"write {value}{also}" if value else f"remove {name}"
    if value == other:  # A file of this name.
        has, back = "another text in it", "restore the file"
    return Problem(
        code,
        "warning" if warning else "error",
        name,
        f"{checkpoint} was made {with_}, but this job has {has}",
        f"{back}, or start over in another output_dir",
        also=("resume_from_checkpoint",),
    )


def _written(name: str, value: Any) -> str:
    """A value as it is written in a config; empty where nothing is written."""
    if value is None or (name, value) in (("modules_to_save", ()), ("modules_to_save", [])):
        return ""
    if name == "chat_template" and isinstance(value, list) and value:
        value = value[0]
    if name in ("target_modules", "modules_to_save") and isinstance(value, list | tuple):
        value = ",".join(sorted(map(str, value))) or "all-linear"
    text = json.dumps(_name(value), ensure_ascii=False)
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"
