"""The preference losses, written from the papers. Tensors are (batch,): log-probabilities of answers.

π is the trained model, r the reference, w the chosen and l the rejected answer; Δ = log π(w)/r(w) - log π(l)/r(l).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid


@dataclass
class Answers:
    """Log-probabilities of a batch of answers under both models, and their numbers of tokens."""

    policy: Tensor
    reference: Tensor
    tokens: Tensor

    @property
    def ratio(self) -> Tensor:
        """Log π/r."""
        return self.policy - self.reference

    @property
    def mean(self) -> Tensor:
        """Log π by token."""
        return self.policy / self.tokens


def sigmoid(w: Answers, l: Answers, beta: float) -> Tensor:  # noqa: E741
    """DPO, eq. 7 of Rafailov et al. 2023: -log σ(βΔ)."""
    return -logsigmoid(beta * (w.ratio - l.ratio)).mean()


def conservative(w: Answers, l: Answers, beta: float, epsilon: float) -> Tensor:  # noqa: E741
    """cDPO, Mitchell 2023: (1-ε) s(Δ) + ε s(-Δ)."""
    delta = beta * (w.ratio - l.ratio)
    return (-(1 - epsilon) * logsigmoid(delta) - epsilon * logsigmoid(-delta)).mean()


def hinge(w: Answers, l: Answers, beta: float) -> Tensor:  # noqa: E741
    """SLiC-HF, Zhao et al. 2023, on the normalized likelihood: max(0, 1 - βΔ)."""
    return torch.clamp(1 - beta * (w.ratio - l.ratio), min=0).mean()


def ipo(w: Answers, l: Answers, beta: float) -> Tensor:  # noqa: E741
    """IPO, eq. 17 of Azar et al. 2023: (Δ - 1/(2β))², with Δ of the means by token."""
    return (w.ratio / w.tokens - l.ratio / l.tokens - 1 / (2 * beta)).pow(2).mean()


def orpo(w: Answers, l: Answers, beta: float, nll: Tensor) -> Tensor:  # noqa: E741
    """ORPO, eq. 6 of Hong et al. 2024: the supervised loss minus β log σ(log odds ratio); odds = P/(1-P)."""
    odds = [answers.mean - torch.log1p(-torch.exp(answers.mean)) for answers in (w, l)]
    return nll - beta * logsigmoid(odds[0] - odds[1]).mean()


def simpo(w: Answers, l: Answers, beta: float, gamma: float) -> Tensor:  # noqa: E741
    """SimPO, eq. 6 of Meng et al. 2024: -log σ(β mean log π(w) - β mean log π(l) - γ)."""
    return -logsigmoid(beta * w.mean - beta * l.mean - gamma).mean()


def kto(good: Answers, bad: Answers, others: Answers, beta: float) -> Tensor:
    """KTO, eq. 8 of Ethayarajh et al. 2024, λ = 1; z₀ from answers that belong to other prompts, not below 0."""
    z0 = torch.clamp(others.ratio.mean(), min=0)
    values = torch.cat([torch.sigmoid(beta * (good.ratio - z0)), torch.sigmoid(beta * (z0 - bad.ratio))])
    return (1 - values).mean()
