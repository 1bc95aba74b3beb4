"""The effects of the group Training runtime."""

import math
from typing import Any

import pytest

from tests.end_to_end.effects.harness import Seen, Train

PEAK = 0.01
PREF_LOSSES = ("sigmoid", "hinge", "ipo", "kto_pair", "orpo", "simpo")


def test_gradient_accumulation_steps(run: Train) -> None:
    """Optimizer steps for the same number of batches."""
    one, four = run(), run(gradient_accumulation_steps=4)
    assert (one.facts["micro_batches"], four.facts["micro_batches"]) == (8, 8)
    assert (one.steps, four.steps) == (8, 2)


def test_gradient_accumulation_steps__deepspeed(run: Train) -> None:
    """Batches that DeepSpeed's engine adds up, and its global batch."""
    seen = run(gradient_accumulation_steps=2, distributed_backend="deepspeed")
    assert seen.facts["engine"]["sizes"] == [4, 2, 2]
    assert seen.steps == 4


def test_mixed_precision(run: Train) -> None:
    """Number format of the arithmetic and of the base; the merged model keeps the one of the base's files."""
    plain, mixed = run(merge_adapter=True), run(mixed_precision="bf16", merge_adapter=True)
    assert (plain.facts["compute_dtype"], mixed.facts["compute_dtype"]) == ("torch.float32", "torch.bfloat16")
    assert (plain.facts["base_dtypes"], mixed.facts["base_dtypes"]) == (["torch.float32"], ["torch.bfloat16"])
    assert (merged_dtypes(plain), merged_dtypes(mixed)) == ({"F32"}, {"F32"})


def merged_dtypes(seen: Seen) -> set[str]:
    from safetensors import safe_open

    with safe_open(seen.folder / "merged" / "model.safetensors", "pt") as tensors:
        return {tensors.get_slice(key).get_dtype() for key in tensors.keys()}  # noqa: SIM118 (no mapping)


def test_mixed_precision__autocast(run: Train) -> None:
    """With float32 weights (full training) autocast alone makes the arithmetic bf16."""
    assert run(training_type="full").facts["compute_dtype"] == "torch.float32"
    assert run(training_type="full", mixed_precision="bf16").facts["compute_dtype"] == "torch.bfloat16"


def test_mixed_precision__quantized(run: Train) -> None:
    """Number format in which 4-bit weights are computed with."""
    for precision, expected in (("none", "torch.float32"), ("bf16", "torch.bfloat16")):
        seen = run(quantization_bit="int4", mixed_precision=precision)
        assert seen.facts["four_bit_arithmetic"] == [expected]


def test_mixed_precision__fp16(run: Train) -> None:
    """fp16 is refused where the machine cannot do it, before training."""
    refused = run(mixed_precision="fp16")
    assert refused.code == 1
    assert "fp16" in refused.output
    assert not refused.facts["trained"]


def test_mixed_precision__deepspeed(run: Train) -> None:
    """Number format of DeepSpeed's engine."""
    plain = run(distributed_backend="deepspeed").facts["engine"]
    mixed = run(distributed_backend="deepspeed", mixed_precision="bf16").facts["engine"]
    assert (plain["bf16"], mixed["bf16"]) == (False, True)


def test_quantization_bit(run: Train) -> None:
    """Kind of the base's linear layers; the merged model is a plain one in the format of the base."""
    kinds = {bits: run(quantization_bit=bits, mixed_precision="bf16").facts["linears"] for bits in ("int8", "int4")}
    assert any("8bit" in kind for kind in kinds["int8"])
    assert any("4bit" in kind for kind in kinds["int4"])
    assert not any("bit" in kind for kind in run(mixed_precision="bf16").facts["linears"])
    merged = run(quantization_bit="int4", mixed_precision="bf16", merge_adapter=True)
    assert merged_dtypes(merged) == {"F32"}


def test_optimizer(run: Train) -> None:
    """Class of the optimizer and the memory of its state."""
    adamw, sgd = run(), run(optimizer="sgd")
    assert (adamw.facts["optimizer"], sgd.facts["optimizer"]) == ("AdamW", "SGD")
    assert adamw.facts["optimizer_bytes"] > 0
    assert sgd.facts["optimizer_bytes"] == 0


def test_weight_decay(run: Train) -> None:
    """Norm of the trained weights: after k steps with decay λ a weight without gradient is (1-ηλ)^k of itself."""
    fields = {"lr_scheduler_type": "constant", "optimizer": "sgd", "learning_rate": 0.001}
    free, decayed = run(**fields), run(**fields, weight_decay=50)
    assert decayed.facts["norm"] / free.facts["norm"] == pytest.approx(0.95**8, rel=0.02)


def one_step(run: Train, norm: float, **fields: object) -> Seen:
    plain = {"optimizer": "sgd", "lr_scheduler_type": "constant", "learning_rate": PEAK, "training_type": "full"}
    return run(**plain, batch_size=16, max_grad_norm=norm, **fields)


def test_max_grad_norm(run: Train) -> None:
    """Distance that one step of SGD moves the weights: learning rate × the clipped norm, or the whole norm for 0."""
    free, clipped = one_step(run, 0), one_step(run, 0.05)
    assert clipped.facts["moved"] == pytest.approx(PEAK * 0.05, rel=1e-3)
    assert free.facts["moved"] > 10 * clipped.facts["moved"]
    default = one_step(run, 1)
    assert default.series("grad_norm")[0] > 1
    assert default.facts["moved"] == pytest.approx(PEAK, rel=1e-3)


def test_max_grad_norm__deepspeed(run: Train) -> None:
    """The same under DeepSpeed, where a missing value would mean 1."""
    engine = {"distributed_backend": "deepspeed"}
    free, clipped = one_step(run, 0, **engine), one_step(run, 0.05, **engine)
    assert clipped.facts["moved"] == pytest.approx(PEAK * 0.05, rel=1e-3)
    assert free.facts["moved"] == pytest.approx(one_step(run, 0).facts["moved"], rel=1e-3)


def test_disable_gradient_checkpointing(run: Train) -> None:
    """Calls of a layer for each batch: with checkpointing it is computed again in the backward pass."""
    calls = [
        seen.facts["layer_calls"] / seen.facts["micro_batches"]
        for seen in (run(), run(disable_gradient_checkpointing=False))
    ]
    assert calls == [1, 2]
    assert run().losses == pytest.approx(run(disable_gradient_checkpointing=False).losses, abs=1e-5)


def test_flash_attention_v2(run: Train) -> None:
    """Refused before training, with what is missing, where package or hardware is missing."""
    refused = run(flash_attention_v2=True, mixed_precision="bf16")
    assert refused.code == 1
    assert "flash" in refused.output.lower()
    assert run(mixed_precision="bf16").facts["attention"] == "sdpa"


def test_lr_warmup_steps(run: Train) -> None:
    """Learning rate of every step: a straight line from 0."""
    seen = run(lr_warmup_steps=4, lr_scheduler_type="constant")
    assert seen.series("learning_rate") == pytest.approx([PEAK * k / 4 for k in range(4)] + [PEAK] * 4)


def test_lr_warmup_ratio(run: Train) -> None:
    """Learning rate of every step: a straight line from 0 over that share of the steps; steps win over it."""
    seen = run(lr_warmup_ratio=0.5, lr_scheduler_type="constant")
    assert seen.series("learning_rate") == pytest.approx([PEAK * k / 4 for k in range(4)] + [PEAK] * 4)
    both = run(lr_warmup_ratio=0.5, lr_warmup_steps=2, lr_scheduler_type="constant")
    assert both.series("learning_rate") == pytest.approx([PEAK * k / 2 for k in range(2)] + [PEAK] * 6)


def test_lr_scheduler_type(run: Train) -> None:
    """Learning rate of every step: the line, the half cosine, the constant."""
    shapes = {
        "linear": [PEAK * (1 - k / 8) for k in range(8)],
        "cosine": [PEAK * (1 + math.cos(math.pi * k / 8)) / 2 for k in range(8)],
        "constant": [PEAK] * 8,
    }
    for name, expected in shapes.items():
        assert run(lr_scheduler_type=name).series("learning_rate") == pytest.approx(expected)


def test_full_determinism(run: Train) -> None:
    """Deterministic algorithms are on, two runs are equal to the bit, and the seed has no effect."""
    one = run(full_determinism=True, lora_dropout=0.3)
    two = run(full_determinism=True, lora_dropout=0.3, fresh="again")
    other = run(full_determinism=True, lora_dropout=0.3, seed=2)
    assert one.facts["deterministic"]
    assert not run().facts["deterministic"]
    assert one.losses == two.losses == other.losses
    assert one.facts["norm"] == two.facts["norm"] == other.facts["norm"]


def test_seed(run: Train) -> None:
    """Order of the data, initial adapters, and dropout; the same seed gives the same run."""
    one, two = run(seed=1, lora_dropout=0.3), run(seed=2, lora_dropout=0.3)
    same = run(seed=1, lora_dropout=0.3, fresh="again")
    assert one.facts["batches"] != two.facts["batches"]
    assert one.facts["initial"] != two.facts["initial"]
    assert one.losses != two.losses
    assert one.losses == same.losses
    assert one.facts["initial"] == same.facts["initial"]


def test_liger_kernel(run: Train) -> None:
    """Refused before training, with what is missing, where package or hardware is missing."""
    refused = run(liger_kernel=True)
    assert refused.code == 1
    assert "liger" in refused.output.lower()


JOBS = [
    {},
    {"trainer": "pt", "train_data": "corpus.jsonl"},
    *({"trainer": "dpo", "train_data": "pairs.jsonl", "pref_loss": loss} for loss in PREF_LOSSES),
]


@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.get("pref_loss", job.get("trainer", "sft")))
def test_liger_kernel__applied(run: Train, job: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing is missing, every trainer takes it and applies the layers' kernels when training begins."""

    def applied(_model: Any, kernels: dict[str, Any]) -> None:
        raise RuntimeError(f"applied: {kernels}")

    monkeypatch.setattr("hpc_runner.preflight._packages", lambda _plan: iter(()))
    monkeypatch.setattr("transformers.trainer.apply_liger_kernel", applied)
    assert "applied: {'fused_linear_cross_entropy': False}" in run(liger_kernel=True, fresh="applied", **job).output


def test_unsloth_gradient_checkpointing(run: Train) -> None:
    """Saved activations wait on the host: the layers' inputs are moved, and the losses stay the same."""
    fields = {"disable_gradient_checkpointing": False}
    plain, offloaded = run(**fields), run(unsloth_gradient_checkpointing=True, **fields)
    assert plain.facts["offloads"] == 0
    assert offloaded.facts["offloads"] == 2 * offloaded.facts["micro_batches"]
    assert offloaded.losses == plain.losses
