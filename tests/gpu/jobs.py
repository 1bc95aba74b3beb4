"""The jobs that run on the GPU, in groups: what each is and how it should end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

LORA: Final[dict[str, Any]] = {"training_type": "lora", "lora_rank": 8}
FULL: Final[dict[str, Any]] = {"training_type": "full"}
DPO: Final[dict[str, Any]] = {"trainer": "dpo", "max_sequence_length": 128}
INT4, INT8 = {**LORA, "quantization_bit": "int4"}, {**LORA, "quantization_bit": "int8"}
EVALUATED: Final[dict[str, Any]] = {"eval_strategy": "steps", "eval_steps": 4, "eval_split": 4}
SAVED: Final[dict[str, Any]] = {"checkpoint_strategy": "steps", "checkpoint_steps": 4}
EXACT: Final[dict[str, Any]] = {**SAVED, "full_determinism": True, "max_steps": 8}
"""Two runs of it give the same bits."""


@dataclass(frozen=True)
class Job:
    """One job.

    Attributes:
        name: What the table calls it.
        values: Its config, beside what every job has.
        model: A name of ``SHAPES``.
        rows: ``short`` answers, or ``long`` ones that are cut at any length.
        code: The exit code that it should have.
        says: What it should print.
        then: What is done with its result: ``resume``, ``ask``, ``finite``.
        only: Whether it is computed with nothing beside it.
    """

    name: str
    values: dict[str, Any] = field(default_factory=dict)
    model: str = "tiny"
    rows: str = "short"
    code: int = 0
    says: str = "is trained"
    then: str = ""
    only: bool = False


def small() -> Iterator[Job]:
    """Every feature that needs a GPU or behaves differently on one, with a tiny model."""
    yield from _precisions()
    yield from _liger()
    yield from _quantized()
    yield from _optimizers()
    yield from _losses()
    yield from _zero()
    yield from _courses()
    yield from _ends()


def _precisions() -> Iterator[Job]:
    for precision in ("bf16", "fp16", "none"):
        for name, kind in (("full", FULL), ("LoRA", LORA)):
            yield Job(f"{precision}, {name}", {**kind, "mixed_precision": precision})
    yield Job("pt, full", {**FULL, "trainer": "pt"})
    yield Job("pt, LoRA, fp16", {**LORA, "trainer": "pt", "mixed_precision": "fp16"})
    for name, kind in (("full", FULL), ("LoRA", LORA)):
        yield Job(f"checkpointing, {name}", {**kind, "disable_gradient_checkpointing": False})
        offloaded = {"disable_gradient_checkpointing": False, "unsloth_gradient_checkpointing": True}
        yield Job(f"checkpointing on the host, {name}", {**kind, **offloaded})
        yield Job(f"packing, {name}", {**kind, "packing": True})
        yield Job(f"Qwen3, {name}", kind, "tiny qwen3")


def _liger() -> Iterator[Job]:
    for name, kind in (("full", FULL), ("LoRA", LORA)):
        yield Job(f"liger, {name}", {**kind, "liger_kernel": True})
        yield Job(f"liger, DPO, {name}", {**kind, **DPO, "liger_kernel": True})
        yield Job(f"liger, pt, {name}", {**kind, "trainer": "pt", "liger_kernel": True})
        yield Job(f"liger, packing, {name}", {**kind, "packing": True, "liger_kernel": True})
    yield Job("liger, Qwen3, LoRA", {**LORA, "liger_kernel": True}, "tiny qwen3")
    yield Job("liger, int4", {**INT4, "liger_kernel": True})
    for loss in ("kto_pair", "orpo", "simpo"):
        yield Job(f"liger, {loss}", {**LORA, **DPO, "pref_loss": loss, "liger_kernel": True})


def _quantized() -> Iterator[Job]:
    for name, kind in (("int4", INT4), ("int8", INT8)):
        yield Job(f"{name}, merged", kind, then="ask")
        yield Job(f"{name}, not merged", {**kind, "merge_adapter": False}, then="ask")
        yield Job(f"{name}, checkpointing", {**kind, "disable_gradient_checkpointing": False})
        yield Job(f"{name}, DPO", {**kind, **DPO})
        yield Job(f"{name}, fp16", {**kind, "mixed_precision": "fp16"})
        yield Job(f"{name}, float32", {**kind, "mixed_precision": "none"})
        yield Job(f"{name}, resumed", {**kind, **SAVED, "max_steps": 8}, then="resume")
    yield Job("int4, paged AdamW in 8 bits", {**INT4, "optimizer": "paged_adamw_8bit"})


def _optimizers() -> Iterator[Job]:
    for optimizer in ("adamw_8bit", "paged_adamw_8bit", "adafactor", "sgd"):
        yield Job(f"{optimizer}, full", {**FULL, "optimizer": optimizer})
        yield Job(f"{optimizer}, LoRA", {**LORA, "optimizer": optimizer})
    yield Job("adamw_8bit, resumed", {**FULL, **SAVED, "max_steps": 8, "optimizer": "adamw_8bit"}, then="resume")


def _losses() -> Iterator[Job]:
    for loss in ("sigmoid", "hinge", "ipo", "kto_pair", "orpo", "simpo"):
        yield Job(f"{loss}, full", {**FULL, **DPO, "pref_loss": loss})
        yield Job(
            f"{loss}, LoRA, checkpointing", {**LORA, **DPO, "pref_loss": loss, "disable_gradient_checkpointing": False}
        )
    yield Job("sigmoid, with the supervised loss, fp16", {**LORA, **DPO, "pref_ftx": 0.5, "mixed_precision": "fp16"})


def _zero() -> Iterator[Job]:
    for stage in (1, 2, 3):
        zero = {"distributed_backend": "deepspeed", "zero_stage": stage}
        for offload in ("none", "optimizer", "all") if stage == 3 else ("none", "optimizer"):
            yield Job(f"ZeRO {stage}, offload {offload}, full", {**FULL, **zero, "offload": offload})
        yield Job(f"ZeRO {stage}, LoRA", {**LORA, **zero})
        yield Job(f"ZeRO {stage}, fp16, full", {**FULL, **zero, "mixed_precision": "fp16"})
        yield Job(f"ZeRO {stage}, DPO, LoRA", {**LORA, **DPO, **zero})
        yield Job(f"ZeRO {stage}, resumed", {**FULL, **zero, **SAVED, "max_steps": 8}, then="resume")
    two = {"distributed_backend": "deepspeed", "zero_stage": 2}
    yield Job("ZeRO 2, int4", {**INT4, **two})
    yield Job("ZeRO 2, adamw_8bit", {**FULL, **two, "optimizer": "adamw_8bit"})
    yield Job("ZeRO 3, float32", {**FULL, **two, "zero_stage": 3, "mixed_precision": "none"})
    yield Job("ZeRO 3, liger, packing", {**FULL, **two, "zero_stage": 3, "liger_kernel": True, "packing": True})


def _courses() -> Iterator[Job]:
    best = {**EVALUATED, **SAVED, "save_best_checkpoint": True}
    yield Job("evaluation, best checkpoint, full", {**FULL, **best, "early_stopping_patience": 3})
    yield Job("evaluation, best checkpoint, LoRA", {**LORA, **best})
    yield Job("evaluation, DPO, LoRA", {**LORA, **DPO, **EVALUATED})
    yield Job("full determinism, full, resumed", {**FULL, **EXACT}, then="resume")
    yield Job("full determinism, LoRA, resumed", {**LORA, **EXACT}, then="resume")
    yield Job("full determinism, packing, resumed", {**LORA, **EXACT, "packing": True}, then="resume")
    yield Job("full determinism, DPO, resumed", {**LORA, **DPO, **EXACT}, then="resume")
    yield Job("full, resumed", {**FULL, **SAVED, "max_steps": 8}, then="resume")
    yield Job("fp16, resumed", {**FULL, **SAVED, "max_steps": 8, "mixed_precision": "fp16"}, then="resume")
    yield Job("LoRA, merged, asked", LORA, then="ask")
    yield Job("DoRA", {**LORA, "lora_variant": "dora"})
    yield Job("rsLoRA, embeddings whole", {**LORA, "lora_variant": "rslora", "modules_to_save": "embed_tokens,lm_head"})
    yield Job("grouped by length, TensorBoard", {**LORA, "group_by_length": True, "report_to": ["tensorboard"]})


def _ends() -> Iterator[Job]:
    nan: dict[str, Any] = {"code": 1, "says": "HPC846", "then": "finite", "rows": "with one bad row"}
    yield Job("nan, full", {**FULL, **SAVED, "checkpoint_steps": 2}, **nan)
    yield Job("nan, full, logged never", {**FULL, **SAVED, "checkpoint_steps": 2, "logging_steps": 0}, **nan)
    yield Job("nan, LoRA", {**LORA, **SAVED, "checkpoint_steps": 2}, **nan)
    zero = {"distributed_backend": "deepspeed", "zero_stage": 2}
    yield Job("nan, ZeRO 2", {**FULL, **SAVED, "checkpoint_steps": 2, **zero}, **nan)
    bad: dict[str, Any] = {**nan, "rows": "bad rows"}
    yield Job("nan, fp16, every step", {**FULL, "mixed_precision": "fp16"}, **bad)
    yield Job(
        "flash attention, float32",
        {**LORA, "flash_attention_v2": True, "mixed_precision": "none"},
        code=1,
        says="flash_attention_v2",
    )
    yield Job("two devices of one", {**LORA, "devices_per_node": 2}, code=1, says="HPC819")


def flash() -> Iterator[Job]:
    """The jobs with flash attention; without the package, that it is refused."""
    flashed = {"flash_attention_v2": True}
    yield Job("flash, full", {**FULL, **flashed})
    yield Job("flash, LoRA, checkpointing", {**LORA, **flashed, "disable_gradient_checkpointing": False})
    yield Job("flash, packing", {**LORA, **flashed, "packing": True})
    yield Job("flash, packing, full, liger", {**FULL, **flashed, "packing": True, "liger_kernel": True})
    yield Job("flash, pt", {**FULL, **flashed, "trainer": "pt"})
    yield Job("flash, DPO", {**LORA, **DPO, **flashed})
    yield Job("flash, KTO", {**LORA, **DPO, **flashed, "pref_loss": "kto_pair"})
    yield Job("flash, ORPO", {**LORA, **DPO, **flashed, "pref_loss": "orpo"})
    yield Job("flash, int4, liger", {**INT4, **flashed, "liger_kernel": True})
    yield Job("flash, int8", {**INT8, **flashed})
    yield Job("flash, ZeRO 3", {**FULL, **flashed, "distributed_backend": "deepspeed", "zero_stage": 3})
    yield Job("flash, evaluation", {**LORA, **flashed, **EVALUATED}, then="ask")
    yield Job("flash, Qwen3", {**LORA, **flashed}, "tiny qwen3")


def memory() -> Iterator[Job]:
    """SmolLM2-135M's shape with rows of full length: the memory against `hpc plan`."""
    kinds = {"full": FULL, "LoRA": LORA, "int4": INT4, "int8": INT8, "DPO, LoRA": {**LORA, "trainer": "dpo"}}
    kinds |= {"DPO, full": {**FULL, "trainer": "dpo"}, "ORPO, LoRA": {**LORA, "trainer": "dpo", "pref_loss": "orpo"}}
    sizes = {"4 × 512": (4, 512), "2 × 2048": (2, 2048), "1 × 8192": (1, 8192)}
    for kind, values in kinds.items():
        for size, (batch, length) in sizes.items():
            for off in (False, True) if length == 2048 or kind in ("full", "LoRA") else (False,):
                yield _sized(f"{kind}, {size}", values, batch, length, off)
    for kind in ("full", "LoRA"):
        for off in (False, True):
            yield _sized(f"{kind}, 2 × 2048, liger", {**kinds[kind], "liger_kernel": True}, 2, 2048, off)
        yield _sized(f"{kind}, 2 × 2048, float32", {**kinds[kind], "mixed_precision": "none"}, 2, 2048, off=False)
        yield _sized(f"{kind}, 2 × 2048, packing", {**kinds[kind], "packing": True}, 2, 2048, off=False)
    yield _sized("full, 2 × 2048, adamw_8bit", {**FULL, "optimizer": "adamw_8bit"}, 2, 2048, off=False)
    yield _sized("full, 2 × 2048, adafactor", {**FULL, "optimizer": "adafactor"}, 2, 2048, off=False)
    yield _sized("full, 2 × 2048, pt", {**FULL, "trainer": "pt"}, 2, 2048, off=False)
    host = {"unsloth_gradient_checkpointing": True}
    yield _sized("LoRA, 2 × 8192, on the host", {**LORA, **host}, 2, 8192, off=False)
    for stage in (1, 2, 3):
        zero = {"distributed_backend": "deepspeed", "zero_stage": stage}
        yield _sized(f"full, 2 × 2048, ZeRO {stage}", {**FULL, **zero}, 2, 2048, off=False)
        yield _sized(
            f"full, 2 × 2048, ZeRO {stage}, offload", {**FULL, **zero, "offload": "optimizer"}, 2, 2048, off=False
        )
    yield _sized(
        "LoRA, 2 × 2048, ZeRO 3", {**LORA, "distributed_backend": "deepspeed", "zero_stage": 3}, 2, 2048, off=False
    )


def _sized(name: str, values: dict[str, Any], batch: int, length: int, off: bool, model: str = "135m") -> Job:
    size = {"batch_size": batch, "max_sequence_length": length, "max_steps": 3, "disable_gradient_checkpointing": off}
    # A merge loads the model once more.
    merge = {"merge_adapter": False} if values["training_type"] == "lora" else {}
    return Job(f"{name}{', no checkpointing' if off else ''}", {**values, **size, **merge}, model, "long")


def published(*, flash: bool) -> Iterator[Job]:
    """The published jobs, at their true sizes."""
    kernels = {"liger_kernel": True, "flash_attention_v2": flash}
    for name, model, batch in (("Llama-3.1-8B", "8b", 8), ("Qwen3-4B", "qwen3 4b", 16)):
        values = {"training_type": "lora", "lora_rank": 16, **kernels}
        job = _sized(f"{name}, LoRA, {batch} × 8192, liger", values, batch, 8192, off=False, model=model)
        yield Job(job.name, {**job.values, "max_steps": 2}, model, "long", only=True)
