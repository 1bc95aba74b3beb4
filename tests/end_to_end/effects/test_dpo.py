"""The effects of the group DPO: the logged loss of a step equals its formula, from the model's own probabilities.

Steps 1 and 3 are compared: before the first the model is its own reference, where most losses are blind. The model of
step 3 is the checkpoint of step 2, its rows are the batch that the trainer was seen to use, the reference is the base.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.end_to_end.effects import formulas
from tests.end_to_end.effects.formulas import Answers
from tests.end_to_end.effects.harness import Seen, Train

PREFERENCES: dict[str, Any] = {
    "trainer": "dpo",
    "train_data": "pairs.jsonl",
    "training_type": "full",
    "batch_size": 4,
    "epochs": 2,
    "optimizer": "sgd",
    "max_grad_norm": 0,
    "learning_rate": 0.3,
    "lr_scheduler_type": "constant",
    "checkpoint_strategy": "steps",
    "checkpoint_steps": 2,
}
LATER = 3


@pytest.fixture(params=[1, LATER], ids=["first step", "later step"])
def step(request: pytest.FixtureRequest) -> int:
    """The step that is compared."""
    return int(request.param)


@pytest.fixture
def preferred(run: Train) -> Train:
    def train(**fields: Any) -> Seen:
        seen = run(**{**PREFERENCES, **fields})
        assert seen.code == 0, seen.output
        return seen

    return train


def model(folder: Path) -> Any:
    from transformers import AutoModelForCausalLM

    return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()


def token_logps(network: Any, ids: torch.Tensor, attention: torch.Tensor) -> torch.Tensor:
    with torch.no_grad():
        logits = network(input_ids=ids, attention_mask=attention).logits[:, :-1]
    return logits.log_softmax(-1).gather(-1, ids[:, 1:, None]).squeeze(-1)


def answers(seen: Seen, root: Path, step: int, ids: Any, attention: Any, mask: Any) -> Answers:
    """The answers of the compared step: ``mask`` marks the answers' tokens."""
    ids, attention, mask = (torch.tensor(x) for x in (ids, attention, mask))
    answered = mask[:, 1:].bool()
    trained = root / "tiny" if step == 1 else seen.folder / f"checkpoint-{step - 1}"
    sums = [
        token_logps(model(folder), ids, attention).masked_fill(~answered, 0).sum(-1)
        for folder in (trained, root / "tiny")
    ]
    return Answers(sums[0], sums[1], answered.sum(-1))


def pair(seen: Seen, root: Path, step: int) -> tuple[Answers, Answers]:
    """Chosen and rejected answers of the compared step."""
    batch = seen.facts["batches"][step - 1]
    if "chosen_input_ids" in batch:  # ORPO and SimPO
        sides = []
        for side in ("chosen", "rejected"):
            mask = [[int(label != -100) for label in row] for row in batch[f"{side}_labels"]]
            sides.append(answers(seen, root, step, batch[f"{side}_input_ids"], batch[f"{side}_attention_mask"], mask))
        return sides[0], sides[1]
    half = len(batch["input_ids"]) // 2
    cut = [slice(0, half), slice(half, None)]
    keys = ("input_ids", "attention_mask", "completion_mask")
    both = [answers(seen, root, step, *(batch[key][part] for key in keys)) for part in cut]
    return both[0], both[1]


def loss(seen: Seen, step: int) -> Any:
    """The logged loss of the compared step, to 1e-4."""
    return pytest.approx(seen.losses[step - 1], abs=1e-4)


def supervised(w: Answers) -> torch.Tensor:
    """The supervised loss of the chosen answers: the mean over all their tokens."""
    return -w.policy.sum() / w.tokens.sum()


@pytest.mark.parametrize("beta", [0.1, 0.5])
@pytest.mark.parametrize("name", ["sigmoid", "hinge", "ipo"])
def test_pref_loss(name: str, beta: float, preferred: Train, root: Path, step: int) -> None:
    """Loss of a step: equal to the formula of the paper: sigmoid, hinge, IPO."""
    seen = preferred(pref_loss=name, pref_beta=beta)
    assert getattr(formulas, name)(*pair(seen, root, step), beta).item() == loss(seen, step)
    assert seen.facts["trainer"] == "DPOTrainer"


def test_pref_loss__kto(preferred: Train, root: Path, step: int) -> None:
    """Loss of a step of KTO."""
    seen = preferred(pref_loss="kto_pair", pref_beta=0.5)
    batch = seen.facts["batches"][step - 1]
    keys = ("input_ids", "attention_mask", "completion_mask")
    sides = []
    for wanted in (True, False):
        rows = [i for i, label in enumerate(batch["label"]) if bool(label) is wanted]
        sides.append(answers(seen, root, step, *([batch[key][i] for i in rows] for key in keys)) if rows else none())
    others = answers(seen, root, step, *(batch[f"KL_{key}"] for key in keys))
    assert formulas.kto(sides[0], sides[1], others, 0.5).item() == loss(seen, step)
    assert seen.facts["rows"] == 16
    assert {bool(x) for b in seen.facts["batches"][:1] for x in b["label"]} == {True, False}


def none() -> Answers:
    return Answers(torch.zeros(0), torch.zeros(0), torch.zeros(0))


def test_pref_loss__orpo(preferred: Train, root: Path, step: int) -> None:
    """Loss of a step of ORPO; its supervised loss is over prompt and answer, as in TRL and the authors' code."""
    seen = preferred(pref_loss="orpo", pref_beta=0.5)
    batch = seen.facts["batches"][step - 1]
    attended = batch["chosen_attention_mask"]
    whole = answers(seen, root, step, batch["chosen_input_ids"], attended, attended)
    assert formulas.orpo(*pair(seen, root, step), 0.5, supervised(whole)).item() == loss(seen, step)


def test_pref_beta(preferred: Train, root: Path) -> None:
    """Loss of a step for another beta, with each kind of trainer."""
    for name in ("sigmoid", "orpo", "kto_pair", "simpo"):
        small, large = preferred(pref_loss=name, pref_beta=0.2), preferred(pref_loss=name, pref_beta=0.9)
        assert abs(small.losses[LATER - 1] - large.losses[LATER - 1]) > 1e-3, name


def test_simpo_gamma(preferred: Train, root: Path, step: int) -> None:
    """Loss of a step of SimPO."""
    for gamma in (0.3, 1.5):
        seen = preferred(pref_loss="simpo", pref_beta=0.9, simpo_gamma=gamma)
        assert formulas.simpo(*pair(seen, root, step), 0.9, gamma).item() == loss(seen, step)


@pytest.mark.parametrize("name", ["sigmoid", "hinge", "ipo"])
def test_pref_ftx(name: str, preferred: Train, root: Path, step: int) -> None:
    """Loss of a step: the preference loss plus the weight times the supervised loss of the chosen answers."""
    seen = preferred(pref_loss=name, pref_ftx=0.7)
    w, l = pair(seen, root, step)  # noqa: E741
    expected = getattr(formulas, name)(w, l, 0.1) + 0.7 * supervised(w)
    assert expected.item() == loss(seen, step)


def test_pref_ftx__simpo(preferred: Train, root: Path, step: int) -> None:
    """The same with SimPO."""
    seen = preferred(pref_loss="simpo", pref_beta=0.9, pref_ftx=0.7)
    w, l = pair(seen, root, step)  # noqa: E741
    assert (formulas.simpo(w, l, 0.9, 0.5) + 0.7 * supervised(w)).item() == loss(seen, step)


@pytest.mark.parametrize("epsilon", [0.1, 0.5])
def test_dpo_label_smoothing(epsilon: float, preferred: Train, root: Path, step: int) -> None:
    """Loss of a step: the conservative loss, alone and with a supervised loss beside it."""
    seen = preferred(dpo_label_smoothing=epsilon, pref_beta=0.5)
    assert formulas.conservative(*pair(seen, root, step), 0.5, epsilon).item() == loss(seen, step)
    mixed = preferred(dpo_label_smoothing=epsilon, pref_beta=0.5, pref_ftx=0.7)
    w, l = pair(mixed, root, step)  # noqa: E741
    assert (formulas.conservative(w, l, 0.5, epsilon) + 0.7 * supervised(w)).item() == loss(mixed, step)


def test_dpo_label_smoothing__simpo(preferred: Train, root: Path, step: int) -> None:
    """The same with SimPO: (1-ε)·s(m) + ε·s(-m), with the margin inside m."""
    seen = preferred(pref_loss="simpo", pref_beta=0.9, dpo_label_smoothing=0.2)
    w, l = pair(seen, root, step)  # noqa: E741
    margin = 0.9 * (w.mean - l.mean) - 0.5
    losses = torch.nn.functional.softplus(-margin) * 0.8 + torch.nn.functional.softplus(margin) * 0.2
    assert losses.mean().item() == loss(seen, step)


def test_the_evaluation_loss_is_that_of_the_preferences(preferred: Train) -> None:
    """A model that has hardly moved from its reference prefers neither answer: log 2, not the loss of tokens."""
    evaluated = {"eval_data": "pairs.jsonl", "eval_strategy": "steps", "eval_steps": 1}
    losses = preferred(**evaluated, learning_rate=1e-9, epochs=1).series("eval_loss")
    assert losses
    assert losses == pytest.approx([math.log(2)] * len(losses), abs=1e-3)
