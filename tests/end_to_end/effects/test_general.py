"""The effects of the group General."""

import json
import math
from typing import Any

from tests.end_to_end.effects.harness import Train


def test_batch_size(run: Train) -> None:
    """Rows of every batch, in training and in evaluation; steps of an epoch."""
    evaluated = {"eval_strategy": "epoch", "eval_data": "chat_eval.jsonl"}
    two, four = run(**evaluated), run(batch_size=4, **evaluated)
    assert {len(batch["input_ids"]) for batch in two.facts["batches"]} == {2}
    assert {len(batch["input_ids"]) for batch in four.facts["batches"]} == {4}
    assert (two.steps, four.steps) == (8, 4)
    rates = [seen.logs[-1] if "eval_loss" in seen.logs[-1] else seen.logs[-2] for seen in (two, four)]
    # 6 evaluation rows: 3 batches of two, 2 of four
    batches = [round(6 * r["eval_steps_per_second"] / r["eval_samples_per_second"]) for r in rates]
    assert batches == [3, 2]


def test_batch_size__deepspeed(run: Train) -> None:
    """Rows of every batch under DeepSpeed."""
    seen = run(batch_size=4, gradient_accumulation_steps=2, distributed_backend="deepspeed")
    assert {len(batch["input_ids"]) for batch in seen.facts["batches"]} == {4}
    assert seen.steps == 2
    assert seen.facts["engine"]["sizes"] == [8, 4, 2]


def test_epochs(run: Train) -> None:
    """Steps of the whole training."""
    assert (run().steps, run(epochs=3).steps) == (8, 24)


def test_learning_rate(run: Train) -> None:
    """Learning rate of every step."""
    for rate in (0.01, 0.02):
        seen = run(learning_rate=rate, lr_scheduler_type="constant")
        assert seen.series("learning_rate") == [rate] * 8


def test_max_sequence_length(run: Train) -> None:
    """Tokens of the packed blocks, of the preference rows, and conversations whose answer no longer fits."""
    blocks = run(trainer="pt", train_data="corpus.jsonl", max_sequence_length=24)
    assert {len(row) for batch in blocks.facts["batches"] for row in batch["input_ids"]} == {24}
    pairs = run(trainer="dpo", train_data="pairs.jsonl", max_sequence_length=22)
    assert max(len(row) for batch in pairs.facts["batches"] for row in batch["input_ids"]) == 22
    orpo = {"trainer": "dpo", "pref_loss": "orpo", "train_data": "pairs.jsonl"}
    assert run(**orpo).facts["rows"] == 8
    assert 0 < run(**orpo, max_sequence_length=18).facts["rows"] < 8
    assert run().facts["rows"] == 16
    short = run(max_sequence_length=18)
    assert short.facts["rows"] < 16
    assert max(len(row) for batch in short.facts["batches"] for row in batch["input_ids"]) <= 18


def test_distributed_backend(run: Train) -> None:
    """Whether DeepSpeed's engine does the training; the losses are the same."""
    plain, sharded = run(), run(distributed_backend="deepspeed")
    assert plain.facts["engine"] is None
    assert sharded.facts["engine"]["stage"] == 1
    assert max(abs(a - b) for a, b in zip(plain.losses, sharded.losses, strict=True)) < 1e-4


def test_distributed_backend__dtype(run: Train) -> None:
    """Weights of full training as loaded: float32 under ddp, 16 bits under DeepSpeed, which keeps its own copy."""
    fields = {"training_type": "full", "mixed_precision": "bf16"}
    assert run(**fields).facts["loaded_dtypes"] == ["torch.float32"]
    assert run(**fields, distributed_backend="deepspeed").facts["loaded_dtypes"] == ["torch.bfloat16"]


def test_distributed_backend__checkpoint(run: Train) -> None:
    """What a checkpoint says of the backend that wrote it, by which a resumption is refused under another."""
    seen = run(distributed_backend="deepspeed", checkpoint_strategy="epoch")
    mark = json.loads((seen.folder / "checkpoint-8" / "hpc.json").read_text())
    assert mark["identity"]["distributed_backend"] == "deepspeed"


def test_zero_stage(run: Train) -> None:
    """The stage of DeepSpeed's engine."""
    stages = [run(distributed_backend="deepspeed", zero_stage=stage).facts["engine"]["stage"] for stage in (1, 2, 3)]
    assert stages == [1, 2, 3]


# Reentrant checkpointing is right for LoRA under ZeRO-3 and on a base of 8 bits, and nowhere else. Observed with ORPO,
# because TRL's other trainers would correct a wrong value.
REENTRANT = {
    "trainer": "dpo",
    "pref_loss": "orpo",
    "train_data": "pairs.jsonl",
    "disable_gradient_checkpointing": False,
    "epochs": 4,
}
SHARDED = {**REENTRANT, "distributed_backend": "deepspeed", "zero_stage": 3}


def test_zero_stage__reentrant(run: Train) -> None:
    """Kind of gradient checkpointing under stage 3, with which LoRA's adapters learn as under ddp."""
    plain, sharded = run(**REENTRANT), run(**SHARDED)
    assert sharded.facts["reentrant"] == [True]
    assert max(abs(a - b) for a, b in zip(plain.losses, sharded.losses, strict=True)) < 1e-3
    first, last = sharded.losses[:4], sharded.losses[-4:]
    assert sum(last) < sum(first) - 0.5, "the same eight rows, four epochs later"


def test_distributed_backend__reentrant(run: Train) -> None:
    """Kind of gradient checkpointing with LoRA: another one under DeepSpeed's stage 3."""
    assert run(**REENTRANT).facts["reentrant"] == [False]
    assert run(**SHARDED).facts["reentrant"] == [True]


def test_training_type__reentrant(run: Train) -> None:
    """Kind of gradient checkpointing under stage 3: full training needs the other one."""
    assert run(**SHARDED).facts["reentrant"] == [True]
    assert run(**SHARDED, training_type="full").facts["reentrant"] == [False]


def test_quantization_bit__reentrant(run: Train) -> None:
    """Kind of gradient checkpointing: bitsandbytes keeps the inputs of 8-bit layers from the other one."""
    fields: dict[str, Any] = {"disable_gradient_checkpointing": False, "mixed_precision": "bf16"}
    kinds = {bits: run(**fields, quantization_bit=bits) for bits in ("int8", "int4")}
    assert {bits: kind.facts["reentrant"] for bits, kind in kinds.items()} == {"int8": [True], "int4": [False]}
    assert all(math.isfinite(loss) for loss in kinds["int8"].losses)


def test_zero_stage__quantized_storage(run: Train) -> None:
    """Under ZeRO-3 int4 weights are stored in the training's own format, else in bytes."""
    small: dict[str, Any] = {"quantization_bit": "int4", "mixed_precision": "bf16"}
    plain, sharded = run(**small), run(**small, distributed_backend="deepspeed", zero_stage=3)
    assert (plain.facts["storage"], sharded.facts["storage"]) == (["torch.uint8"], ["torch.bfloat16"])
    assert all(math.isfinite(loss) for loss in sharded.losses)
    assert len(sharded.losses) == len(plain.losses)


def test_distributed_backend__quantized_storage(run: Train) -> None:
    """The same stage without DeepSpeed shards nothing, and int4 weights stay bytes."""
    small: dict[str, Any] = {"quantization_bit": "int4", "mixed_precision": "bf16", "zero_stage": 3}
    plain, sharded = run(**small), run(**small, distributed_backend="deepspeed")
    assert (plain.facts["storage"], sharded.facts["storage"]) == (["torch.uint8"], ["torch.bfloat16"])


def test_training_type(run: Train) -> None:
    """Trained parameters, the optimizer's memory, and what is saved."""
    lora, full = run(), run(training_type="full")
    assert all("lora_" in name for name in lora.facts["trained_parameters"])
    assert not any("lora_" in name for name in full.facts["trained_parameters"])
    assert full.facts["optimizer_bytes"] > 2 * lora.facts["optimizer_bytes"]
    assert (lora.folder / "final" / "adapter_config.json").exists()
    assert (full.folder / "final" / "model.safetensors").exists()
    assert full.facts["trained_dtypes"] == ["torch.float32"]


def test_training_type__dtype(run: Train) -> None:
    """Full training keeps float32 weights under bf16; LoRA holds its base in bf16 and its adapters in float32."""
    full = run(training_type="full", mixed_precision="bf16")
    lora = run(mixed_precision="bf16")
    assert full.facts["trained_dtypes"] == ["torch.float32"]
    assert (lora.facts["base_dtypes"], lora.facts["trained_dtypes"]) == (["torch.bfloat16"], ["torch.float32"])
    assert full.facts["compute_dtype"] == lora.facts["compute_dtype"] == "torch.bfloat16"


def test_resume_from_checkpoint(run: Train) -> None:
    """Batches that are trained after the resumption, from the newest checkpoint or from a named one."""
    fields = {"checkpoint_strategy": "steps", "checkpoint_steps": 2, "output_dir": "runs/resumed"}
    first = run(**fields)
    assert first.checkpoints() == [2, 4, 6, 8]
    again = run(**fields, epochs=2, resume_from_checkpoint=True)
    assert (again.steps, again.facts["micro_batches"]) == (16, 8)
    named = run(**fields, epochs=2, resume_from_checkpoint="runs/resumed/checkpoint-10")
    assert (named.steps, named.facts["micro_batches"]) == (16, 6)


def test_resume_from_checkpoint__not_asked_for(run: Train) -> None:
    """Without it an earlier run is neither resumed nor overwritten."""
    fields = {"checkpoint_strategy": "steps", "checkpoint_steps": 4, "output_dir": "runs/kept"}
    before = run(**fields)
    refused = run(**fields, fresh="again")
    assert (before.code, refused.code) == (0, 1)
    assert "resume_from_checkpoint" in refused.output
    assert json.loads((before.folder / "checkpoint-4" / "trainer_state.json").read_text())["global_step"] == 4
