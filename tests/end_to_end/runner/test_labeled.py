"""The loss of the learned positions only is TRL's loss, with the same gradients."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM, CohereConfig, Gemma2Config, GraniteConfig, LlamaConfig
from trl.trainer.utils import add_fused_lm_head

from hpc_runner.labeled import scored

SIZES: dict[str, Any] = {
    "vocab_size": 97,
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "pad_token_id": 0,
}
MODELS = {
    "plain": LlamaConfig(**SIZES),
    "soft-capping": Gemma2Config(**SIZES, head_dim=8, final_logit_softcapping=5.0),
    "logit scale": CohereConfig(**SIZES, logit_scale=0.25),
    "divided logits": GraniteConfig(**SIZES, logits_scaling=8.0),
}


def batches() -> list[dict[str, torch.Tensor]]:
    """Ten batches with prompts and padding; in one, nothing is learned from a row, and in the last one from none."""
    generator = torch.Generator().manual_seed(0)
    made = []
    for number in range(10):
        tokens = torch.randint(1, 97, (3, 12 + number), generator=generator)
        labels = tokens.clone()
        for row, prompt in enumerate((2 + number % 5, 5, 3)):
            labels[row, :prompt] = -100
        labels[1, -3:] = -100
        labels[2] = -100 if number == 5 else labels[2]
        labels = torch.full_like(labels, -100) if number == 9 else labels
        attention = torch.ones_like(tokens)
        attention[1, -3:] = 0
        made.append({"input_ids": tokens, "attention_mask": attention, "labels": labels})
    return made


def outcome(call: Any, model: Any, batch: dict[str, torch.Tensor]) -> tuple[Any, list[torch.Tensor]]:
    """Sums are in float64: in float32, they alone may differ by the bound where a machine adds in another order."""
    model.zero_grad()
    output = call(**batch, use_cache=False, fused_lm_head=True)
    loss = -output.log_probs.double().sum() / max(1, int((batch["labels"] != -100).sum()))
    loss.backward()
    gradients = [p.grad.clone() if p.grad is not None else torch.zeros_like(p) for p in model.parameters()]
    entropy, best = output.entropy.double().sum().item(), output.is_top1.sum().item()
    return (loss.item(), entropy, best, output.label_mask), gradients


@pytest.mark.parametrize("name", MODELS)
def test_loss_and_gradients_are_those_of_trl(name: str) -> None:
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_config(MODELS[name], attn_implementation="eager").double()
    add_fused_lm_head(model, outputs=("log_probs", "entropy", "is_top1"))
    for batch in batches():
        theirs, wanted = outcome(model, model, batch)
        ours, given = outcome(lambda **inputs: scored(model, **inputs), model, batch)
        assert ours[:3] == pytest.approx(theirs[:3], abs=1e-5, rel=1e-6)
        assert ours[0] == pytest.approx(theirs[0], abs=1e-6)
        assert torch.equal(ours[3], theirs[3])
        for one, other in zip(given, wanted, strict=True):
            torch.testing.assert_close(one, other, atol=1e-6, rtol=1e-5)
